//! A model in a folder: `config.json`, and `model.json` with the vocabulary and the probabilities.

use super::{config::HmmConfig, language_model::HmmModel, model::Hmm};
use crate::{
    Error, Result,
    text::{
        Vocab,
        saved::{CONFIG, read_config, read_json, write_json},
    },
};
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};
use std::{fs, path::Path};

const MODEL: &str = "model.json";
/// The version of the two files' format.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Stored {
    model: String,
    version: u32,
    #[serde(flatten)]
    config: HmmConfig,
}

/// The arrays row by row; `tokens` in the order of their ids, the three reserved ones included.
#[derive(Serialize, Deserialize)]
struct Arrays {
    tokens: Vec<String>,
    pi: Vec<f64>,
    a: Vec<Vec<f64>>,
    b: Vec<Vec<f64>>,
}

impl HmmModel {
    /// Writes the model to a folder, which is made if it is not there.
    ///
    /// # Errors
    /// If a file cannot be written; older ones of the same name are then still whole.
    pub fn save(&self, dir: &Path) -> Result<()> {
        fs::create_dir_all(dir).map_err(|source| Error::Io { path: dir.into(), source })?;
        let rows = |matrix: Array2<f64>| matrix.outer_iter().map(|row| row.to_vec()).collect();
        let (pi, a, b) = (self.hmm.pi().to_vec(), rows(self.hmm.a()), rows(self.hmm.b()));
        write_json(&dir.join(MODEL), &Arrays { tokens: self.vocab.tokens().to_vec(), pi, a, b })?;
        write_json(&dir.join(CONFIG), &Stored { model: "hmm".into(), version: VERSION, config: self.config.clone() })
    }

    /// Reads a model that [`HmmModel::save`] has written.
    ///
    /// # Errors
    /// If a file cannot be read or is damaged, or the two do not belong together.
    pub fn load(dir: &Path) -> Result<HmmModel> {
        let Stored { config, .. }: Stored = read_config(dir, "hmm", VERSION)?;
        let path = dir.join(MODEL);
        let wrong = |message: String| Error::Json { path: path.clone(), message };
        let Arrays { tokens, pi, a, b } = read_json(&path)?;
        let vocab = Vocab::of(&tokens).map_err(wrong)?;
        let arrays = (matrix(a), matrix(b));
        let (Some(a), Some(b)) = arrays else { return Err(wrong("rows of A or B differ in length".into())) };
        let hmm = Hmm::new(Array1::from(pi), a, b).map_err(|error| wrong(error.to_string()))?;
        let (found, expected) = ((hmm.states(), hmm.symbols()), (config.states, vocab.predicted()));
        if found != expected {
            return Err(wrong(format!(
                "{found:?} states and symbols: expected {expected:?}, as config and tokens say"
            )));
        }
        Ok(HmmModel { config, vocab, hmm, history: Vec::new() })
    }
}

fn matrix(rows: Vec<Vec<f64>>) -> Option<Array2<f64>> {
    let shape = (rows.len(), rows.first().map_or(0, Vec::len));
    if rows.iter().any(|row| row.len() != shape.1) {
        return None;
    }
    Array2::from_shape_vec(shape, rows.concat()).ok()
}
