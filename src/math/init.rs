//! Where weights start.

use super::{Real, rng};
use ndarray::{ArrayD, IxDyn};
use ndarray_rand::{
    RandomExt,
    rand_distr::{Normal, Uniform},
};

/// Numbers drawn evenly from −bound to bound.
///
/// Recurrent and linear layers start with a bound of 1/√(number of inputs), as PyTorch's do.
pub fn uniform<F: Real>(shape: &[usize], bound: f64, seed: u64) -> ArrayD<F> {
    let range = Uniform::new_inclusive(-bound, bound).expect("a finite bound that is not negative");
    ArrayD::random_using(IxDyn(shape), range, &mut rng(seed)).mapv(F::of)
}

/// Numbers drawn from the normal distribution around 0.
pub fn normal<F: Real>(shape: &[usize], deviation: f64, seed: u64) -> ArrayD<F> {
    let normal = Normal::new(0.0, deviation).expect("a finite deviation that is not negative");
    ArrayD::random_using(IxDyn(shape), normal, &mut rng(seed)).mapv(F::of)
}

/// The k-th number, counted from 1, is ½·sin(1.3·k): as good as drawn, and the same in any other program.
pub fn sines(shape: &[usize]) -> ArrayD<f64> {
    let numbers = (1..=shape.iter().product()).map(|k: usize| 0.5 * (1.3 * k as f64).sin()).collect();
    ArrayD::from_shape_vec(shape, numbers).expect("as many numbers as the shape has places")
}
