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
///   y = m ⊙ h / (1 − p)   with m = 0 with probability p, else 1: its expected value is h
///
/// Otherwise y = h. A mask is drawn in steps of 1/65,536, to which p is rounded.
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
    pub fn forward<F: Real>(&self, h: &Var<F>, training: bool) -> Var<F> {
        if !training || self.p == 0.0 {
            return h.clone();
        }
        let mask = self.mask(h.value().len());
        let y = mask.apply(h.value().into_owned());
        Var::node(y, [h], move |dy, [h]| h.add_grad(|| mask.apply(dy)))
    }

    /// As [`forward`](Dropout::forward), with one draw for all numbers along an axis: they stay, or go, together. [overfitting.2]
    ///
    ///   y = m ⊙ h / (1 − p)   with m as h, but of length 1 along the axis
    ///
    /// Along time, a network forgets the same numbers at every step (variational dropout: Gal and Ghahramani 2016).
    /// Along the numbers of a token's vector, whole tokens are dropped (as there, section 4.2).
    ///
    /// # Panics
    /// If there is no such axis.
    pub fn along<F: Real>(&self, h: &Var<F>, axis: usize, training: bool) -> Var<F> {
        if !training || self.p == 0.0 {
            return h.clone();
        }
        let mut shape = h.shape();
        shape[axis] = 1;
        let ones = ArrayD::from_elem(shape, F::one());
        let m = self.mask(ones.len()).apply(ones);
        let y = &h.value() * &m;
        Var::node(y, [h], move |dy, [h]| h.add_grad(|| dy * &m))
    }

    /// [`along`](Dropout::along) an axis if there is one, else [`forward`](Dropout::forward).
    pub(crate) fn shared<F: Real>(&self, h: &Var<F>, axis: Option<usize>, training: bool) -> Var<F> {
        match axis {
            Some(axis) => self.along(h, axis, training),
            None => self.forward(h, training),
        }
    }

    /// What to drop of numbers that are computed twice and never kept; none outside of training.
    pub(crate) fn thinning(&self, training: bool) -> Option<Thinning> {
        (training && self.p > 0.0).then(|| Thinning { p: self.p, seed: self.rng.borrow_mut().random() })
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

/// As a mask, but found again from the place of each number, so that nothing is kept.
#[derive(Clone, Copy, Debug)]
pub struct Thinning {
    p: f64,
    seed: u32,
}

impl Thinning {
    /// That of one of many rows.
    pub(super) fn part(self, row: usize) -> Thinning {
        Thinning { seed: scrambled(self.seed.wrapping_add(scrambled(row as u32))), ..self }
    }

    /// m ⊙ x / (1 − p)
    pub(super) fn apply<F: Real>(&self, x: &mut [F]) {
        thin(x, self.seed, (self.p * f64::from(u32::MAX)) as u32, F::of(1.0 / (1.0 - self.p)));
    }
}

/// A number whose bits all depend on all bits of another: the last steps of MurmurHash3 (Appleby 2011).
#[inline(always)]
fn scrambled(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x85eb_ca6b);
    x ^= x >> 13;
    x = x.wrapping_mul(0xc2b2_ae35);
    x ^ (x >> 16)
}

vectorised! {
    fn thin<F: Real>(x: &mut [F], seed: u32, dropped: u32, kept: F) {
        for (place, x) in x.iter_mut().enumerate() {
            let drawn = scrambled(seed ^ (place as u32).wrapping_mul(0x9e37_79b9));
            *x *= if drawn < dropped { F::zero() } else { kept };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Axis;

    #[test]
    fn what_is_thinned_is_the_same_each_time_and_another_in_each_row() {
        let thinning = Dropout::new(0.3, 1).thinning(true).unwrap();
        let row = |i| {
            let mut x = vec![1.0; 10_000];
            thinning.part(i).apply(&mut x);
            x
        };
        let first = row(0);
        assert_eq!(first, row(0));
        let same = first.iter().zip(row(1)).filter(|(a, b)| **a == *b).count() as f64 / 1e4;
        // Two independent masks agree with the probability 0.3² + 0.7².
        assert!((same - 0.58).abs() < 0.02, "{same}");
        let dropped = first.iter().filter(|&&x| x == 0.0).count() as f64 / 1e4;
        assert!((dropped - 0.3).abs() < 0.02, "{dropped}");
        assert!((first.iter().sum::<f64>() / 1e4 - 1.0).abs() < 0.03);
        assert!(Dropout::new(0.3, 1).thinning(false).is_none());
    }

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
    fn numbers_along_an_axis_stay_or_go_together() {
        let x = Var::leaf(ArrayD::from_elem(vec![30, 20, 50], 1.0_f64), true);
        for axis in 0..3 {
            let y = Dropout::new(0.4, 1).along(&x, axis, true);
            let y = y.value();
            let means = y.mean_axis(Axis(axis)).unwrap();
            assert!(y.lanes(Axis(axis)).into_iter().all(|lane| lane.iter().all(|&y| y == lane[0])));
            let dropped = means.iter().filter(|&&mean| mean == 0.0).count() as f64 / means.len() as f64;
            assert!((dropped - 0.4).abs() < 4.0 * (0.24 / means.len() as f64).sqrt(), "{dropped}");
            assert!((y.mean().unwrap() - 1.0).abs() < 0.1);
        }
        x.zero_grad();
        let y = Dropout::new(0.4, 1).along(&x, 1, true);
        y.sum().backward();
        assert_eq!(x.grad().unwrap(), y.value());
        assert_eq!(Dropout::new(0.4, 1).along(&x, 1, false).value(), x.value());
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
