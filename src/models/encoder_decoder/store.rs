//! A model in a folder: `config.json`, `weights.safetensors`, and the vocabularies of both sides.

use super::EncoderDecoder;
use crate::{
    Result,
    models::folder::{self, StoredCodec},
    nn::{Module, TransformerConfig},
    text::{Codec, replace_folder},
    train::read_parameters,
};
use serde::{Deserialize, Serialize};
use std::path::Path;

const MODEL: &str = "encoder_decoder";
/// The version of the files' format.
const VERSION: u32 = 1;
const SOURCE: &str = "source.";
const TARGET: &str = "target.";

/// What stands in `config.json`.
#[derive(PartialEq, Serialize, Deserialize)]
struct Stored {
    model: String,
    version: u32,
    source: StoredCodec,
    target: StoredCodec,
    #[serde(flatten)]
    config: TransformerConfig,
}

impl EncoderDecoder {
    /// Writes the model, and how text becomes tokens on both sides, to a folder, which is made if it is not there.
    ///
    /// # Errors
    /// If a file cannot be written; a model that was there before is then still whole.
    pub fn save(&self, dir: &Path, source: &Codec, target: &Codec) -> Result<()> {
        replace_folder(dir, |dir| {
            let (source, target) = (StoredCodec::save(source, dir, SOURCE)?, StoredCodec::save(target, dir, TARGET)?);
            let (model, config) = (MODEL.into(), self.config.clone());
            folder::write(dir, &Stored { model, version: VERSION, source, target, config }, &self.parameters())
        })
    }

    /// Reads what [`EncoderDecoder::save`] has written: the model, and the codecs of sources and targets.
    ///
    /// # Errors
    /// If a file cannot be read, is damaged or edited, or they do not belong together.
    pub fn load(dir: &Path) -> Result<(EncoderDecoder, Codec, Codec)> {
        let stored: Stored = folder::read(dir, MODEL, VERSION)?;
        let (source, target) = (stored.source.load(dir, SOURCE)?, stored.target.load(dir, TARGET)?);
        let model = EncoderDecoder::new(stored.config, source.vocab().clone(), target.vocab().clone())?;
        read_parameters(&folder::weights(dir), &model.parameters())?;
        Ok((model, source, target))
    }
}
