//! What a model learns, by name.

use super::Var;
use crate::math::Real;

/// The parameters of a model with their names, such as `layers.0.w_h`, always in the same order.
pub type Parameters<F = f32> = Vec<(String, Var<F>)>;

/// The names of parameters that received no gradient: a layer that was left out, or one whose backward forgets it.
pub fn without_gradient<F: Real>(parameters: &Parameters<F>) -> Vec<String> {
    let lacks = |(name, var): &(String, Var<F>)| var.with_grad(|g| g.is_none()).then(|| name.clone());
    parameters.iter().filter_map(lacks).collect()
}
