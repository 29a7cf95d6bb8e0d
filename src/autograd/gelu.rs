//! The activation of most Transformers, exact and approximate.

use super::{Values, Var, for_f32_and_f64, row_by_row};
use crate::math::{Real, unwritten, vectorised};
use rayon::prelude::*;

for_f32_and_f64! {
    impl Var<F> {
        /// The Gaussian error linear unit.                                                            [encoder.7]
        ///
        ///   y = x·Φ(x)   back: dx = dy·(Φ(x) + x·φ(x))
        ///
        /// with Φ the distribution of the standard normal law, and φ its density.
        ///
        /// Source: Hendrycks and Gimpel 2016, Gaussian Error Linear Units.
        pub fn gelu(&self) -> Var<F> {
            smooth(self, exact, exact_back)
        }

        /// [`gelu`](Var::gelu) by a hyperbolic tangent, as GPT-2 has it.                              [encoder.8]
        ///
        ///   y = x·(1 + tanh u)/2 = x·σ(2u)   with u = √(2/π)·(x + 0.044715·x³)
        ///   back: dx = dy·(σ(2u) + x·σ(2u)·σ(−2u)·2√(2/π)·(1 + 0.134145·x²))
        ///
        /// Within 0.0005 of the exact one. Source: as there. σ keeps small gradients of large numbers exact.
        pub fn gelu_tanh(&self) -> Var<F> {
            smooth(self, by_tanh, by_tanh_back)
        }
    }
}

/// How many numbers a task takes.
const TASK: usize = 1 << 14;

/// y = f(x), and dx from dy, in its place, and x.
fn smooth<F: Real>(x: &Var<F>, f: fn(&[F], &mut [F]), back: fn(&[F], &mut [F])) -> Var<F> {
    let value: Values<F> = row_by_row(x.value());
    // SAFETY: all of it is written next.
    let mut y = unsafe { unwritten(value.raw_dim()) };
    pieces(value.as_slice().expect("row by row"), y.as_slice_mut().expect("a new array"), f);
    Var::node(y, [x], move |dy, [x]| {
        x.add_grad(|| {
            let mut dx = row_by_row(dy.into_shared()).into_owned();
            pieces(value.as_slice().expect("row by row"), dx.as_slice_mut().expect("row by row"), back);
            dx
        });
    })
}

fn pieces<F: Real>(x: &[F], y: &mut [F], f: fn(&[F], &mut [F])) {
    x.par_chunks(TASK).zip(y.par_chunks_mut(TASK)).for_each(|(x, y)| f(x, y));
}

/// √(2/π)
const ROOT: f64 = 0.797_884_560_802_865_4;

vectorised! {
    fn exact<F: Real>(x: &[F], y: &mut [F]) {
        for (&x, y) in x.iter().zip(y) {
            *y = gelu(x);
        }
    }

    fn exact_back<F: Real>(x: &[F], dy: &mut [F]) {
        for (&x, dy) in x.iter().zip(dy) {
            let (below, density) = x.normal_();
            *dy *= below + x * density;
        }
    }

    fn by_tanh<F: Real>(x: &[F], y: &mut [F]) {
        for (&x, y) in x.iter().zip(y) {
            *y = gelu_tanh(x);
        }
    }

    fn by_tanh_back<F: Real>(x: &[F], dy: &mut [F]) {
        let [slope, thrice] = [2.0 * ROOT, 0.134145].map(F::of);
        for (&x, dy) in x.iter().zip(dy) {
            let u = twice_u(x);
            let sigma = u.sigmoid();
            *dy *= sigma + x * sigma * (-u).sigmoid() * slope * (F::one() + thrice * x * x);
        }
    }
}

/// x·Φ(x)
#[inline(always)]
pub(crate) fn gelu<F: Real>(x: F) -> F {
    x * x.normal_().0
}

/// x·σ(2u)
#[inline(always)]
pub(crate) fn gelu_tanh<F: Real>(x: F) -> F {
    x * twice_u(x).sigmoid()
}

/// 2u
#[inline(always)]
fn twice_u<F: Real>(x: F) -> F {
    let [root, cubic] = [2.0 * ROOT, 0.044715].map(F::of);
    root * (x + cubic * x * x * x)
}
