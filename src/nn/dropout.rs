//! Dropout.

use crate::{
    autograd::Var,
    math::{Real, rng},
};
use ndarray::{ArrayD, IxDyn};
use ndarray_rand::rand::{Rng, rngs::StdRng};
use std::cell::RefCell;

/// In training, sets each number to zero with the probability p and makes the others larger.              [overfitting.1]
///
///   y = m ⊙ x / (1 − p)   with m = 0 with probability p, else 1: its expected value is x
///
/// Otherwise y = x. Source: Srivastava and others 2014, Dropout; scaled in training, as is usual since.
#[derive(Debug)]
pub struct Dropout {
    pub p: f64,
    rng: RefCell<StdRng>,
}

impl Dropout {
    /// # Panics
    /// If p is not from 0 to below 1.
    pub fn new(p: f64, seed: u64) -> Dropout {
        assert!((0.0..1.0).contains(&p), "dropout with the probability {p}: expected one from 0 to below 1");
        Dropout { p, rng: RefCell::new(rng(seed)) }
    }

    /// `training` says whether anything is dropped at all.
    pub fn forward<F: Real>(&self, x: &Var<F>, training: bool) -> Var<F> {
        if !training || self.p == 0.0 {
            return x.clone();
        }
        let value = x.value();
        let scaled_mask = self.scaled_mask(value.shape());
        Var::node(&value * &scaled_mask, [x], move |dy, [x]| x.add_grad(|| dy * &scaled_mask))
    }

    /// m / (1 − p)
    fn scaled_mask<F: Real>(&self, shape: &[usize]) -> ArrayD<F> {
        let kept = F::of(1.0 / (1.0 - self.p));
        let mut rng = self.rng.borrow_mut();
        ArrayD::from_shape_simple_fn(IxDyn(shape), || if rng.random_bool(self.p) { F::zero() } else { kept })
    }
}
