//! A recurrent model in a folder: `config.json`, `weights.safetensors`, and `vocab.json` or `tokenizer.json`.

use super::{config::RecurrentLmConfig, recurrent_lm::RecurrentLm};
use crate::{
    Error, Result,
    nn::Module,
    text::{
        Codec, replace_folder,
        saved::{CONFIG, read_config, write_json},
    },
    train::{self, Checksum, read_parameters, write_parameters},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{fs, path::Path};

const WEIGHTS: &str = "weights.safetensors";
/// The version of the files' format.
const VERSION: u32 = 1;

/// What stands in `config.json`, and once more beside the weights: so parts of two models are told apart.
#[derive(PartialEq, Serialize, Deserialize)]
struct Stored {
    model: String,
    version: u32,
    level: String,
    /// The checksum of the file with the vocabulary.
    vocabulary: String,
    #[serde(flatten)]
    config: RecurrentLmConfig,
}

impl RecurrentLm {
    /// Writes the model, and how text becomes its tokens, to a folder, which is made if it is not there.
    ///
    /// # Errors
    /// If a file cannot be written; a model that was there before is then still whole.
    pub fn save(&self, dir: &Path, codec: &Codec) -> Result<()> {
        replace_folder(dir, |dir| {
            codec.save(dir)?;
            let (level, config) = (codec.name(), self.config().clone());
            let vocabulary = checksum(&dir.join(Codec::file(&level)))?;
            let stored = Stored { model: "recurrent".into(), version: VERSION, level, vocabulary, config };
            write_parameters(&dir.join(WEIGHTS), &self.parameters(), &json!(stored))?;
            write_json(&dir.join(CONFIG), &stored)
        })
    }

    /// Reads what [`RecurrentLm::save`] has written.
    ///
    /// # Errors
    /// If a file cannot be read, is damaged or edited, or they do not belong together.
    pub fn load(dir: &Path) -> Result<(RecurrentLm, Codec)> {
        let stored: Stored = read_config(dir, "recurrent", VERSION)?;
        let weights = dir.join(WEIGHTS);
        let strange = |path| {
            let message = format!("it does not belong to the {WEIGHTS} beside it, or was edited; save the model again");
            Error::Json { path, message }
        };
        if serde_json::from_value::<Stored>(train::read_config(&weights)?).ok().as_ref() != Some(&stored) {
            return Err(strange(dir.join(CONFIG)));
        }
        let vocabulary = dir.join(Codec::file(&stored.level));
        if checksum(&vocabulary)? != stored.vocabulary {
            return Err(strange(vocabulary));
        }
        let codec = Codec::load(dir, &stored.level)?;
        let model = RecurrentLm::new(stored.config, codec.vocab().clone())?;
        read_parameters(&weights, &model.parameters())?;
        Ok((model, codec))
    }
}

fn checksum(path: &Path) -> Result<String> {
    let bytes = fs::read(path).map_err(|source| Error::Io { path: path.into(), source })?;
    let mut sum = Checksum::default();
    sum.add(&bytes);
    Ok(sum.to_string())
}
