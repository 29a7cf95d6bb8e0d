//! Adam, and AdamW.

use super::optimiser::{Optimiser, State, update};
use crate::{
    autograd::{Parameters, for_f32_and_f64},
    math::{Real, vectorised},
};

/// Steps of about η in every direction, whatever the gradient's size.                                 [gradients.9]
///
///   m ← β₁·m + (1 − β₁)·g      v ← β₂·v + (1 − β₂)·g²
///   w ← w − η · m̂/(√v̂ + ε)   with m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ) after t steps
///
/// Source: Kingma & Ba 2015, algorithm 1.
///
/// AdamW takes the weights' decay out of the gradient, so that v does not divide it.                 [gradients.14]
///
///   w ← (1 − η·λ)·w,   then as Adam
///
/// Source: Loshchilov & Hutter 2019, algorithm 2, as in PyTorch.
#[derive(Clone, Debug)]
pub struct Adam<F: Real = f32> {
    /// β₁, from 0 to below 1. Default 0.9.
    pub beta1: f64,
    /// β₂, from 0 to below 1. Default 0.999.
    pub beta2: f64,
    /// ε, positive. Default 10⁻⁸.
    pub epsilon: f64,
    /// λ. Default 0.
    pub weight_decay: f64,
    /// Whether λ shrinks the weights themselves (AdamW), or adds λ·w to the gradient (Adam with L2). Default true; it
    /// makes no difference where λ is 0.
    pub decoupled: bool,
    /// Whether λ acts on biases and gains, too, and not only on matrices. Default true, as in PyTorch.
    pub decay_vectors: bool,
    /// What it remembers; starts empty.
    pub state: State<F>,
}

impl<F: Real> Default for Adam<F> {
    fn default() -> Adam<F> {
        let state = State::default();
        Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0, decoupled: true, decay_vectors: true, state }
    }
}

/// The numbers of one step, in the formulas' names.
#[derive(Clone, Copy)]
struct Step<F> {
    beta1: F,
    beta2: F,
    one_minus_beta1: F,
    one_minus_beta2: F,
    epsilon: F,
    /// λ in the gradient, and 1 − η·λ before the weights.
    lambda: F,
    shrink: F,
    /// η/(1 − β₁ᵗ) and 1/√(1 − β₂ᵗ).
    eta: F,
    root: F,
}

impl<F: Real> Adam<F> {
    fn at(&self, t: u64, axes: usize, eta: f64) -> Step<F> {
        let Adam { beta1, beta2, epsilon, weight_decay, decoupled, decay_vectors, .. } = *self;
        let lambda = if decay_vectors || axes > 1 { weight_decay } else { 0.0 };
        let power = |beta: f64| beta.powf(t as f64);
        Step {
            beta1: F::of(beta1),
            beta2: F::of(beta2),
            one_minus_beta1: F::of(1.0 - beta1),
            one_minus_beta2: F::of(1.0 - beta2),
            epsilon: F::of(epsilon),
            lambda: F::of(if decoupled { 0.0 } else { lambda }),
            shrink: F::of(if decoupled { 1.0 - eta * lambda } else { 1.0 }),
            eta: F::of(eta / (1.0 - power(beta1))),
            root: F::of(1.0 / (1.0 - power(beta2)).sqrt()),
        }
    }
}

for_f32_and_f64! {
    impl Optimiser<F> for Adam<F> {
        fn step(&mut self, parameters: &Parameters<F>, learning_rate: f64) {
            let mut state = std::mem::take(&mut self.state);
            update(parameters, &mut state, |(t, axes), w, g, [m, v]| {
                descend(w, g, m, v, self.at(t, axes, learning_rate));
            });
            self.state = state;
        }

        fn averages(&self) -> usize {
            2
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
    fn descend<F: Real>(w: &mut [F], g: &[F], m: &mut [F], v: &mut [F], step: Step<F>) {
        for (((w, &g), m), v) in w.iter_mut().zip(g).zip(m).zip(v) {
            let g = g + step.lambda * *w;
            *m = step.beta1 * *m + step.one_minus_beta1 * g;
            *v = step.beta2 * *v + step.one_minus_beta2 * (g * g);
            *w = step.shrink * *w - step.eta * *m / (v.sqrt() * step.root + step.epsilon);
        }
    }
}
