//! What a Transformer reads.

use super::TransformerConfig;
use crate::{
    autograd::{Parameters, Var, for_f32_and_f64},
    math::Real,
    nn::{Dropout, Embedding, Module, PositionKind, Positions, named},
};
use ndarray::Array2;

/// The vectors of tokens and of their places, added up.                                                  [encoder.4]
///
///   xₜ = s·E\[wₜ\] + pₜ   with s = √D for sines and cosines, which are large, and else 1
///
/// Shapes: E (V, D) · p (T, D) → (B, T, D). Source: Vaswani and others 2017, sections 3.4 and 3.5.
#[derive(Debug)]
pub struct TransformerInput<F: Real = f32> {
    pub embedding: Embedding<F>,
    pub positions: Positions<F>,
    pub dropout: Dropout,
    /// Of whole tokens.
    pub word_dropout: Dropout,
}

impl<F: Real> TransformerInput<F> {
    /// Vectors from the normal distribution with the deviation 1/√D: where the output multiplies by them, too, scores
    /// start small.
    pub fn init(config: &TransformerConfig, tokens: usize, seed: u64) -> TransformerInput<F> {
        let TransformerConfig { width, context, positions, dropout, word_dropout, .. } = *config;
        TransformerInput {
            embedding: Embedding::init(tokens, width, 1.0 / (width as f64).sqrt(), seed),
            positions: Positions::init(positions, context, width, seed.wrapping_add(1)),
            dropout: Dropout::new(dropout, seed.wrapping_add(2)),
            word_dropout: Dropout::new(word_dropout, seed.wrapping_add(3)),
        }
    }

    /// s
    pub(crate) fn scale(&self) -> F {
        match self.positions.kind {
            PositionKind::Sinusoidal => F::of(self.embedding.e.shape()[1] as f64).sqrt(),
            _ => F::one(),
        }
    }
}

for_f32_and_f64! {
    impl TransformerInput<F> {
        /// # Panics
        /// If an id is V or more, or places are learned and there are fewer than T.
        pub fn forward(&self, ids: &Array2<u32>, training: bool) -> Var<F> {
            let e = self.word_dropout.along(&self.embedding.e, 1, training);
            let e = Embedding { e }.forward(ids);
            let e = if self.scale() == 1.0 { e } else { e * self.scale() };
            self.dropout.forward(&self.positions.forward(&e), training)
        }
    }
}

impl<F: Real> Module<F> for TransformerInput<F> {
    fn parameters(&self) -> Parameters<F> {
        named("embedding", self.embedding.parameters()).chain(named("positions", self.positions.parameters())).collect()
    }
}
