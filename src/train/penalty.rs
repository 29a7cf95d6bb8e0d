//! Penalties on large weights.

use crate::autograd::{Parameters, Var};
use ndarray::Zip;

/// What large weights cost, beside the loss. Biases and gains are spared: they are few, and fit no single example.
///
/// L2 is a part of the gradient, and pulls a weight the more the larger it is.                            [gradients.13]
///
///   (λ₂/2)·Σ w², with the gradient λ₂·w
///
/// L1 pulls every weight with the same force. A step along its gradient λ₁·sign(w) would jump over 0 and back; so it is
/// taken by itself, behind that of the loss, and ends at 0 exactly.                                        [overfitting.3]
///
///   λ₁·Σ|w|   by   w ← sign(w)·max(|w| − η·λ₁, 0)   after each step with the learning rate η
///
/// Source: Tibshirani 1996; the step, called proximal, as by Daubechies, Defrise and De Mol 2004. Behind Adam it is
/// decoupled, as AdamW's decay is: neither is divided by √v.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Penalty {
    /// λ₁. Default 0.
    pub l1: f64,
    /// λ₂. Default 0.
    pub l2: f64,
}

impl Penalty {
    /// The penalty itself, over all matrices.
    pub fn of(&self, parameters: &Parameters) -> f64 {
        let cost = |w: f64| self.l1 * w.abs() + self.l2 / 2.0 * w * w;
        matrices(parameters).map(|var| var.value().iter().map(|&w| cost(w.into())).sum::<f64>()).sum()
    }

    /// Adds the gradient of L2 to that of each matrix which has one.
    pub fn add_gradients(&self, parameters: &Parameters) {
        let l2 = self.l2 as f32;
        for var in matrices(parameters).filter(|_| self.l2 > 0.0) {
            let w = var.value();
            var.with_grad(|g| {
                if let Some(g) = g {
                    Zip::from(g).and(&w).for_each(|g, &w| *g += l2 * w);
                }
            });
        }
    }

    /// The proximal step of L1, behind a step with this learning rate.
    pub fn shrink(&self, parameters: &Parameters, learning_rate: f64) {
        let least = (learning_rate * self.l1) as f32;
        for var in matrices(parameters).filter(|_| least > 0.0) {
            var.update(|w| w.mapv_inplace(|w| if w.abs() <= least { 0.0 } else { w - least * w.signum() }));
        }
    }
}

fn matrices(parameters: &Parameters) -> impl Iterator<Item = &Var> {
    parameters.iter().map(|(_, var)| var).filter(|var| var.shape().len() > 1)
}
