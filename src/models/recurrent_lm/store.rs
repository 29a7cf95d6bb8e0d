//! A recurrent model in a folder: `config.json`, `weights.safetensors`, and `vocab.json` or `tokenizer.json`.

use super::RecurrentLm;
use crate::{Result, models::folder, nn::Module, text::Codec, train::read_parameters};
use std::path::Path;

/// The name and the version of the files' format.
const FORMAT: (&str, u32) = ("recurrent", 1);

impl RecurrentLm {
    /// Writes the model, and how text becomes its tokens, to a folder, which is made if it is not there.
    ///
    /// # Errors
    /// If a file cannot be written; a model that was there before is then still whole.
    pub fn save(&self, dir: &Path, codec: &Codec) -> Result<()> {
        folder::save(dir, FORMAT, self.config(), codec, &self.parameters())
    }

    /// Reads what [`RecurrentLm::save`] has written.
    ///
    /// # Errors
    /// If a file cannot be read, is damaged or edited, or they do not belong together.
    pub fn load(dir: &Path) -> Result<(RecurrentLm, Codec)> {
        let (config, codec) = folder::load(dir, FORMAT)?;
        let model = RecurrentLm::new(config, codec.vocab().clone())?;
        read_parameters(&folder::weights(dir), &model.parameters())?;
        Ok((model, codec))
    }
}
