//! Long short-term memory.

use super::cell::{Backward, Cell, Forward, Layout, Product, Weights, blocks, blocks_mut};
use crate::{
    autograd::{Var, for_f32_and_f64},
    math::{Real, vectorised},
};

/// Long short-term memory: a state c that is added to, and gates that say what is kept, added and shown.  [lstm.1]
///
///   i = σ(x·Wₓᵢ + h₋·Wₕᵢ + bᵢ)   f, o likewise   g = tanh(x·Wₓg + h₋·Wₕg + b_g)
///   c = f ⊙ c₋ + i ⊙ g   h = o ⊙ tanh c
///
/// The gates lie side by side in the order i, f, g, o, as PyTorch's. Source: Hochreiter and Schmidhuber 1997; the
/// forget gate is of Gers, Schmidhuber and Cummins 2000. Without connections from c to the gates.
#[derive(Clone, Copy, Debug)]
pub struct Lstm;

for_f32_and_f64! {
    impl Cell<F> for Lstm {
        fn layout(&self) -> Layout {
            let all = Product { weights: 0..4, to: 0, left: None };
            Layout { gates: 4, blocks: 4, input: 0, products: vec![all], hidden_bias: None, states: 2 }
        }

        fn step(&self, weights: &Weights<F>, x: &Var<F>, state: &[Var<F>]) -> Vec<Var<F>> {
            let [h, c] = state else { panic!("an LSTM has the states h and c, found {}", state.len()) };
            let sums = x.matmul(&weights.w_x) + h.matmul(&weights.w_h) + &weights.b;
            let size = h.shape()[1];
            let gate = |k: usize| sums.slice(1, k * size, (k + 1) * size);
            let (i, f, g, o) = (gate(0).sigmoid(), gate(1).sigmoid(), gate(2).tanh(), gate(3).sigmoid());
            let c = f * c + i * g;
            let h = o * c.tanh();
            vec![h, c]
        }

        fn forward(&self, row: Forward<F>) {
            forward(row.saved, row.c_before, row.c, row.h);
        }

        fn backward(&self, row: Backward<F>) {
            backward(row.saved, row.c_before, row.c, row.delta, row.dh, row.dc);
        }
    }
}

vectorised! {
    fn forward<F: Real>(saved: &mut [F], c_before: &[F], c: &mut [F], h: &mut [F]) {
        let [i, f, g, o] = blocks_mut(saved);
        let size = h.len();
        let (i, f, g, o) = (&mut i[..size], &mut f[..size], &mut g[..size], &mut o[..size]);
        let (c, c_before) = (&mut c[..size], &c_before[..size]);
        for j in 0..size {
            i[j] = i[j].sigmoid();
            f[j] = f[j].sigmoid();
            g[j] = g[j].tanh_();
            o[j] = o[j].sigmoid();
            c[j] = f[j] * c_before[j] + i[j] * g[j];
            h[j] = o[j] * c[j].tanh_();
        }
    }
}

vectorised! {
    /// The way back.                                                                                       [lstm.2]
    ///
    ///   dc += dh ⊙ o ⊙ (1 − tanh² c)
    ///   δᵢ = dc ⊙ g ⊙ i(1 − i)   δ_f = dc ⊙ c₋ ⊙ f(1 − f)   δ_g = dc ⊙ i ⊙ (1 − g²)   δₒ = dh ⊙ tanh c ⊙ o(1 − o)
    ///   dc₋ = dc ⊙ f   dh₋ = δ·Wₕᵀ
    fn backward<F: Real>(saved: &[F], c_before: &[F], c: &[F], delta: &mut [F], dh: &mut [F], dc: &mut [F]) {
        let size = dh.len();
        let [i, f, g, o] = blocks(saved);
        let [di, df, dg, d_o] = blocks_mut(delta);
        let (i, f, g, o) = (&i[..size], &f[..size], &g[..size], &o[..size]);
        let (di, df, dg, d_o) = (&mut di[..size], &mut df[..size], &mut dg[..size], &mut d_o[..size]);
        let (c, c_before, dc) = (&c[..size], &c_before[..size], &mut dc[..size]);
        let one = F::one();
        for j in 0..size {
            let tanh_c = c[j].tanh_();
            let d = dc[j] + dh[j] * o[j] * (one - tanh_c * tanh_c);
            di[j] = d * g[j] * i[j] * (one - i[j]);
            df[j] = d * c_before[j] * f[j] * (one - f[j]);
            dg[j] = d * i[j] * (one - g[j] * g[j]);
            d_o[j] = dh[j] * tanh_c * o[j] * (one - o[j]);
            dc[j] = d * f[j];
            dh[j] = F::zero();
        }
    }
}
