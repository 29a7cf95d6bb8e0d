//! Named arrays in a file of the format safetensors.

use super::checksum::Checksum;
use crate::{Error, Result, autograd::Values, text::replace_file};
use ndarray::{ArrayD, IxDyn};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// The one key of the file's metadata that is ours. With a second one, their order would vary from run to run.
const KEY: &str = "fabula";

/// Arrays by name, in any order.
pub(super) type Tensors = Vec<(String, Values<f32>)>;

/// Writes arrays and what belongs to them, whole or not at all.
///
/// # Errors
/// If the file cannot be written; an older one is then still there.
pub(super) fn write_tensors(path: &Path, tensors: &Tensors, about: &impl Serialize) -> Result<()> {
    let wrong = |message: String| Error::Checkpoint { path: path.into(), message };
    let about = serde_json::to_value(about).map_err(|error| wrong(error.to_string()))?;
    let bytes = |x: &Values<f32>| x.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let data: Vec<_> = tensors.iter().map(|(name, x)| (name.as_str(), x.shape().to_vec(), bytes(x))).collect();
    let view = |(name, shape, bytes)| Ok((name, TensorView::new(Dtype::F32, shape, bytes)?));
    let views: std::result::Result<Vec<_>, safetensors::SafeTensorError> =
        data.iter().map(|(name, shape, bytes)| view((*name, shape.clone(), bytes))).collect();
    let file = views.and_then(|views| {
        let checksum = checksum(&about, views.iter().map(|(name, view)| (*name, view)));
        let ours = json!({ "about": about, "checksum": checksum }).to_string();
        safetensors::serialize(views, Some([(KEY.to_owned(), ours)].into_iter().collect()))
    });
    let file = file.map_err(|error| wrong(error.to_string()))?;
    replace_file(path, |out| out.write_all(&file))
}

/// Reads what [`write_tensors`] has written.
///
/// # Errors
/// If the file cannot be read, is truncated, or was changed since.
pub(super) fn read_tensors<T: DeserializeOwned>(path: &Path) -> Result<(Tensors, T)> {
    let wrong = |message: String| Error::Checkpoint { path: path.into(), message };
    let damaged =
        |error: &dyn std::fmt::Display| wrong(format!("the file is truncated or damaged ({error}); take an older one"));
    let file = fs::read(path).map_err(|source| Error::Io { path: path.into(), source })?;
    let (_, metadata) = SafeTensors::read_metadata(&file).map_err(|error| damaged(&error))?;
    let stored = SafeTensors::deserialize(&file).map_err(|error| damaged(&error))?;
    let Some(ours) = metadata.metadata().as_ref().and_then(|metadata| metadata.get(KEY)) else {
        return Err(wrong(format!("it was not written by this library (its metadata have no key {KEY:?})")));
    };
    let ours: Value = serde_json::from_str(ours).map_err(|error| damaged(&error))?;
    let mut views = stored.tensors();
    views.sort_by(|a, b| a.0.cmp(&b.0));
    if ours["checksum"] != checksum(&ours["about"], views.iter().map(|(name, view)| (name.as_str(), view))) {
        return Err(wrong("its checksum does not fit: it was changed after it was written; take an older one".into()));
    }
    let about = serde_json::from_value(ours["about"].clone())
        .map_err(|error| wrong(format!("it holds something else than expected ({error})")))?;
    let tensors = views.into_iter().map(|(name, view)| {
        let numbers = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        let array = ArrayD::from_shape_vec(IxDyn(view.shape()), numbers).map_err(|error| damaged(&error))?;
        match view.dtype() {
            Dtype::F32 => Ok((name, array.into_shared())),
            other => Err(wrong(format!("{name} holds numbers of type {other}: expected F32"))),
        }
    });
    Ok((tensors.collect::<Result<_>>()?, about))
}

/// Of everything in the file, in an order of its own.
fn checksum<'a>(about: &Value, views: impl Iterator<Item = (&'a str, &'a TensorView<'a>)>) -> String {
    let mut views: Vec<_> = views.collect();
    views.sort_by_key(|(name, _)| *name);
    let mut sum = Checksum::default();
    sum.add(about.to_string().as_bytes());
    for (name, view) in views {
        sum.add(format!("{name} {:?} {:?}", view.dtype(), view.shape()).as_bytes());
        sum.add(view.data());
    }
    sum.to_string()
}
