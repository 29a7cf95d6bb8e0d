//! What the folders of saved networks have in common: `config.json`, `weights.safetensors`, and vocabularies.

use crate::{
    Error, Result,
    autograd::Parameters,
    text::{
        Codec, replace_folder,
        saved::{CONFIG, read_config, write_json},
    },
    train::{self, Checksum, write_parameters},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
};

const WEIGHTS: &str = "weights.safetensors";

/// Where the weights lie.
pub fn weights(dir: &Path) -> PathBuf {
    dir.join(WEIGHTS)
}

/// Writes the weights, and the config: into `config.json`, and once more beside the weights, so that parts of two models
/// are told apart.
fn write(dir: &Path, config: &impl Serialize, parameters: &Parameters) -> Result<()> {
    write_parameters(&weights(dir), parameters, &json!(config))?;
    write_json(&dir.join(CONFIG), config)
}

/// The config of a model of this kind and version.
fn read<C: DeserializeOwned + PartialEq>(dir: &Path, model: &str, version: u32) -> Result<C> {
    let config: C = read_config(dir, model, version)?;
    match serde_json::from_value::<C>(train::read_config(&weights(dir))?) {
        Ok(other) if other == config => Ok(config),
        _ => Err(strange(dir.join(CONFIG))),
    }
}

/// What stands in `config.json` of a model of one kind of text.
#[derive(PartialEq, Serialize, Deserialize)]
struct OfText<C> {
    model: String,
    version: u32,
    #[serde(flatten)]
    codec: StoredCodec,
    #[serde(flatten)]
    config: C,
}

/// Writes a model, and how text becomes its tokens, to a folder, which is made if it is not there.
pub fn save<C: Clone + Serialize>(
    dir: &Path,
    (model, version): (&str, u32),
    config: &C,
    codec: &Codec,
    parameters: &Parameters,
) -> Result<()> {
    replace_folder(dir, |dir| {
        let codec = StoredCodec::save(codec, dir, "")?;
        write(dir, &OfText { model: model.into(), version, codec, config: config.clone() }, parameters)
    })
}

/// Reads the config and the codec of what [`save`] has written.
pub fn load<C: DeserializeOwned + PartialEq>(dir: &Path, (model, version): (&str, u32)) -> Result<(C, Codec)> {
    let stored: OfText<C> = read(dir, model, version)?;
    let codec = stored.codec.load(dir, "")?;
    Ok((stored.config, codec))
}

/// What stands in `config.json` of a model that makes one text of another.
#[derive(PartialEq, Serialize, Deserialize)]
struct OfPairs<C> {
    model: String,
    version: u32,
    source: StoredCodec,
    target: StoredCodec,
    #[serde(flatten)]
    config: C,
}

const SOURCE: &str = "source.";
const TARGET: &str = "target.";

/// As [`save`], with a codec for each side.
pub fn save_pair<C: Clone + Serialize>(
    dir: &Path,
    (model, version): (&str, u32),
    config: &C,
    [source, target]: [&Codec; 2],
    parameters: &Parameters,
) -> Result<()> {
    replace_folder(dir, |dir| {
        let (source, target) = (StoredCodec::save(source, dir, SOURCE)?, StoredCodec::save(target, dir, TARGET)?);
        write(dir, &OfPairs { model: model.into(), version, source, target, config: config.clone() }, parameters)
    })
}

/// Reads the config and the codecs of what [`save_pair`] has written.
pub fn load_pair<C: DeserializeOwned + PartialEq>(
    dir: &Path,
    (model, version): (&str, u32),
) -> Result<(C, Codec, Codec)> {
    let stored: OfPairs<C> = read(dir, model, version)?;
    let (source, target) = (stored.source.load(dir, SOURCE)?, stored.target.load(dir, TARGET)?);
    Ok((stored.config, source, target))
}

/// How text becomes a model's tokens, as a config names it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct StoredCodec {
    level: String,
    /// The checksum of the file with the vocabulary.
    vocabulary: String,
}

impl StoredCodec {
    /// Writes a codec's file, its name behind the prefix.
    fn save(codec: &Codec, dir: &Path, prefix: &str) -> Result<StoredCodec> {
        let level = codec.name();
        let path = StoredCodec::path(dir, prefix, &level);
        codec.save(&path)?;
        Ok(StoredCodec { level, vocabulary: checksum(&path)? })
    }

    /// Reads it again.
    fn load(&self, dir: &Path, prefix: &str) -> Result<Codec> {
        let path = StoredCodec::path(dir, prefix, &self.level);
        if checksum(&path)? != self.vocabulary {
            return Err(strange(path));
        }
        Codec::load(&path, &self.level)
    }

    fn path(dir: &Path, prefix: &str, level: &str) -> PathBuf {
        dir.join(format!("{prefix}{}", Codec::file(level)))
    }
}

fn strange(path: PathBuf) -> Error {
    let message = format!("it does not belong to the {WEIGHTS} beside it, or was edited; save the model again");
    Error::Json { path, message }
}

fn checksum(path: &Path) -> Result<String> {
    let bytes = fs::read(path).map_err(|source| Error::Io { path: path.into(), source })?;
    let mut sum = Checksum::default();
    sum.add(&bytes);
    Ok(sum.to_string())
}
