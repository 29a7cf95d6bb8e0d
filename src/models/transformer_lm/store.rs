//! A Transformer in a folder: `config.json`, `weights.safetensors`, and `vocab.json` or `tokenizer.json`.

use super::TransformerLm;
use crate::{
    Result,
    models::folder::{self, StoredCodec},
    nn::{Module, TransformerConfig},
    text::{Codec, replace_folder},
    train::read_parameters,
};
use serde::{Deserialize, Serialize};
use std::path::Path;

const MODEL: &str = "transformer";
/// The version of the files' format.
const VERSION: u32 = 1;

/// What stands in `config.json`.
#[derive(PartialEq, Serialize, Deserialize)]
struct Stored {
    model: String,
    version: u32,
    #[serde(flatten)]
    codec: StoredCodec,
    #[serde(flatten)]
    config: TransformerConfig,
}

impl TransformerLm {
    /// Writes the model, and how text becomes its tokens, to a folder, which is made if it is not there.
    ///
    /// # Errors
    /// If a file cannot be written; a model that was there before is then still whole.
    pub fn save(&self, dir: &Path, codec: &Codec) -> Result<()> {
        replace_folder(dir, |dir| {
            let codec = StoredCodec::save(codec, dir, "")?;
            let stored = Stored { model: MODEL.into(), version: VERSION, codec, config: self.config.clone() };
            folder::write(dir, &stored, &self.parameters())
        })
    }

    /// Reads what [`TransformerLm::save`] has written.
    ///
    /// # Errors
    /// If a file cannot be read, is damaged or edited, or they do not belong together.
    pub fn load(dir: &Path) -> Result<(TransformerLm, Codec)> {
        let stored: Stored = folder::read(dir, MODEL, VERSION)?;
        let codec = stored.codec.load(dir, "")?;
        let model = TransformerLm::new(stored.config, codec.vocab().clone())?;
        read_parameters(&folder::weights(dir), &model.parameters())?;
        Ok((model, codec))
    }
}
