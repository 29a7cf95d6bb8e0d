//! Additive attention.

use super::examples;
use crate::{
    autograd::{Parameters, Var, for_f32_and_f64, row_by_row},
    math::{Real, column_sums, dot, uniform, unwritten, vectorised},
    nn::Module,
};
use ndarray::{Array2, Array3, ArrayView, Dimension, Ix3};
use rayon::prelude::*;

/// A small network says how well a key answers a query.                                            [attention.1]
///
///   e_ts = v·tanh(qₜ·W_q + kₛ·Wₖ)
///
/// Shapes: q (B, T, H) · k (B, S, C) · W_q (H, A) · Wₖ (C, A) · v (A) → e (B, T, S).
/// Source: Bahdanau, Cho and Bengio 2015, Neural Machine Translation by Jointly Learning to Align and Translate,
/// appendix A.1.2.
#[derive(Clone, Debug)]
pub struct AdditiveAttention<F: Real = f32> {
    pub w_q: Var<F>,
    pub w_k: Var<F>,
    pub v: Var<F>,
}

impl<F: Real> AdditiveAttention<F> {
    /// Weights drawn evenly from ±1/√(number of inputs).
    pub fn init(query: usize, key: usize, size: usize, seed: u64) -> AdditiveAttention<F> {
        let draw = |shape: &[usize], k: u64| {
            Var::leaf(uniform(shape, 1.0 / (shape[0] as f64).sqrt(), seed.wrapping_add(k)), true)
        };
        AdditiveAttention { w_q: draw(&[query, size], 0), w_k: draw(&[key, size], 1), v: draw(&[size], 2) }
    }
}

for_f32_and_f64! {
    impl AdditiveAttention<F> {
        /// k·Wₖ, which is the same for every query: computed once for a memory.
        ///
        /// Shapes: k (B, S, C) → (B, S, A).
        pub fn keys(&self, k: &Var<F>) -> Var<F> {
            k.matmul(&self.w_k)
        }

        /// The scores of all places for each query.
        ///
        /// Shapes: q (B, T, H) · keys (B, S, A), as [`keys`](AdditiveAttention::keys) makes them → (B, T, S).
        ///
        /// # Panics
        /// If the shapes do not fit.
        pub fn scores(&self, q: &Var<F>, keys: &Var<F>) -> Var<F> {
            scores(&q.matmul(&self.w_q), keys, &self.v)
        }
    }
}

impl<F: Real> Module<F> for AdditiveAttention<F> {
    fn parameters(&self) -> Parameters<F> {
        let all = [("w_q", &self.w_q), ("w_k", &self.w_k), ("v", &self.v)];
        all.into_iter().map(|(name, var)| (name.into(), var.clone())).collect()
    }
}

/// e_ts = v·uₜₛ with uₜₛ = tanh(qₜ + kₛ), as one operation.                                         [attention.2]
///
///   back: δₜₛ = de_ts·v ⊙ (1 − uₜₛ²)   dqₜ = Σₛ δₜₛ   dkₛ = Σₜ δₜₛ   dv = Σₜₛ de_ts·uₜₛ
fn scores<F: Real>(q: &Var<F>, k: &Var<F>, v: &Var<F>) -> Var<F> {
    let (vq, vk, vv) = (examples(q), examples(k), row_by_row(v.value()));
    let ((batch, steps, size), places) = (vq.dim(), vk.dim().1);
    assert!(
        vk.dim() == (batch, places, size) && vv.shape() == [size],
        "additive scores of queries of shape {:?}, keys of shape {:?} and v of shape {:?}",
        vq.shape(),
        vk.shape(),
        vv.shape()
    );
    // SAFETY: every row of both is written next.
    let mut u = unsafe { unwritten((batch, steps, places, size)) };
    let mut e = unsafe { unwritten((batch, steps, places)) };
    let rows = vq.outer_iter().zip(vk.outer_iter()).zip(u.outer_iter_mut().zip(e.outer_iter_mut()));
    rows.collect::<Vec<_>>().into_par_iter().for_each(|((q, k), (mut u, mut e))| {
        for (q, (mut u, mut e)) in q.outer_iter().zip(u.outer_iter_mut().zip(e.outer_iter_mut())) {
            for (k, (u, e)) in k.outer_iter().zip(u.outer_iter_mut().zip(&mut e)) {
                *e = score(numbers(q), numbers(k), numbers(vv.view()), u.into_slice().expect("rows without gaps"));
            }
        }
    });
    Var::node(e, [q, k, v], move |de, [q, k, v]| {
        let de = de.into_dimensionality::<Ix3>().expect("3 axes");
        let [mut dq, mut dk] = [vq.dim(), vk.dim()].map(Array3::zeros);
        let mut dv = Array2::zeros((batch, size));
        let rows = dq.outer_iter_mut().zip(dk.outer_iter_mut()).zip(dv.outer_iter_mut());
        let rows = rows.zip(u.outer_iter().zip(de.outer_iter()));
        rows.collect::<Vec<_>>().into_par_iter().for_each(|(((mut dq, mut dk), dv), (u, de))| {
            let dv = dv.into_slice().expect("a row without gaps");
            for (mut dq, (u, de)) in dq.outer_iter_mut().zip(u.outer_iter().zip(de.outer_iter())) {
                let dq = dq.as_slice_mut().expect("a row without gaps");
                for (dk, (u, &de)) in dk.outer_iter_mut().zip(u.outer_iter().zip(de)) {
                    let dk = dk.into_slice().expect("a row without gaps");
                    score_back(de, numbers(u), numbers(vv.view()), dq, dk, dv);
                }
            }
        });
        q.add_grad(|| dq);
        k.add_grad(|| dk);
        v.add_grad(|| column_sums(dv.view()));
    })
}

pub(super) fn numbers<F, D: Dimension>(row: ArrayView<'_, F, D>) -> &[F] {
    row.to_slice().expect("a row without gaps")
}

vectorised! {
    pub(super) fn score<F: Real>(q: &[F], k: &[F], v: &[F], u: &mut [F]) -> F {
        for ((u, &q), &k) in u.iter_mut().zip(q).zip(k) {
            *u = (q + k).tanh_();
        }
        dot(u, v)
    }

    fn score_back<F: Real>(de: F, u: &[F], v: &[F], dq: &mut [F], dk: &mut [F], dv: &mut [F]) {
        for (((&u, &v), dv), (dq, dk)) in u.iter().zip(v).zip(dv).zip(dq.iter_mut().zip(dk)) {
            let delta = de * v * (F::one() - u * u);
            *dq += delta;
            *dk += delta;
            *dv += de * u;
        }
    }
}
