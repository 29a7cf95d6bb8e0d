//! Attention: what a query wants of a memory.
//!
//! A memory has keys and values, a row for each of its S places. A score says how well a key answers the query, the softmax
//! over the places makes weights of the scores, and the answer is the weighted sum of the values.

mod additive;
mod attend;
mod dot;
mod laid;
mod mask;
mod multi_head;
mod scaled;

use crate::{
    autograd::{Var, row_by_row},
    math::Real,
};
use ndarray::{ArcArray, Ix3};

pub use additive::AdditiveAttention;
pub(crate) use attend::softmax;
pub use attend::{Attended, attend};
pub(crate) use laid::LaidAttention;
pub use mask::Mask;
pub use multi_head::MultiHeadAttention;
pub use scaled::Heads;

/// A batch's rows, example by example.
fn examples<F: Real>(x: &Var<F>) -> ArcArray<F, Ix3> {
    let x = row_by_row(x.value());
    let shape = x.shape().to_vec();
    x.into_dimensionality().unwrap_or_else(|_| panic!("attention with shape {shape:?}: it needs 3 axes"))
}
