//! The gated recurrent unit.

use super::cell::{Backward, Cell, Forward, Layout, Product, Weights, blocks, blocks_mut};
use crate::{
    autograd::{Var, for_f32_and_f64},
    math::{Real, vectorised},
};
use serde::{Deserialize, Serialize};

/// Where the reset gate acts on what comes from the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reset {
    /// On the product h₋·Wₕₙ, as PyTorch and cuDNN have it: all products of a step can be one.
    After,
    /// On h₋, before the product, as in the published paper.
    Before,
}

/// The gated recurrent unit: one gate mixes the state with a candidate, another resets what the candidate sees. [gru.1]
///
///   r = σ(x·Wₓᵣ + h₋·Wₕᵣ + bᵣ)   z = σ(x·W_xz + h₋·W_hz + b_z)
///   n = tanh(x·Wₓₙ + bₙ + r ⊙ (h₋·Wₕₙ + bₕ))   or, with the reset before:   n = tanh(x·Wₓₙ + bₙ + (r ⊙ h₋)·Wₕₙ)
///   h = (1 − z) ⊙ n + z ⊙ h₋
///
/// The gates lie side by side in the order r, z, n, as PyTorch's. Source: Cho and others 2014, Learning Phrase
/// Representations, with the reset before as published, after in the first version (arXiv 1406.1078v1). Chung and others
/// 2014 write 1 − z for z: see chapter 07.
#[derive(Clone, Copy, Debug)]
pub struct Gru {
    pub reset: Reset,
}

// The blocks of `saved`: M, r, z, n, where M is h₋·Wₕₙ + bₕ with the reset after, and r ⊙ h₋ with the reset before.
for_f32_and_f64! {
    impl Cell<F> for Gru {
        fn layout(&self) -> Layout {
            let gates = Product { weights: 0..2, to: 1, left: None };
            let (candidate, hidden_bias) = match self.reset {
                Reset::After => (Product { weights: 2..3, to: 0, left: None }, Some(0)),
                Reset::Before => (Product { weights: 2..3, to: 3, left: Some(0) }, None),
            };
            Layout { gates: 3, blocks: 4, input: 1, products: vec![gates, candidate], hidden_bias, states: 1 }
        }

        fn step(&self, weights: &Weights<F>, x: &Var<F>, state: &[Var<F>]) -> Vec<Var<F>> {
            let [h] = state else { panic!("a GRU has the state h alone, found {}", state.len()) };
            let size = h.shape()[1];
            let part = |v: &Var<F>, from: usize, to: usize| v.slice(v.shape().len() - 1, from * size, to * size);
            let x = x.matmul(&weights.w_x) + &weights.b;
            let gates = (part(&x, 0, 2) + h.matmul(&part(&weights.w_h, 0, 2))).sigmoid();
            let (r, z) = (part(&gates, 0, 1), part(&gates, 1, 2));
            let w_n = part(&weights.w_h, 2, 3);
            let n = match (self.reset, &weights.b_h) {
                (Reset::After, Some(b_h)) => part(&x, 2, 3) + r * (h.matmul(&w_n) + b_h),
                (Reset::After, None) => part(&x, 2, 3) + r * h.matmul(&w_n),
                (Reset::Before, _) => part(&x, 2, 3) + (r * h).matmul(&w_n),
            };
            let n = n.tanh();
            vec![&n + z * (h - &n)]
        }

        fn between(&self, row: Forward<F>) {
            if self.reset == Reset::Before {
                reset(row.saved, row.h_before);
            }
        }

        fn forward(&self, row: Forward<F>) {
            match self.reset {
                Reset::After => forward_after(row.saved, row.h_before, row.h),
                Reset::Before => forward_before(row.saved, row.h_before, row.h),
            }
        }

        fn backward(&self, row: Backward<F>) {
            match self.reset {
                Reset::After => backward_after(row.saved, row.h_before, row.delta, row.dh),
                Reset::Before => backward_before(row.saved, row.h_before, row.delta, row.dh),
            }
        }

        fn back_between(&self, row: Backward<F>) {
            if self.reset == Reset::Before {
                back_reset(row.saved, row.h_before, row.dm, row.delta, row.dh);
            }
        }
    }
}

vectorised! {
    fn forward_after<F: Real>(saved: &mut [F], h_before: &[F], h: &mut [F]) {
        let [m, r, z, n] = blocks_mut(saved);
        let size = h.len();
        let (m, r, z, n, h_before) = (&m[..size], &mut r[..size], &mut z[..size], &mut n[..size], &h_before[..size]);
        for j in 0..size {
            r[j] = r[j].sigmoid();
            z[j] = z[j].sigmoid();
            n[j] = (n[j] + r[j] * m[j]).tanh_();
            h[j] = n[j] + z[j] * (h_before[j] - n[j]);
        }
    }
}

vectorised! {
    /// The way back.                                                                                        [gru.2]
    ///
    ///   δ_z = dh ⊙ (h₋ − n) ⊙ z(1 − z)   δₙ = dh ⊙ (1 − z) ⊙ (1 − n²)   δᵣ = δₙ ⊙ (h₋·Wₕₙ + bₕ) ⊙ r(1 − r)
    ///   dh₋ = dh ⊙ z + δᵣ·Wₕᵣᵀ + δ_z·W_hzᵀ + (δₙ ⊙ r)·Wₕₙᵀ
    fn backward_after<F: Real>(saved: &[F], h_before: &[F], delta: &mut [F], dh: &mut [F]) {
        let [m, r, z, n] = blocks(saved);
        let [dm, dr, dz, dn] = blocks_mut(delta);
        let size = dh.len();
        let (m, r, z, n, h_before) = (&m[..size], &r[..size], &z[..size], &n[..size], &h_before[..size]);
        let (dm, dr, dz, dn) = (&mut dm[..size], &mut dr[..size], &mut dz[..size], &mut dn[..size]);
        let one = F::one();
        for j in 0..size {
            dz[j] = dh[j] * (h_before[j] - n[j]) * z[j] * (one - z[j]);
            dn[j] = dh[j] * (one - z[j]) * (one - n[j] * n[j]);
            dr[j] = dn[j] * m[j] * r[j] * (one - r[j]);
            dm[j] = dn[j] * r[j];
            dh[j] *= z[j];
        }
    }
}

vectorised! {
    fn reset<F: Real>(saved: &mut [F], h_before: &[F]) {
        let [m, r, _, _] = blocks_mut(saved);
        for ((m, r), &h) in m.iter_mut().zip(r).zip(h_before) {
            *r = r.sigmoid();
            *m = *r * h;
        }
    }
}

vectorised! {
    fn forward_before<F: Real>(saved: &mut [F], h_before: &[F], h: &mut [F]) {
        let [_, _, z, n] = blocks_mut(saved);
        for (((z, n), &h_before), h) in z.iter_mut().zip(n).zip(h_before).zip(h) {
            *z = z.sigmoid();
            *n = n.tanh_();
            *h = *n + *z * (h_before - *n);
        }
    }
}

vectorised! {
    /// The way back with the reset before the product: δ_z and δₙ as above, then with d(r ⊙ h₋) = δₙ·Wₕₙᵀ   [gru.3]
    ///
    ///   δᵣ = d(r ⊙ h₋) ⊙ h₋ ⊙ r(1 − r)   dh₋ = dh ⊙ z + d(r ⊙ h₋) ⊙ r + δᵣ·Wₕᵣᵀ + δ_z·W_hzᵀ
    fn backward_before<F: Real>(saved: &[F], h_before: &[F], delta: &mut [F], dh: &mut [F]) {
        let [_, _, z, n] = blocks(saved);
        let [_, _, dz, dn] = blocks_mut(delta);
        let size = dh.len();
        let (z, n, h_before, dz, dn) = (&z[..size], &n[..size], &h_before[..size], &mut dz[..size], &mut dn[..size]);
        let one = F::one();
        for j in 0..size {
            dz[j] = dh[j] * (h_before[j] - n[j]) * z[j] * (one - z[j]);
            dn[j] = dh[j] * (one - z[j]) * (one - n[j] * n[j]);
            dh[j] *= z[j];
        }
    }
}

vectorised! {
    fn back_reset<F: Real>(saved: &[F], h_before: &[F], dm: &[F], delta: &mut [F], dh: &mut [F]) {
        let [_, r, _, _] = blocks(saved);
        let [_, dr, _, _] = blocks_mut(delta);
        let size = dh.len();
        let (r, h_before, dm, dr) = (&r[..size], &h_before[..size], &dm[..size], &mut dr[..size]);
        for j in 0..size {
            dr[j] = dm[j] * h_before[j] * r[j] * (F::one() - r[j]);
            dh[j] += dm[j] * r[j];
        }
    }
}
