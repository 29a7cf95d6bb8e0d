//! The linear layer.

use super::Module;
use crate::{
    autograd::{Parameters, Var, for_f32_and_f64},
    math::{Real, uniform},
};

/// A product and a sum.
///
///   y = x·W + b
///
/// Shapes: x (…, K) · W (K, N) · b (N). PyTorch's `nn.Linear` stores Wᵀ.
#[derive(Clone, Debug)]
pub struct Linear<F: Real = f32> {
    pub w: Var<F>,
    pub b: Var<F>,
}

impl<F: Real> Linear<F> {
    /// Weights and biases drawn evenly from ±1/√K.
    pub fn init(inputs: usize, outputs: usize, seed: u64) -> Linear<F> {
        let bound = 1.0 / (inputs as f64).sqrt();
        Linear {
            w: Var::leaf(uniform(&[inputs, outputs], bound, seed), true),
            b: Var::leaf(uniform(&[outputs], bound, seed.wrapping_add(1)), true),
        }
    }
}

impl Linear {
    /// As [`init`](Linear::init), in single precision.
    pub fn new(inputs: usize, outputs: usize, seed: u64) -> Linear {
        Linear::init(inputs, outputs, seed)
    }
}

for_f32_and_f64! {
    impl Linear<F> {
        pub fn forward(&self, x: &Var<F>) -> Var<F> {
            x.linear(&self.w, &self.b)
        }
    }
}

impl<F: Real> Module<F> for Linear<F> {
    fn parameters(&self) -> Parameters<F> {
        vec![("w".into(), self.w.clone()), ("b".into(), self.b.clone())]
    }
}
