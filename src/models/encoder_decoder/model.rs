//! The model: an encoder, a decoder, and what passes between them.

use crate::{
    Result,
    autograd::{Parameters, Var, for_f32_and_f64, no_grad},
    math::Real,
    nn::{Mask, Module, Transformer, TransformerConfig, TransformerInput, named, parameter_count, transformer::Seen},
    text::{Padded, PairBatch, Vocab},
    train::CrossEntropy,
};
use ndarray::Array2;
use std::fmt;

/// An encoder that sees all of a text at once, and a decoder that writes another and looks at all of it.    [decoder.3]
///
///   h̄ = the encoder's last layer, whose rows see all of x₁ … x_S   hₜ = the decoder's, from y₁ … yₜ and h̄
///   p(yₜ₊₁ | y₁ … yₜ, x) = softmax(hₜ·Eᵀ)   with x_S = `</s>`, y₁ = `<s>` and y_T+1 = `</s>`
///
/// The output multiplies by the vectors of the target's tokens (tied weights).
///
/// Source: Vaswani and others 2017; see [`TransformerLayer`](crate::nn::TransformerLayer).
pub struct EncoderDecoder<F: Real = f32> {
    pub(super) config: TransformerConfig,
    pub(super) source: Vocab,
    pub(super) target: Vocab,
    pub(super) source_input: TransformerInput<F>,
    pub(super) target_input: TransformerInput<F>,
    pub(super) encoder: Transformer<F>,
    pub(super) decoder: Transformer<F>,
}

impl EncoderDecoder {
    /// A model that has learned nothing yet.
    ///
    /// # Errors
    /// If a size is 0, the width cannot be divided by the number of heads, or the dropout is no probability.
    pub fn new(config: TransformerConfig, source: Vocab, target: Vocab) -> Result<EncoderDecoder> {
        EncoderDecoder::init(config, source, target)
    }
}

impl<F: Real> EncoderDecoder<F> {
    /// As [`new`](EncoderDecoder::new), of either precision.
    ///
    /// # Errors
    /// As there.
    pub fn init(config: TransformerConfig, source: Vocab, target: Vocab) -> Result<EncoderDecoder<F>> {
        let encoder = Transformer::init(&config, false)?;
        let seed = |part: u64| config.seed.wrapping_add(part);
        let decoder = Transformer::init(&TransformerConfig { seed: seed(10_000), ..config.clone() }, true)?;
        Ok(EncoderDecoder {
            source_input: TransformerInput::init(&config, source.len(), seed(50)),
            target_input: TransformerInput::init(&config, target.len(), seed(60)),
            encoder,
            decoder,
            config,
            source,
            target,
        })
    }

    pub fn config(&self) -> &TransformerConfig {
        &self.config
    }

    /// The tokens that it reads.
    pub fn source(&self) -> &Vocab {
        &self.source
    }

    /// The tokens that it writes.
    pub fn target(&self) -> &Vocab {
        &self.target
    }
}

for_f32_and_f64! {
    impl EncoderDecoder<F> {
        /// Reads a batch of sources: a row for each place, and which of them count.
        ///
        /// Shapes: → (B, S, D).
        ///
        /// # Panics
        /// If an id is not below the number of tokens, or places are learned and there are fewer than S.
        pub fn encode(&self, source: &Padded, training: bool) -> (Var<F>, Mask) {
            self.read(source, training, None)
        }

        /// Writes, each token being told.
        ///
        /// Shapes: memory (B, S, D) · inputs (B, T) → the scores of all tokens, (B, T, V).
        ///
        /// # Panics
        /// As for [`encode`](EncoderDecoder::encode).
        pub fn decode(&self, memory: (&Var<F>, &Mask), inputs: &Array2<u32>, training: bool) -> Var<F> {
            self.write(memory, inputs, training, None)
        }

        /// How much each head of the encoder, and of the decoder, looks where.
        ///
        /// # Panics
        /// As for [`encode`](EncoderDecoder::encode).
        pub fn weights(&self, source: &Padded, inputs: &Array2<u32>) -> [Seen<F>; 2] {
            let mut seen = [Seen::default(), Seen::default()];
            let [of_encoder, of_decoder] = &mut seen;
            no_grad(|| {
                let (memory, mask) = self.read(source, false, Some(of_encoder));
                self.write((&memory, &mask), inputs, false, Some(of_decoder))
            });
            seen
        }

        fn read(&self, source: &Padded, training: bool, seen: Option<&mut Seen<F>>) -> (Var<F>, Mask) {
            let mask = Mask::padding(source.mask.clone());
            let x = self.source_input.forward(&source.ids, training);
            (self.encoder.forward(&x, &mask, None, training, seen), mask)
        }

        fn write(
            &self,
            memory: (&Var<F>, &Mask),
            inputs: &Array2<u32>,
            training: bool,
            seen: Option<&mut Seen<F>>,
        ) -> Var<F> {
            let x = self.target_input.forward(inputs, training);
            let h = self.decoder.forward(&x, &Mask::causal(), Some(memory), training, seen);
            h.matmul(&self.target_input.embedding.e.t())
        }

        /// The mean cross-entropy of the targets of a batch, in nats.
        pub fn loss(&self, batch: &PairBatch, training: bool) -> Var<F> {
            let options = CrossEntropy { mask: Some(&batch.mask), ..Default::default() };
            self.logits(batch, training).cross_entropy_with(&batch.targets, options)
        }

        /// The scores of every token of the targets, those before it being told.
        ///
        /// Shapes: → (B, T, V).
        pub(super) fn logits(&self, batch: &PairBatch, training: bool) -> Var<F> {
            let (memory, mask) = self.encode(&batch.source, training);
            self.decode((&memory, &mask), &batch.inputs, training)
        }
    }
}

impl<F: Real> Module<F> for EncoderDecoder<F> {
    fn parameters(&self) -> Parameters<F> {
        let mut all: Parameters<F> = named("source_input", self.source_input.parameters()).collect();
        all.extend(named("target_input", self.target_input.parameters()));
        all.extend(named("encoder", self.encoder.parameters()));
        all.extend(named("decoder", self.decoder.parameters()));
        all
    }
}

impl<F: Real> fmt::Display for EncoderDecoder<F> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (sources, targets) = (self.source.len(), self.target.len());
        let parameters = parameter_count(&self.parameters());
        write!(f, "Transformer, {} each, {sources} and {targets} tokens, {parameters} parameters", self.config)
    }
}

impl<F: Real> fmt::Debug for EncoderDecoder<F> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
