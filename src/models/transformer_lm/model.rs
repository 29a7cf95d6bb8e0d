//! The model: tokens to scores.

use crate::{
    Result,
    autograd::{Parameters, Var, for_f32_and_f64},
    math::Real,
    nn::{Mask, Module, Transformer, TransformerConfig, TransformerInput, named, parameter_count, transformer::Seen},
    text::{Block, Vocab},
    train::CrossEntropy,
};
use ndarray::Array2;
use std::fmt;

/// A language model that looks back at all that it has read: a GPT.                                       [decoder.1]
///
///   hₜ = the last layer's t-th row, from x₁ … xₜ alone   p(wₜ₊₁ | w₁ … wₜ) = softmax(hₜ·Eᵀ)
///
/// The layers are those of an encoder (encoder.10) from which the future is hidden, and the output multiplies by the
/// vectors of the tokens (tied weights). A text is one stream, `</s>` standing for each line end; it is read and scored in
/// windows of T tokens that know nothing of each other.
///
/// Source: Radford and others 2018 and 2019 (GPT, GPT-2); Vaswani and others 2017 for the decoder.
pub struct TransformerLm<F: Real = f32> {
    pub(super) config: TransformerConfig,
    pub(super) vocab: Vocab,
    pub(super) input: TransformerInput<F>,
    pub(super) layers: Transformer<F>,
}

impl TransformerLm {
    /// A model that has learned nothing yet.
    ///
    /// # Errors
    /// If a size is 0, the width cannot be divided by the number of heads, or the dropout is no probability.
    pub fn new(config: TransformerConfig, vocab: Vocab) -> Result<TransformerLm> {
        TransformerLm::init(config, vocab)
    }
}

impl<F: Real> TransformerLm<F> {
    /// As [`new`](TransformerLm::new), of either precision.
    ///
    /// # Errors
    /// As there.
    pub fn init(config: TransformerConfig, vocab: Vocab) -> Result<TransformerLm<F>> {
        let layers = Transformer::init(&config, false)?;
        let input = TransformerInput::init(&config, vocab.len(), config.seed.wrapping_add(50));
        Ok(TransformerLm { config, vocab, input, layers })
    }

    pub fn config(&self) -> &TransformerConfig {
        &self.config
    }

    /// The layers.
    pub fn layers(&self) -> &Transformer<F> {
        &self.layers
    }
}

for_f32_and_f64! {
    impl TransformerLm<F> {
        /// The scores of every token behind each place.
        ///
        /// Shapes: ids (B, T) → (B, T, V).
        ///
        /// # Panics
        /// If an id is V or more, or places are learned and there are fewer than T.
        pub fn logits(&self, ids: &Array2<u32>, training: bool) -> Var<F> {
            self.run(ids, training, None)
        }

        /// How much each head of each layer looks back at which place.
        ///
        /// Shapes: ids (B, T) → (B, heads, T, T) for each layer.
        ///
        /// # Panics
        /// As for [`logits`](TransformerLm::logits).
        pub fn weights(&self, ids: &Array2<u32>) -> Seen<F> {
            let mut seen = Seen::default();
            crate::autograd::no_grad(|| self.run(ids, false, Some(&mut seen)));
            seen
        }

        fn run(&self, ids: &Array2<u32>, training: bool, seen: Option<&mut Seen<F>>) -> Var<F> {
            let x = self.input.forward(ids, training);
            let h = self.layers.forward(&x, &Mask::causal(), None, training, seen);
            h.matmul(&self.input.embedding.e.t())
        }

        /// The mean cross-entropy of some windows of a text, in nats.
        pub fn loss(&self, block: &Block, training: bool) -> Var<F> {
            let options = CrossEntropy { mask: Some(&block.mask), ..Default::default() };
            self.logits(&block.inputs, training).cross_entropy_with(&block.targets, options)
        }
    }
}

impl<F: Real> Module<F> for TransformerLm<F> {
    fn parameters(&self) -> Parameters<F> {
        named("input", self.input.parameters()).chain(named("layers", self.layers.parameters())).collect()
    }
}

impl<F: Real> fmt::Display for TransformerLm<F> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (tokens, parameters) = (self.vocab.len(), parameter_count(&self.parameters()));
        write!(f, "Transformer, {}, {tokens} tokens, {parameters} parameters", self.config)
    }
}

impl<F: Real> fmt::Debug for TransformerLm<F> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
