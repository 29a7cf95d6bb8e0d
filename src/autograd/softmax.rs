//! Scores to probabilities, and the cost of being wrong.

use super::{Var, for_f32_and_f64};
use crate::math::Real;
use ndarray::{ArrayD, Axis, Zip};

/// Subtracts from each row its log-sum-exp.
fn log_softmax<F: Real>(x: ArrayD<F>) -> ArrayD<F> {
    let mut y = x;
    let last = Axis(y.ndim() - 1);
    for mut row in y.lanes_mut(last) {
        let largest = row.fold(F::neg_infinity(), |a, &b| a.max(b));
        let sum = row.fold(F::zero(), |sum, &x| sum + (x - largest).exp_());
        let log_sum = largest + sum.ln();
        row.mapv_inplace(|x| x - log_sum);
    }
    y
}

for_f32_and_f64! {
    impl Var<F> {
        /// The logarithms of the softmax over the last axis.                                           [gradients.2]
        ///
        ///   yᵢ = xᵢ − ln Σⱼ e^xⱼ   back: dxᵢ = dyᵢ − e^yᵢ·Σⱼ dyⱼ
        ///
        /// Computed with the largest x taken out of the sum, so that nothing overflows.
        pub fn log_softmax(&self) -> Var<F> {
            let y = log_softmax(self.value().into_owned()).into_shared();
            Var::node(y.clone(), [self], move |dy, [x]| {
                x.add_grad(|| {
                    let last = Axis(dy.ndim() - 1);
                    let sums = dy.sum_axis(last).insert_axis(last);
                    Zip::from(&dy).and(&y).and_broadcast(&sums).map_collect(|&dy, &y, &sum| dy - y.exp() * sum)
                });
            })
        }

        /// The softmax over the last axis: positive numbers with the sum 1.                             [gradients.1]
        ///
        ///   pᵢ = e^xᵢ / Σⱼ e^xⱼ
        pub fn softmax(&self) -> Var<F> {
            self.log_softmax().exp()
        }
    }
}
