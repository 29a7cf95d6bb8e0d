//! A model in a folder: `model.arpa`, and `config.json` with what an ARPA file cannot say.

use super::{config::Smoothing, model::NgramModel};
use crate::{
    Error, Result,
    text::{Level, read_text, replace_file},
};
use serde::{Deserialize, Serialize};
use std::{fs, path::Path};

const CONFIG: &str = "config.json";
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
        replace_file(&dir.join(CONFIG), |out| {
            serde_json::to_writer_pretty(&mut *out, &stored)?;
            writeln!(out)
        })
    }

    /// Reads a model that [`NgramModel::save`] has written.
    ///
    /// # Errors
    /// If a file cannot be read, is damaged, or the two do not belong together.
    pub fn load(dir: &Path) -> Result<NgramModel> {
        let path = dir.join(CONFIG);
        let wrong = |message: String| Error::Json { path: path.clone(), message };
        let stored: Stored = serde_json::from_str(&read_text(&path)?).map_err(|error| wrong(error.to_string()))?;
        if (stored.model.as_str(), stored.version) != ("ngram", VERSION) {
            let Stored { model, version, .. } = stored;
            return Err(wrong(format!(
                "a model {model:?} of version {version}: expected \"ngram\" of version {VERSION}"
            )));
        }
        let model = NgramModel::read_arpa(&dir.join(MODEL), stored.level)?;
        if model.order() != stored.order {
            let (config, arpa) = (stored.order, model.order());
            return Err(wrong(format!("order {config}, but {MODEL} has order {arpa}; save the model again")));
        }
        Ok(NgramModel { smoothing: stored.smoothing, ..model })
    }
}
