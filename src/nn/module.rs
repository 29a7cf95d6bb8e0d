//! What every layer and model has: parameters with names.

use crate::{
    autograd::{Parameters, Var},
    math::Real,
};

/// Something that learns.
pub trait Module<F: Real = f32> {
    /// The parameters with their names, always in the same order.
    fn parameters(&self) -> Parameters<F>;
}

/// The parameters of a part of a model, their names behind the part's.
pub(crate) fn named<F: Real>(part: &str, parameters: Parameters<F>) -> impl Iterator<Item = (String, Var<F>)> + use<F> {
    let part = part.to_owned();
    parameters.into_iter().map(move |(name, var)| (format!("{part}.{name}"), var))
}

/// How many numbers a model learns.
pub fn parameter_count<F: Real>(parameters: &Parameters<F>) -> usize {
    parameters.iter().map(|(_, var)| var.shape().iter().product::<usize>()).sum()
}
