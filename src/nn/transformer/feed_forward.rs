//! The feed-forward network of a Transformer layer.

use crate::{
    autograd::{Parameters, Var, for_f32_and_f64},
    math::Real,
    nn::{Activation, Dropout, Linear, Module, named},
};

/// Two products with an activation in between, the same for each step by itself.                         [encoder.6]
///
///   y = f(x·W₁ + b₁)·W₂ + b₂
///
/// Shapes: x (…, D) · W₁ (D, M) · W₂ (M, D). M is usually 4·D.
/// Source: Vaswani and others 2017, eq. 2, with ReLU.
#[derive(Debug)]
pub struct FeedForward<F: Real = f32> {
    pub inner: Linear<F>,
    pub outer: Linear<F>,
    pub activation: Activation,
    /// Of the inner numbers, in training.
    pub dropout: Dropout,
}

impl<F: Real> FeedForward<F> {
    /// Weights as [`Linear::glorot`] draws them.
    pub fn init(width: usize, inner: usize, activation: Activation, dropout: f64, seed: u64) -> FeedForward<F> {
        FeedForward {
            inner: Linear::glorot(width, inner, seed),
            outer: Linear::glorot(inner, width, seed.wrapping_add(1)),
            activation,
            dropout: Dropout::new(dropout, seed.wrapping_add(2)),
        }
    }
}

for_f32_and_f64! {
    impl FeedForward<F> {
        pub fn forward(&self, x: &Var<F>, training: bool) -> Var<F> {
            let inner = self.inner.forward(x).activate(self.activation);
            self.outer.forward(&self.dropout.forward(&inner, training))
        }
    }
}

impl<F: Real> Module<F> for FeedForward<F> {
    fn parameters(&self) -> Parameters<F> {
        named("inner", self.inner.parameters()).chain(named("outer", self.outer.parameters())).collect()
    }
}
