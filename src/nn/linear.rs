//! The linear layer.

use super::Module;
use crate::{
    autograd::{Parameters, Var, for_f32_and_f64},
    math::{Real, normal, product::Packed, uniform, zeros},
};
use ndarray::{Array1, Array2, ArrayView2, Ix2, s};
use std::ops::Range;

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

    /// Weights drawn from the normal distribution with the deviation √(2/(inputs + outputs)), so that numbers are about
    /// as large behind it as before, forward and back; biases of 0.
    ///
    /// Source: Glorot and Bengio 2010, Understanding the difficulty of training deep feedforward neural networks, eq. 12.
    pub fn glorot(inputs: usize, outputs: usize, seed: u64) -> Linear<F> {
        let deviation = (2.0 / (inputs + outputs) as f64).sqrt();
        Linear { w: Var::leaf(normal(&[inputs, outputs], deviation, seed), true), b: Var::leaf(zeros(outputs), true) }
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

/// A linear layer whose weights, as they are now, are laid out to be used many times, without gradients.
#[derive(Clone)]
pub(crate) struct LaidLinear<F: Real = f32> {
    w: Packed<F>,
    b: Array1<F>,
}

impl<F: Real> LaidLinear<F> {
    pub fn new(w: ArrayView2<F>, b: &Var<F>) -> LaidLinear<F> {
        LaidLinear { w: Packed::new(w).on_all_threads(), b: b.value().iter().copied().collect() }
    }

    /// Some columns of a layer.
    pub fn columns(linear: &Linear<F>, columns: Range<usize>) -> LaidLinear<F> {
        let w = linear.w.value().into_dimensionality::<Ix2>().expect("2 axes");
        let b = linear.b.value().iter().copied().skip(columns.start).take(columns.len()).collect();
        LaidLinear { w: Packed::new(w.slice(s![.., columns])).on_all_threads(), b }
    }

    pub fn without_bias(w: ArrayView2<F>) -> LaidLinear<F> {
        LaidLinear { w: Packed::new(w).on_all_threads(), b: Array1::zeros(w.ncols()) }
    }

    /// Shapes: x (B, K) → (B, N).
    pub fn forward(&self, x: ArrayView2<F>) -> Array2<F> {
        let mut y = self.b.broadcast((x.nrows(), self.b.len())).expect("a row for each row").to_owned();
        self.w.multiply_add(x, y.view_mut());
        y
    }
}

impl<F: Real> From<&Linear<F>> for LaidLinear<F> {
    fn from(linear: &Linear<F>) -> LaidLinear<F> {
        LaidLinear::columns(linear, 0..linear.b.shape()[0])
    }
}
