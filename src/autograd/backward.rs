//! The chain rule over a whole history.

use super::{Var, for_f32_and_f64};
use crate::math::Real;
use ndarray::{ArrayD, IxDyn};
use std::collections::BTreeMap;

for_f32_and_f64! {
    impl Var<F> {
        /// Adds to the gradient of every parameter that this number was made from.
        ///
        /// # Panics
        /// If this is not a single number.
        pub fn backward(&self) {
            let shape = self.shape();
            assert!(
                shape.iter().product::<usize>() == 1,
                "backward() of a value of shape {shape:?}: sum it up to a single number first, or call backward_from"
            );
            self.backward_from(ArrayD::ones(IxDyn(&shape)));
        }

        /// As [`backward`](Var::backward), from the gradient of something else with respect to this value.
        ///
        /// # Panics
        /// If the shapes differ.
        pub fn backward_from(&self, dy: ArrayD<F>) {
            go_back(self, dy);
        }
    }
}

/// The chain rule, from the youngest value to the oldest.                                            [gradients.4]
///
///   ∂L/∂x = Σ over all y made from x of (∂L/∂y)·(∂y/∂x)
///
/// A value is older than all that was made from it. So when its turn comes, in the order of ages, every sum is
/// complete, and nothing is computed twice, however often it was used.
fn go_back<F: Real>(from: &Var<F>, dy: ArrayD<F>) {
    from.add_grad(|| dy);
    let mut waiting = BTreeMap::from([(from.node.age, from.clone())]);
    while let Some((_, var)) = waiting.pop_last() {
        let Some(history) = &var.node.history else { continue };
        let dy = match var.node.keeps_gradient.get() {
            true => var.grad(),
            false => var.node.gradient.take(),
        };
        let Some(dy) = dy else { continue };
        (history.backward)(dy, &history.inputs);
        let wanting = history.inputs.iter().filter(|input| input.wants_grad());
        waiting.extend(wanting.map(|input| (input.node.age, input.clone())));
    }
}
