//! Stochastic gradient descent, with and without momentum.

use super::optimiser::{Optimiser, State, update};
use crate::{
    autograd::{Parameters, for_f32_and_f64},
    math::{Real, vectorised},
};

/// Down the gradient g of a batch.                                                                    [gradients.7]
///
///   w ← w − η·g
///
/// With momentum μ, down a sum of all gradients so far, the older the less.                           [gradients.8]
///
///   u ← μ·u + g   w ← w − η·u
///
/// Source: Robbins & Monro 1951; Polyak 1964, as in PyTorch, where η stands outside of u.
#[derive(Clone, Debug, Default)]
pub struct Sgd<F: Real = f32> {
    /// μ, from 0 (none) to below 1. Default 0; often 0.9.
    pub momentum: f64,
    /// λ: adds λ·w to the gradient, as the penalty (λ/2)·‖w‖² does. Default 0.
    pub weight_decay: f64,
    /// What it remembers; starts empty.
    pub state: State<F>,
}

for_f32_and_f64! {
    impl Optimiser<F> for Sgd<F> {
        fn step(&mut self, parameters: &Parameters<F>, learning_rate: f64) {
            let [eta, mu, lambda] = [learning_rate, self.momentum, self.weight_decay].map(|x| x as F);
            if self.momentum == 0.0 {
                update(parameters, &mut self.state, |_, w, g, []| plain(w, g, eta, lambda));
            } else {
                update(parameters, &mut self.state, |_, w, g, [u]| with_momentum(w, g, u, eta, mu, lambda));
            }
        }

        fn averages(&self) -> usize {
            usize::from(self.momentum != 0.0)
        }

        fn state(&self) -> &State<F> {
            &self.state
        }

        fn set_state(&mut self, state: State<F>) {
            self.state = state;
        }
    }
}

vectorised! {
    fn plain<F: Real>(w: &mut [F], g: &[F], eta: F, lambda: F) {
        for (w, &g) in w.iter_mut().zip(g) {
            *w -= eta * (g + lambda * *w);
        }
    }

    fn with_momentum<F: Real>(w: &mut [F], g: &[F], u: &mut [F], eta: F, mu: F, lambda: F) {
        for ((w, &g), u) in w.iter_mut().zip(g).zip(u) {
            *u = mu * *u + (g + lambda * *w);
            *w -= eta * *u;
        }
    }
}
