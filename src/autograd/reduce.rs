//! Sums, means and maxima.

use super::{Var, for_f32_and_f64};
use ndarray::{ArrayD, ArrayView1, Axis, IxDyn, arr0};

for_f32_and_f64! {
    impl Var<F> {
        /// The sum of all numbers, of shape ().
        pub fn sum(&self) -> Var<F> {
            let shape = self.shape();
            Var::node(arr0(self.value().sum()), [self], move |dy, [x]| {
                x.add_grad(|| ArrayD::from_elem(IxDyn(&shape), *dy.first().expect("one number")));
            })
        }

        /// The mean of all numbers, of shape ().
        pub fn mean(&self) -> Var<F> {
            let n = self.value().len() as F;
            self.sum() / n
        }

        /// The sums along an axis, which stays with size 1, so that the result broadcasts against the value.
        pub fn sum_axis(&self, axis: usize) -> Var<F> {
            let shape = self.shape();
            let sum = self.value().sum_axis(Axis(axis)).insert_axis(Axis(axis));
            Var::node(sum, [self], move |dy, [x]| {
                x.add_grad(|| dy.broadcast(IxDyn(&shape)).expect("an axis of size 1 to repeat").to_owned());
            })
        }

        /// The means along an axis, which stays with size 1.
        pub fn mean_axis(&self, axis: usize) -> Var<F> {
            self.sum_axis(axis) / self.shape()[axis] as F
        }

        /// The largest numbers along an axis, which stays with size 1. The gradient goes to the first of equals.
        pub fn max_axis(&self, axis: usize) -> Var<F> {
            let value = self.value();
            let first_of_the_largest = |lane: ArrayView1<F>| {
                (1..lane.len()).fold(0, |best, i| if lane[i] > lane[best] { i } else { best })
            };
            let places = value.map_axis(Axis(axis), first_of_the_largest);
            let largest = value.map_axis(Axis(axis), |lane| lane[first_of_the_largest(lane)]);
            let shape = self.shape();
            Var::node(largest.insert_axis(Axis(axis)), [self], move |dy, [x]| {
                x.add_grad(|| {
                    let mut dx = ArrayD::zeros(IxDyn(&shape));
                    let lanes = dx.lanes_mut(Axis(axis)).into_iter().zip(dy.iter()).zip(&places);
                    lanes.for_each(|((mut lane, &dy), &place)| lane[place] = dy);
                    dx
                });
            })
        }
    }
}
