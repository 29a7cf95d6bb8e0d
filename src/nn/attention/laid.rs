//! Attention step by step, without gradients: what generates text.

use super::{
    AdditiveAttention,
    additive::{numbers, score},
    attend::softmax,
};
use crate::{
    autograd::Var,
    math::{Real, dot, product::Packed},
};
use ndarray::{Array2, ArrayView2, Ix2};

/// Attention whose weights, as they are now, are laid out for one query after the other.
#[derive(Clone)]
pub(crate) enum LaidAttention<F: Real = f32> {
    Additive { w_q: Packed<F>, w_k: Packed<F>, v: Vec<F> },
    Dot,
}

impl<F: Real> From<&AdditiveAttention<F>> for LaidAttention<F> {
    fn from(additive: &AdditiveAttention<F>) -> LaidAttention<F> {
        let lay = |w: &Var<F>| {
            let w = w.value().into_dimensionality::<Ix2>().expect("2 axes");
            Packed::new(w.view()).on_all_threads()
        };
        let v = additive.v.value().iter().copied().collect();
        LaidAttention::Additive { w_q: lay(&additive.w_q), w_k: lay(&additive.w_k), v }
    }
}

impl<F: Real> LaidAttention<F> {
    /// What queries are compared with, for each place of one memory: h̄·Wₖ, or h̄ itself.
    ///
    /// Shapes: h̄ (S, C) → (S, A), or (S, C).
    pub fn keys(&self, values: ArrayView2<F>) -> Array2<F> {
        match self {
            LaidAttention::Additive { w_k, .. } => w_k.product(values),
            LaidAttention::Dot => values.to_owned(),
        }
    }

    /// How much each query looks at each place of one memory.
    ///
    /// Shapes: q (rows, H) · keys (S, A), as [`keys`](LaidAttention::keys) makes them → (rows, S).
    pub fn weights(&self, q: ArrayView2<F>, keys: ArrayView2<F>) -> Array2<F> {
        let mut e = Array2::zeros((q.nrows(), keys.nrows()));
        match self {
            LaidAttention::Additive { w_q, v, .. } => {
                let asked = w_q.product(q);
                let mut a = vec![F::zero(); keys.ncols()];
                fill(&mut e, asked.view(), keys, |q, k| score(q, k, v, &mut a));
            }
            LaidAttention::Dot => fill(&mut e, q, keys, dot),
        }
        e.outer_iter_mut().for_each(|mut row| softmax(row.as_slice_mut().expect("a row without gaps"), F::one()));
        e
    }
}

/// A score for each query and key.
fn fill<F: Real>(e: &mut Array2<F>, q: ArrayView2<F>, keys: ArrayView2<F>, mut score: impl FnMut(&[F], &[F]) -> F) {
    for (q, mut e) in q.outer_iter().zip(e.outer_iter_mut()) {
        for (k, e) in keys.outer_iter().zip(&mut e) {
            *e = score(numbers(q), numbers(k));
        }
    }
}
