//! Dropout.

use crate::{
    autograd::Var,
    math::{Real, rng, vectorised},
};
use ndarray::ArrayD;
use ndarray_rand::rand::{Rng, rngs::StdRng};
use rayon::prelude::*;
use std::cell::RefCell;

/// In training, sets each number to zero with the probability p and makes the others larger.              [overfitting.1]
///
///   y = m ⊙ x / (1 − p)   with m = 0 with probability p, else 1: its expected value is x
///
/// Otherwise y = x. A mask is drawn in steps of 1/65,536, to which p is rounded.
///
/// Source: Srivastava and others 2014, Dropout; scaled in training, as is usual since.
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
        let mask = self.mask(x.value().len());
        let y = mask.apply(x.value().into_owned());
        Var::node(y, [x], move |dy, [x]| x.add_grad(|| mask.apply(dy)))
    }

    fn mask(&self, length: usize) -> Mask {
        let mut drawn = vec![0; length];
        self.rng.borrow_mut().fill(drawn.as_mut_slice());
        Mask { drawn, dropped: ((self.p * STEPS).round() as u32).min(u32::from(u16::MAX)) as u16 }
    }
}

const STEPS: f64 = 65_536.0;

/// m = 0 where what was drawn is less than p.
struct Mask {
    drawn: Vec<u16>,
    /// p, in steps
    dropped: u16,
}

impl Mask {
    /// m ⊙ x / (1 − p)
    fn apply<F: Real>(&self, mut x: ArrayD<F>) -> ArrayD<F> {
        const TASK: usize = 1 << 15;
        let kept = F::of(STEPS / (STEPS - f64::from(self.dropped)));
        if !x.is_standard_layout() {
            x = x.as_standard_layout().into_owned();
        }
        let numbers = x.as_slice_mut().expect("row by row");
        numbers.par_chunks_mut(TASK).zip(self.drawn.par_chunks(TASK)).for_each(|(x, drawn)| {
            scale_or_clear(x, drawn, self.dropped, kept);
        });
        x
    }
}

vectorised! {
    fn scale_or_clear<F: Real>(x: &mut [F], drawn: &[u16], dropped: u16, kept: F) {
        for (x, &drawn) in x.iter_mut().zip(drawn) {
            *x *= if drawn < dropped { F::zero() } else { kept };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_grows_so_that_the_mean_stays_and_gradients_pass_where_numbers_passed() {
        for p in [0.1, 0.5, 0.9] {
            let x = Var::leaf(ArrayD::from_elem(vec![400, 500], 1.0), true);
            let y = Dropout::new(p, 1).forward(&x, true);
            let count = 200_000.0;
            let dropped = y.value().iter().filter(|&&y| y == 0.0).count() as f64 / count;
            assert!((dropped - p).abs() < 4.0 * (p * (1.0 - p) / count).sqrt(), "{dropped} instead of {p}");
            assert!(y.value().iter().all(|&y| y == 0.0 || (y * (1.0 - p) - 1.0).abs() < 1e-4));

            y.sum().backward();
            assert_eq!(x.grad().unwrap(), y.value());
        }
    }

    #[test]
    fn a_seed_draws_its_masks_and_each_call_another() {
        let x = Var::leaf(ArrayD::from_elem(vec![7, 11], 1.0_f32), true);
        let masks = |seed| {
            let dropout = Dropout::new(0.5, seed);
            [(); 2].map(|()| dropout.forward(&x, true).value())
        };
        assert_eq!(masks(1), masks(1));
        assert_ne!(masks(1), masks(2));
        assert_ne!(masks(1)[0], masks(1)[1]);
        let turned = Dropout::new(0.5, 1).forward(&x.t(), true);
        assert_eq!(turned.value().shape(), [11, 7]);
    }

    #[test]
    fn nothing_is_dropped_outside_of_training() {
        let x = Var::leaf(ArrayD::from_elem(vec![50], 1.0_f32), false);
        assert_eq!(Dropout::new(0.9, 1).forward(&x, false).value(), x.value());
        assert_eq!(Dropout::new(0.0, 1).forward(&x, true).value(), x.value());
    }
}
