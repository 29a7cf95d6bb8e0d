//! What the folders of all saved models have in common: a `config.json` that names the model and the format's version.

use super::{read_text, replace_file};
use crate::{Error, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::path::Path;

pub(crate) const CONFIG: &str = "config.json";

#[derive(Deserialize)]
struct Header {
    model: String,
    version: u32,
}

/// The kind of model that lies in a folder, for instance "ngram", "hmm" or "recurrent".
///
/// # Errors
/// If its `config.json` cannot be read or is damaged.
pub fn saved_model(dir: &Path) -> Result<String> {
    Ok(read_json::<Header>(&dir.join(CONFIG))?.model)
}

/// The config of a model.
///
/// # Errors
/// If it cannot be read, is damaged, or is that of another model or version.
pub(crate) fn read_config<T: DeserializeOwned>(dir: &Path, model: &str, version: u32) -> Result<T> {
    let path = dir.join(CONFIG);
    let found: Header = read_json(&path)?;
    if (found.model.as_str(), found.version) != (model, version) {
        let Header { model: other, version: its } = found;
        let message = format!("a model {other:?} of version {its}: expected {model:?} of version {version}");
        return Err(Error::Json { path, message });
    }
    read_json(&path)
}

pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_str(&read_text(path)?)
        .map_err(|error| Error::Json { path: path.into(), message: error.to_string() })
}

pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    replace_file(path, |out| {
        serde_json::to_writer_pretty(&mut *out, value)?;
        writeln!(out)
    })
}
