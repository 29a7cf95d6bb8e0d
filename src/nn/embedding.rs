//! Tokens as rows of a matrix.

use super::Module;
use crate::{
    autograd::{Parameters, Var, for_f32_and_f64},
    math::{Real, normal},
};
use ndarray::Array2;

/// A vector for each token.
///
///   xₜ = E\[wₜ\], the row of the token; the same as a product of E with a row that is 1 at wₜ and 0 elsewhere
///
/// Shapes: E (V, E) · ids (B, T) → (B, T, E). Going back touches the rows that were used, and no other.
#[derive(Clone, Debug)]
pub struct Embedding<F: Real = f32> {
    pub e: Var<F>,
}

impl<F: Real> Embedding<F> {
    /// Drawn from the normal distribution with the given deviation; PyTorch's is 1.
    pub fn init(tokens: usize, size: usize, deviation: f64, seed: u64) -> Embedding<F> {
        Embedding { e: Var::leaf(normal(&[tokens, size], deviation, seed), true) }
    }
}

impl Embedding {
    /// As [`init`](Embedding::init), in single precision.
    pub fn new(tokens: usize, size: usize, deviation: f64, seed: u64) -> Embedding {
        Embedding::init(tokens, size, deviation, seed)
    }
}

for_f32_and_f64! {
    impl Embedding<F> {
        /// # Panics
        /// If an id is V or more.
        pub fn forward(&self, ids: &Array2<u32>) -> Var<F> {
            let (batch, steps) = ids.dim();
            let flat: Vec<u32> = ids.iter().copied().collect();
            self.e.rows(&flat).reshape(&[batch, steps, self.e.shape()[1]])
        }
    }
}

impl<F: Real> Module<F> for Embedding<F> {
    fn parameters(&self) -> Parameters<F> {
        vec![("e".into(), self.e.clone())]
    }
}
