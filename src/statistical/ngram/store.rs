//! A model in a folder: `model.arpa`, and `config.json` with what an ARPA file cannot say.

use super::{config::Smoothing, model::NgramModel};
use crate::{
    Error, Result,
    text::{
        Level,
        saved::{CONFIG, read_config, write_json},
    },
};
use serde::{Deserialize, Serialize};
use std::{fs, path::Path};

const MODEL: &str = "model.arpa";
/// The version of the two files' format.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Stored {
    model: String,
    version: u32,
    order: usize,
    smoothing: Option<Smoothing>,
    level: Level,
}

impl NgramModel {
    /// Writes the model to a folder, which is made if it is not there.
    ///
    /// # Errors
    /// If a file cannot be written; older ones of the same name are then still whole.
    pub fn save(&self, dir: &Path) -> Result<()> {
        fs::create_dir_all(dir).map_err(|source| Error::Io { path: dir.into(), source })?;
        self.write_arpa(&dir.join(MODEL))?;
        let (order, smoothing, level) = (self.order(), self.smoothing, self.level);
        let stored = Stored { model: "ngram".into(), version: VERSION, order, smoothing, level };
        write_json(&dir.join(CONFIG), &stored)
    }

    /// Reads a model that [`NgramModel::save`] has written.
    ///
    /// # Errors
    /// If a file cannot be read, is damaged, or the two do not belong together.
    pub fn load(dir: &Path) -> Result<NgramModel> {
        let stored: Stored = read_config(dir, "ngram", VERSION)?;
        let model = NgramModel::read_arpa(&dir.join(MODEL), stored.level)?;
        if model.order() != stored.order {
            let (config, arpa) = (stored.order, model.order());
            let message = format!("order {config}, but {MODEL} has order {arpa}; save the model again");
            return Err(Error::Json { path: dir.join(CONFIG), message });
        }
        Ok(NgramModel { smoothing: stored.smoothing, ..model })
    }
}
