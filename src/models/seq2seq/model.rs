//! The model: an encoder, a decoder, and what passes between them.

use super::config::{Attention, Seq2SeqConfig};
use crate::{
    Result,
    autograd::{Parameters, Var, concat, for_f32_and_f64},
    math::Real,
    nn::{
        AdditiveAttention, Direction, Dropout, Embedding, Linear, Module, Recurrent, RecurrentConfig,
        attention::{Attended, attend},
        named, parameter_count,
        recurrent::{Cells, States},
    },
    text::{Padded, PairBatch, Vocab},
    train::CrossEntropy,
};
use ndarray::Array2;
use std::{fmt, sync::Arc};

/// An encoder that reads a text, and a decoder that writes another.                                   [seq2seq.1]
///
///   h̄ᵢ = the encoder's state behind x₁ … xᵢ   sₜ = the decoder's state behind y₁ … yₜ, with s₀ = h̄_S
///   p(yₜ₊₁ | y₁ … yₜ, x) = softmax(sₜ·W + b)   with x_S = `</s>`, y₁ = `<s>` and y_T+1 = `</s>`
///
/// With attention, to sₜ comes a weighted sum cₜ of all h̄ᵢ: s̃ₜ = tanh([cₜ; sₜ]·W_c + b_c) stands in its place.
/// A dot product asks with sₜ. Additive attention asks with sₜ₋₁, and the decoder reads cₜ beside the token's vector.
///
/// A source ends with `</s>`. Sources: Sutskever, Vinyals and Le 2014; see [`Attention`].
pub struct Seq2Seq<F: Real = f32> {
    pub(super) config: Seq2SeqConfig,
    pub(super) source: Vocab,
    pub(super) target: Vocab,
    pub(super) source_embedding: Embedding<F>,
    pub(super) target_embedding: Embedding<F>,
    pub(super) encoder: Recurrent<F>,
    pub(super) decoder: Recurrent<F>,
    pub(super) additive: Option<AdditiveAttention<F>>,
    /// W_c and b_c.
    pub(super) combine: Option<Linear<F>>,
    pub(super) output: Linear<F>,
    dropout: Dropout,
}

/// What an encoder makes of a batch of sources.
///
/// Shapes: values (B, S, H), the states h̄ · keys (B, S, H), with which a query is compared · mask (B, S).
#[derive(Clone)]
pub struct Memory<F: Real = f32> {
    pub values: Var<F>,
    pub keys: Var<F>,
    /// None where all places count.
    pub mask: Option<Arc<Array2<bool>>>,
    /// Where the decoder starts.
    pub states: States<F>,
}

/// What a decoder says.
///
/// Shapes: logits (B, T, V) · weights (B, T, S), none without attention.
#[derive(Clone)]
pub struct Decoded<F: Real = f32> {
    pub logits: Var<F>,
    pub weights: Option<Var<F>>,
}

impl Seq2Seq {
    /// A model that has learned nothing yet.
    ///
    /// # Errors
    /// If a size is 0, or odd where the encoder's directions have half of it each, or the dropout no probability.
    pub fn new(config: Seq2SeqConfig, source: Vocab, target: Vocab) -> Result<Seq2Seq> {
        Seq2Seq::init(config, source, target)
    }
}

impl<F: Cells> Seq2Seq<F> {
    /// As [`new`](Seq2Seq::new), of either precision.
    ///
    /// # Errors
    /// As there.
    pub fn init(config: Seq2SeqConfig, source: Vocab, target: Vocab) -> Result<Seq2Seq<F>> {
        config.check()?;
        let Seq2SeqConfig { kind, embed, hidden, layers, direction, attention, dropout, seed } = config;
        let seed = |part: u64| seed.wrapping_mul(16).wrapping_add(part);
        let each = if direction == Direction::Both { hidden / 2 } else { hidden };
        let stack = RecurrentConfig { kind, layers, dropout, ..Default::default() };
        let encoder = RecurrentConfig { inputs: embed, hidden: each, direction, seed: seed(0), ..stack.clone() };
        let inputs = if attention == Attention::Additive { embed + hidden } else { embed };
        let decoder = RecurrentConfig { inputs, hidden, seed: seed(1), ..stack };
        let asks = |a: Attention| attention == a;
        Ok(Seq2Seq {
            encoder: Recurrent::init(encoder)?,
            decoder: Recurrent::init(decoder)?,
            source_embedding: Embedding::init(source.len(), embed, 1.0, seed(2)),
            target_embedding: Embedding::init(target.len(), embed, 1.0, seed(3)),
            additive: asks(Attention::Additive).then(|| AdditiveAttention::init(hidden, hidden, hidden, seed(4))),
            combine: (!asks(Attention::None)).then(|| Linear::init(2 * hidden, hidden, seed(7))),
            output: Linear::init(hidden, target.len(), seed(9)),
            dropout: Dropout::new(dropout, seed(11)),
            config,
            source,
            target,
        })
    }

    pub fn config(&self) -> &Seq2SeqConfig {
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
    impl Seq2Seq<F> {
        /// Reads a batch of sources.
        ///
        /// # Panics
        /// If an id is not below the number of tokens, or a source is empty.
        pub fn encode(&self, source: &Padded, training: bool) -> Memory<F> {
            let mask = source.mask.iter().any(|&counts| !counts).then(|| Arc::new(source.mask.clone()));
            let start = self.encoder.zero_states(source.ids.nrows());
            let (e, mask_of) = (&self.source_embedding, mask.as_deref());
            let (values, states) = if training && self.config.dropout > 0.0 {
                let x = self.dropout.forward(&e.forward(&source.ids), true);
                self.encoder.forward(&x, &start, mask_of, true)
            } else {
                self.encoder.forward_tokens(&e.e, &source.ids, &start, mask_of, training)
            };
            let states = match self.config.direction {
                Direction::Forward => states,
                Direction::Both => states.chunks(2).map(|both| side_by_side(&both[0], &both[1])).collect(),
            };
            let keys = self.additive.as_ref().map_or_else(|| values.clone(), |additive| additive.keys(&values));
            Memory { values, keys, mask, states }
        }

        /// Writes, each token being told.
        ///
        /// Shapes: inputs (B, T).
        pub fn decode(&self, memory: &Memory<F>, inputs: &Array2<u32>, training: bool) -> Decoded<F> {
            let (y, weights) = match self.config.attention {
                Attention::None => (self.read(memory, inputs, training), None),
                Attention::Dot => {
                    let s = self.read(memory, inputs, training);
                    let Attended { context, weights } = self.ask(&s, memory);
                    (self.combined(&context, &s), Some(weights))
                }
                Attention::Additive => {
                    let (s, context, weights) = self.read_and_ask(memory, inputs, training);
                    (self.combined(&context, &s), Some(weights))
                }
            };
            Decoded { logits: self.output.forward(&self.dropout.forward(&y, training)), weights }
        }

        /// The decoder's states, where it does not ask on the way. Shape: (B, T, H)
        fn read(&self, memory: &Memory<F>, inputs: &Array2<u32>, training: bool) -> Var<F> {
            let e = &self.target_embedding;
            if training && self.config.dropout > 0.0 {
                let x = self.dropout.forward(&e.forward(inputs), true);
                return self.decoder.forward(&x, &memory.states, None, true).0;
            }
            self.decoder.forward_tokens(&e.e, inputs, &memory.states, None, training).0
        }

        /// The decoder's states, contexts and weights, where each step asks with the state before it.
        ///
        /// What the tokens add to the sums of the first layer is known for all steps, and computed at once.
        fn read_and_ask(&self, memory: &Memory<F>, inputs: &Array2<u32>, training: bool) -> (Var<F>, Var<F>, Var<F>) {
            let ((batch, steps), embed) = (inputs.dim(), self.config.embed);
            let w_x = &self.decoder.layers()[0].weights.w_x;
            let (w_e, w_c) = (w_x.slice(0, 0, embed), w_x.slice(0, embed, w_x.shape()[0]));
            let by_step: Vec<u32> = inputs.t().iter().copied().collect();
            let e = &self.target_embedding.e;
            let known = if training && self.config.dropout > 0.0 {
                self.dropout.forward(&e.rows(&by_step), true).matmul(&w_e)
            } else if e.shape()[0] < by_step.len() {
                e.matmul(&w_e).rows(&by_step)
            } else {
                e.rows(&by_step).matmul(&w_e)
            };
            let known = known.reshape(&[steps, batch, w_e.shape()[1]]);

            let mut states = memory.states.clone();
            let (mut all, mut contexts, mut weights) = (Vec::new(), Vec::new(), Vec::new());
            for t in 0..steps {
                let query = &states[states.len() - 1][0];
                let answer = self.ask(&query.reshape(&[batch, 1, self.config.hidden]), memory);
                let sums = known.slice(0, t, t + 1) + answer.context.permute(&[1, 0, 2]).matmul(&w_c);
                let (s, next) = self.decoder.forward_sums(&sums, &states, training);
                states = next;
                all.push(s);
                contexts.push(answer.context);
                weights.push(answer.weights);
            }
            let join = |parts: &[Var<F>]| concat(&parts.iter().collect::<Vec<_>>(), 1);
            (join(&all), join(&contexts), join(&weights))
        }

        /// Asks the memory. Shapes: query (B, T, H) → context (B, T, H), weights (B, T, S)
        pub(super) fn ask(&self, query: &Var<F>, memory: &Memory<F>) -> Attended<F> {
            let scores = match &self.additive {
                Some(additive) => additive.scores(query, &memory.keys),
                None => query.dot_scores(&memory.keys),
            };
            attend(&scores, &memory.values, memory.mask.as_ref())
        }

        /// s̃ = tanh([c; s]·W_c + b_c)                                                            [attention.5]
        fn combined(&self, context: &Var<F>, s: &Var<F>) -> Var<F> {
            let combine = self.combine.as_ref().expect("a model with attention combines");
            combine.forward(&concat(&[context, s], 2)).tanh()
        }

        /// The mean cross-entropy of the targets of a batch, in nats per token.                              [seq2seq.2]
        ///
        ///   L = −(1/n) Σ_bt m_bt·ln p(y_b,t+1 | y_b1 … y_bt, x_b)   with the mask m, of which n places are true
        pub fn loss(&self, batch: &PairBatch, training: bool) -> Var<F> {
            let mask = CrossEntropy { mask: Some(&batch.mask), ..Default::default() };
            self.logits(batch, training).cross_entropy_with(&batch.targets, mask)
        }

        /// The scores of every token of the targets, those before it being told.
        ///
        /// Shapes: → (B, T, V).
        pub(super) fn logits(&self, batch: &PairBatch, training: bool) -> Var<F> {
            self.decode(&self.encode(&batch.source, training), &batch.inputs, training).logits
        }
    }
}

fn side_by_side<F: Real>(forward: &[Var<F>], backward: &[Var<F>]) -> Vec<Var<F>> {
    forward.iter().zip(backward).map(|(forward, backward)| concat(&[forward, backward], 1)).collect()
}

impl<F: Real> Module<F> for Seq2Seq<F> {
    fn parameters(&self) -> Parameters<F> {
        let mut all: Parameters<F> = named("source_embedding", self.source_embedding.parameters()).collect();
        all.extend(named("target_embedding", self.target_embedding.parameters()));
        all.extend(named("encoder", self.encoder.parameters()));
        all.extend(named("decoder", self.decoder.parameters()));
        all.extend(self.additive.iter().flat_map(|additive| named("attention", additive.parameters())));
        all.extend(self.combine.iter().flat_map(|combine| named("combine", combine.parameters())));
        all.extend(named("output", self.output.parameters()));
        all
    }
}

impl<F: Real> fmt::Display for Seq2Seq<F> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Seq2SeqConfig { kind, embed, hidden, layers, direction, attention, .. } = self.config;
        let layers = if layers == 1 { "one layer".into() } else { format!("{layers} layers") };
        let reads = if direction == Direction::Both { ", encoder of both directions" } else { "" };
        let parameters = parameter_count(&self.parameters());
        write!(f, "{kind}, {layers}, E {embed}, H {hidden}{reads}, {attention}, {parameters} parameters")
    }
}

impl<F: Real> fmt::Debug for Seq2Seq<F> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
