//! The simple recurrent network.

use super::cell::{Backward, Cell, Forward, Layout, Product, Weights};
use crate::{
    autograd::{Var, for_f32_and_f64},
    math::{Real, vectorised},
};

/// The simple recurrence: the new state is a function of the input and of the state before.               [rnn.1]
///
///   h = tanh(x·Wₓ + h₋·Wₕ + b)
///
/// Source: Elman 1990, Finding Structure in Time. Differs: tanh in place of the logistic function.
#[derive(Clone, Copy, Debug)]
pub struct Rnn;

for_f32_and_f64! {
    impl Cell<F> for Rnn {
        fn layout(&self) -> Layout {
            let all = Product { weights: 0..1, to: 0, left: None };
            Layout { gates: 1, blocks: 1, input: 0, products: vec![all], hidden_bias: None, states: 1 }
        }

        fn step(&self, weights: &Weights<F>, x: &Var<F>, state: &[Var<F>]) -> Vec<Var<F>> {
            let [h] = state else { panic!("an RNN has the state h alone, found {}", state.len()) };
            vec![(x.matmul(&weights.w_x) + h.matmul(&weights.w_h) + &weights.b).tanh()]
        }

        fn forward(&self, row: Forward<F>) {
            forward(row.saved, row.h);
        }

        fn backward(&self, row: Backward<F>) {
            backward(row.saved, row.delta, row.dh);
        }
    }
}

vectorised! {
    fn forward<F: Real>(saved: &mut [F], h: &mut [F]) {
        for (sum, h) in saved.iter_mut().zip(h) {
            *sum = sum.tanh_();
            *h = *sum;
        }
    }
}

vectorised! {
    /// The way back.                                                                                        [rnn.2]
    ///
    ///   δ = dh ⊙ (1 − h²)   dh₋ = δ·Wₕᵀ
    fn backward<F: Real>(saved: &[F], delta: &mut [F], dh: &mut [F]) {
        for ((&h, delta), dh) in saved.iter().zip(delta).zip(dh) {
            *delta = *dh * (F::one() - h * h);
            *dh = F::zero();
        }
    }
}
