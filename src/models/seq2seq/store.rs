//! A model in a folder: `config.json`, `weights.safetensors`, and the vocabularies of both sides.

use super::Seq2Seq;
use crate::{Result, models::folder, nn::Module, text::Codec, train::read_parameters};
use std::path::Path;

/// The name and the version of the files' format.
const FORMAT: (&str, u32) = ("seq2seq", 1);

impl Seq2Seq {
    /// Writes the model, and how text becomes tokens on both sides, to a folder, which is made if it is not there.
    ///
    /// # Errors
    /// If a file cannot be written; a model that was there before is then still whole.
    pub fn save(&self, dir: &Path, source: &Codec, target: &Codec) -> Result<()> {
        folder::save_pair(dir, FORMAT, &self.config, [source, target], &self.parameters())
    }

    /// Reads what [`Seq2Seq::save`] has written: the model, and the codecs of sources and targets.
    ///
    /// # Errors
    /// If a file cannot be read, is damaged or edited, or they do not belong together.
    pub fn load(dir: &Path) -> Result<(Seq2Seq, Codec, Codec)> {
        let (config, source, target) = folder::load_pair(dir, FORMAT)?;
        let model = Seq2Seq::new(config, source.vocab().clone(), target.vocab().clone())?;
        read_parameters(&folder::weights(dir), &model.parameters())?;
        Ok((model, source, target))
    }
}
