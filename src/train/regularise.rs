//! Penalties on large weights.

use crate::autograd::Parameters;
use ndarray::Zip;

/// What large weights cost, beside the loss.                                                         [gradients.13]
///
///   L1: λ₁·Σ|w|, with the gradient λ₁·sign(w)      L2: (λ₂/2)·Σ w², with the gradient λ₂·w
///
/// L1 pulls every weight with the same force, so that small ones end at 0; L2 pulls large ones more.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Penalty {
    /// λ₁. Default 0.
    pub l1: f64,
    /// λ₂. Default 0.
    pub l2: f64,
}

impl Penalty {
    /// The penalty itself, over all parameters.
    pub fn of(&self, parameters: &Parameters) -> f64 {
        let cost = |w: f64| self.l1 * w.abs() + self.l2 / 2.0 * w * w;
        parameters.iter().map(|(_, var)| var.value().iter().map(|&w| cost(w.into())).sum::<f64>()).sum()
    }

    /// Adds its gradient to that of each parameter which has one.
    pub fn add_gradients(&self, parameters: &Parameters) {
        let (l1, l2) = (self.l1 as f32, self.l2 as f32);
        let sign = |w: f32| if w == 0.0 { 0.0 } else { w.signum() };
        for (_, var) in parameters {
            let w = var.value();
            var.with_grad(|g| {
                if let Some(g) = g {
                    Zip::from(g).and(&w).for_each(|g, &w| *g += l1 * sign(w) + l2 * w);
                }
            });
        }
    }
}
