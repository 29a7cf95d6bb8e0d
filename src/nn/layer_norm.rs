//! Layer normalisation.

use super::Module;
use crate::{
    autograd::{Parameters, Var, for_f32_and_f64},
    math::Real,
};
use ndarray::ArrayD;

/// Each row with the mean 0 and the variance 1, then stretched and moved.                                 [encoder.1]
///
///   y = (x − μ)/√(σ² + ε) ⊙ γ + β   with μ and σ² the mean and the variance of the row
///
/// Shapes: x (…, D) · γ (D) · β (D). The variance divides by D. Source: Ba, Kiros and Hinton 2016.
#[derive(Clone, Debug)]
pub struct LayerNorm<F: Real = f32> {
    pub gamma: Var<F>,
    pub beta: Var<F>,
    pub epsilon: f64,
}

impl<F: Real> LayerNorm<F> {
    /// γ = 1, β = 0, ε = 1e-5.
    pub fn init(size: usize) -> LayerNorm<F> {
        let constant = |x: f64| Var::leaf(ArrayD::from_elem(vec![size], F::of(x)), true);
        LayerNorm { gamma: constant(1.0), beta: constant(0.0), epsilon: 1e-5 }
    }
}

impl LayerNorm {
    /// As [`init`](LayerNorm::init), in single precision.
    pub fn new(size: usize) -> LayerNorm {
        LayerNorm::init(size)
    }
}

for_f32_and_f64! {
    impl LayerNorm<F> {
        pub fn forward(&self, x: &Var<F>) -> Var<F> {
            let last = x.shape().len() - 1;
            let centred = x - &x.mean_axis(last);
            let variance = centred.square().mean_axis(last);
            &centred / &(variance + self.epsilon as F).sqrt() * &self.gamma + &self.beta
        }
    }
}

impl<F: Real> Module<F> for LayerNorm<F> {
    fn parameters(&self) -> Parameters<F> {
        vec![("gamma".into(), self.gamma.clone()), ("beta".into(), self.beta.clone())]
    }
}
