//! Why a loss is no number any more.

use crate::{Error, autograd::Parameters};

/// Weights beyond this are not what a training finds that goes well.
const LARGE: f32 = 1e3;

/// What stopped at this step, with the likely cause: the weights tell it.
///
/// `norm` is the gradient's at the step before.
pub(super) fn diverged(step: usize, found: String, parameters: &Parameters, rate: f64, norm: f64) -> Error {
    let largest = |(name, var): &(String, _)| (largest(var), name.clone());
    let (size, name) = parameters.iter().map(largest).max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default();
    let cause = if step == 0 && size.is_finite() {
        "no step was taken yet: an input, or what the loss makes of it, holds a number that is infinite or NaN"
            .to_owned()
    } else if size > LARGE || size.is_nan() {
        format!(
            "the largest weight, in {name}, is {size:.1e}, and the gradient's norm was {norm:.1e} at the step before: \
             the learning rate, {rate}, is too high; lower it, warm up, or clip"
        )
    } else {
        format!(
            "all weights are ordinary numbers (the largest, in {name}, is {size:.1e}; the gradient's norm was {norm:.1e} \
             at the step before): most likely an input of this step holds a number that is infinite or NaN; \
             if not, lower the learning rate, {rate}"
        )
    };
    Error::Diverged { step, found, cause }
}

/// NaN if one is.
fn largest(var: &crate::autograd::Var) -> f32 {
    var.value().fold(0.0, |a, b| if b.is_nan() { f32::NAN } else { b.abs().max(a) })
}
