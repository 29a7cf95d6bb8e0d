//! A training that can be taken up again, and the weights alone.

use super::{
    early_stopping::EarlyStopping,
    history::History,
    optimiser::{Slot, State},
    tensors::{Tensors, read_tensors, write_tensors},
};
use crate::{
    Error, Result,
    autograd::{Parameters, Values},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;

/// How many differences between a file and a model are listed.
const SHOWN: usize = 8;

/// Where a training stands: everything that the next step depends on.
///
/// There is no state of a random generator: what is drawn at a step must follow from the seed and the step's number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    /// How many steps were taken.
    pub step: usize,
    pub seed: u64,
    /// The config of the model, and whatever else its reader needs.
    pub config: Value,
    pub optimiser: State,
    pub history: History,
}

/// The part of a checkpoint that is no array.
#[derive(Serialize, Deserialize)]
struct About {
    step: usize,
    seed: u64,
    config: Value,
    history: History,
    /// The steps of the optimiser for each parameter.
    optimiser_steps: Vec<u64>,
    /// Of early stopping: the smallest loss, and how many looks ago it was.
    best: Option<f64>,
    waited: usize,
}

impl Checkpoint {
    /// Writes the checkpoint and the model's parameters to one file.
    ///
    /// # Errors
    /// If the file cannot be written; an older one is then still there, whole.
    pub fn write(&self, path: &Path, parameters: &Parameters) -> Result<()> {
        self.write_with(path, parameters, None)
    }

    /// Reads a checkpoint, and puts its weights into the parameters.
    ///
    /// # Errors
    /// If the file cannot be read, is truncated or edited, or belongs to another model; then no parameter is changed.
    pub fn read(path: &Path, parameters: &Parameters) -> Result<Checkpoint> {
        Checkpoint::read_with(path, parameters, None)
    }

    pub(super) fn write_with(
        &self,
        path: &Path,
        parameters: &Parameters,
        stopping: Option<&EarlyStopping>,
    ) -> Result<()> {
        let mut tensors = tensors(parameters, "model");
        for ((name, _), slot) in parameters.iter().zip(&self.optimiser.0) {
            let averages = slot.averages.iter().enumerate();
            tensors.extend(averages.map(|(i, x)| (format!("optimiser.{i}.{name}"), x.clone().into_shared())));
        }
        let best = stopping.and_then(|stopping| stopping.best.as_ref());
        let best_weights = best.iter().flat_map(|(_, weights)| weights).zip(parameters);
        tensors.extend(best_weights.map(|(x, (name, _))| (format!("best.{name}"), x.clone())));
        let Checkpoint { step, seed, config, optimiser, history } = self.clone();
        let optimiser_steps = optimiser.0.iter().map(|slot| slot.steps).collect();
        let (best, waited) = (best.map(|best| best.0), stopping.map_or(0, |stopping| stopping.waited));
        write_tensors(path, &tensors, &About { step, seed, config, history, optimiser_steps, best, waited })
    }

    pub(super) fn read_with(
        path: &Path,
        parameters: &Parameters,
        stopping: Option<&mut EarlyStopping>,
    ) -> Result<Checkpoint> {
        let (stored, about): (Tensors, About) = read_tensors(path)?;
        let About { step, seed, config, history, optimiser_steps, best, waited } = about;
        let weights = matching(path, parameters, &stored, "model.")?;
        let mut optimiser = State::default();
        for ((name, _), steps) in parameters.iter().zip(optimiser_steps) {
            let average = |i| find(&stored, &format!("optimiser.{i}.{name}")).map(Values::into_owned);
            optimiser.0.push(Slot { steps, averages: (0..).map_while(average).collect() });
        }
        if let Some(stopping) = stopping {
            let best = best.map(|loss| Ok((loss, matching(path, parameters, &stored, "best.")?)));
            (stopping.best, stopping.waited) = (best.transpose()?, waited);
        }
        put(parameters, weights);
        Ok(Checkpoint { step, seed, config, optimiser, history })
    }
}

/// Writes the parameters of a model and its config to a file of the format safetensors.
///
/// # Errors
/// If the file cannot be written; an older one is then still there, whole.
pub fn write_parameters(path: &Path, parameters: &Parameters, config: &Value) -> Result<()> {
    let values = parameters.iter().map(|(name, var)| (name.clone(), var.value()));
    write_tensors(path, &values.collect(), config)
}

/// The config that [`write_parameters`] wrote beside the parameters: with it, the model is made to read them into.
///
/// # Errors
/// If the file cannot be read, is truncated or edited.
pub fn read_config(path: &Path) -> Result<Value> {
    read_tensors(path).map(|(_, config)| config)
}

/// Reads what [`write_parameters`] has written into the parameters of a model that was made with the same config.
///
/// # Errors
/// As for [`read_config`], or if it belongs to another model; then no parameter is changed.
pub fn read_parameters(path: &Path, parameters: &Parameters) -> Result<()> {
    let (stored, _): (Tensors, Value) = read_tensors(path)?;
    put(parameters, matching(path, parameters, &stored, "")?);
    Ok(())
}

fn tensors(parameters: &Parameters, prefix: &str) -> Tensors {
    parameters.iter().map(|(name, var)| (format!("{prefix}.{name}"), var.value())).collect()
}

fn find(stored: &Tensors, name: &str) -> Option<Values<f32>> {
    stored.iter().find(|(other, _)| other == name).map(|(_, values)| values.clone())
}

fn put(parameters: &Parameters, weights: Vec<Values<f32>>) {
    parameters.iter().zip(weights).for_each(|((_, var), weights)| var.set(weights.into_owned()));
}

/// The stored arrays in the order of the parameters: they must be the same, by name and shape.
fn matching(path: &Path, parameters: &Parameters, stored: &Tensors, prefix: &str) -> Result<Vec<Values<f32>>> {
    let mut weights = Vec::new();
    let mut differences = Vec::new();
    for (name, var) in parameters {
        match find(stored, &format!("{prefix}{name}")) {
            None => differences.push(format!("it has no {name}")),
            Some(found) if found.shape() != var.shape() => {
                differences.push(format!("{name} has the shape {:?} instead of {:?}", found.shape(), var.shape()));
            }
            Some(found) => weights.push(found),
        }
    }
    let unknown = |name: &str| parameters.iter().all(|(other, _)| other != name);
    let names = stored.iter().filter_map(|(name, _)| name.strip_prefix(prefix));
    differences.extend(names.filter(|name| unknown(name)).map(|name| format!("the model has no {name}")));
    if differences.is_empty() {
        return Ok(weights);
    }
    let more = differences.len().saturating_sub(SHOWN);
    differences.truncate(SHOWN);
    if more > 0 {
        differences.push(format!("and {more} more"));
    }
    Err(Error::Checkpoint { path: path.into(), message: differences.join("; ") })
}
