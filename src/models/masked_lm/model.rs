//! The model: tokens, some of them hidden, to scores.

use crate::{
    Result,
    autograd::{Parameters, Var, for_f32_and_f64, no_grad},
    math::{Real, zeros},
    nn::{
        LayerNorm, Linear, Mask, Module, Transformer, TransformerConfig, TransformerInput, named, parameter_count,
        transformer::Seen,
    },
    text::Vocab,
    train::CrossEntropy,
};
use ndarray::Array2;
use std::fmt;

/// A model that fills gaps from what stands on both sides: a BERT.                                       [encoder.11]
///
///   hₜ = the last layer's t-th row, from all tokens of a text, some of them hidden by `<mask>`
///   p(wₜ | text) = softmax(norm(gelu(hₜ·W + b))·Eᵀ + bₒ)
///
/// A text is `<s> w₁ … wₘ </s>`; `<mask>` is one id more than the vocabulary has. It is no language model: the
/// probabilities of the tokens of a text do not multiply to that of the text.
///
/// Shapes: ids (B, T) · W (D, D) · E (V, D). Source: Devlin and others 2019.
pub struct MaskedLm<F: Real = f32> {
    pub(super) config: TransformerConfig,
    pub(super) vocab: Vocab,
    pub(super) input: TransformerInput<F>,
    pub(super) layers: Transformer<F>,
    transform: Linear<F>,
    norm: LayerNorm<F>,
    bias: Var<F>,
}

impl MaskedLm {
    /// A model that has learned nothing yet.
    ///
    /// # Errors
    /// If a size is 0, the width cannot be divided by the number of heads, or the dropout is no probability.
    pub fn new(config: TransformerConfig, vocab: Vocab) -> Result<MaskedLm> {
        MaskedLm::init(config, vocab)
    }
}

impl<F: Real> MaskedLm<F> {
    /// As [`new`](MaskedLm::new), of either precision.
    ///
    /// # Errors
    /// As there.
    pub fn init(config: TransformerConfig, vocab: Vocab) -> Result<MaskedLm<F>> {
        let layers = Transformer::init(&config, false)?;
        let (width, seed) = (config.width, |part: u64| config.seed.wrapping_add(part));
        Ok(MaskedLm {
            input: TransformerInput::init(&config, vocab.len() + 1, seed(50)),
            transform: Linear::glorot(width, width, seed(60)),
            norm: LayerNorm::init(width),
            bias: Var::leaf(zeros(vocab.len()), true),
            layers,
            config,
            vocab,
        })
    }

    pub fn config(&self) -> &TransformerConfig {
        &self.config
    }

    pub fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    /// The id of `<mask>`.
    pub fn mask(&self) -> u32 {
        self.vocab.len() as u32
    }
}

for_f32_and_f64! {
    impl MaskedLm<F> {
        /// The last layer's rows.
        ///
        /// Shapes: ids (B, T) → (B, T, D).
        ///
        /// # Panics
        /// If an id is above that of `<mask>`, or places are learned and there are fewer than T.
        pub fn encode(&self, ids: &Array2<u32>, mask: &Mask, training: bool) -> Var<F> {
            self.layers.forward(&self.input.forward(ids, training), mask, None, training, None)
        }

        /// The scores of every token at every place.
        ///
        /// Shapes: ids (B, T) → (B, T, V).
        ///
        /// # Panics
        /// As for [`encode`](MaskedLm::encode).
        pub fn logits(&self, ids: &Array2<u32>, mask: &Mask, training: bool) -> Var<F> {
            let h = self.transform.forward(&self.encode(ids, mask, training)).gelu();
            let e = self.input.embedding.e.slice(0, 0, self.vocab.len());
            self.norm.forward(&h).linear(&e.t(), &self.bias)
        }

        /// How much each head of each layer looks where.
        ///
        /// # Panics
        /// As for [`encode`](MaskedLm::encode).
        pub fn weights(&self, ids: &Array2<u32>, mask: &Mask) -> Seen<F> {
            let mut seen = Seen::default();
            no_grad(|| self.layers.forward(&self.input.forward(ids, false), mask, None, false, Some(&mut seen)));
            seen
        }

        /// The mean cross-entropy of the tokens at the chosen places, in nats.
        ///
        /// Shapes: inputs, targets and chosen (B, T).
        ///
        /// # Panics
        /// As for [`encode`](MaskedLm::encode), or if no place is chosen.
        pub fn loss(
            &self,
            inputs: &Array2<u32>,
            mask: &Mask,
            targets: &Array2<u32>,
            chosen: &Array2<bool>,
            training: bool,
        ) -> Var<F> {
            let options = CrossEntropy { mask: Some(chosen), ..Default::default() };
            self.logits(inputs, mask, training).cross_entropy_with(targets, options)
        }
    }
}

impl<F: Real> Module<F> for MaskedLm<F> {
    fn parameters(&self) -> Parameters<F> {
        let mut all: Parameters<F> = named("input", self.input.parameters()).collect();
        all.extend(named("layers", self.layers.parameters()));
        all.extend(named("transform", self.transform.parameters()));
        all.extend(named("norm", self.norm.parameters()));
        all.push(("bias".into(), self.bias.clone()));
        all
    }
}

impl<F: Real> fmt::Display for MaskedLm<F> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (tokens, parameters) = (self.vocab.len(), parameter_count(&self.parameters()));
        write!(f, "masked Transformer, {}, {tokens} tokens, {parameters} parameters", self.config)
    }
}

impl<F: Real> fmt::Debug for MaskedLm<F> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
