//! The model: tokens to scores, and step by step.

use super::RecurrentLmConfig;
use crate::{
    Result,
    autograd::{Parameters, Var, for_f32_and_f64},
    decode::LanguageModel,
    math::Real,
    models::log_probs::log_probs_of_rows,
    nn::{
        Dropout, Embedding, LaidLinear, Linear, Module, Recurrent, RecurrentConfig, named, parameter_count,
        recurrent::{Cells, Rows, States, Stepper, join, row_of, rows},
    },
    text::{Block, Vocab},
    train::CrossEntropy,
};
use ndarray::{Array1, Array2, Axis, concatenate};
use std::{fmt, sync::Arc};

/// A language model whose state is that of a recurrent network.                                          [rnn.3]
///
///   hₜ = the network's state behind x₁ … xₜ, the vectors of the tokens   p(wₜ₊₁ | w₁ … wₜ) = softmax(hₜ·W + b)
///
/// With tied weights W = Eᵀ (Press and Wolf 2017). Dropout is on the vectors of the tokens, between the layers, and on
/// the states that come out; whole tokens can be dropped, too. A text is one stream, `</s>` standing for each line end, and the
/// state is carried on from line to line.
///
/// Source: Mikolov and others 2010, Recurrent neural network based language model.
pub struct RecurrentLm<F: Real = f32> {
    config: RecurrentLmConfig,
    vocab: Vocab,
    embedding: Embedding<F>,
    net: Recurrent<F>,
    /// Its weights are those of the embedding if they are tied.
    output: Linear<F>,
    dropout: Dropout,
    word_dropout: Dropout,
}

impl RecurrentLm {
    /// A model that has learned nothing yet.
    ///
    /// # Errors
    /// If a size is 0, the dropout no probability, or the weights tied between different sizes.
    pub fn new(config: RecurrentLmConfig, vocab: Vocab) -> Result<RecurrentLm> {
        RecurrentLm::init(config, vocab)
    }
}

impl<F: Cells> RecurrentLm<F> {
    /// As [`new`](RecurrentLm::new), of either precision.
    ///
    /// # Errors
    /// As there.
    pub fn init(config: RecurrentLmConfig, vocab: Vocab) -> Result<RecurrentLm<F>> {
        let RecurrentLmConfig { kind, embed, hidden, layers, dropout, variational, word_dropout, tied, seed } = config;
        config.check(vocab.len(), F::cell(kind).layout().gates)?;
        let net =
            RecurrentConfig { kind, inputs: embed, hidden, layers, dropout, variational, seed, ..Default::default() };
        let net = Recurrent::init(net)?;
        let tokens = vocab.len();
        // As PyTorch's where the vectors are only read; where they are the output's weights, too, scores start small.
        let deviation = if tied { 1.0 / (embed as f64).sqrt() } else { 1.0 };
        let embedding = Embedding::init(tokens, embed, deviation, seed.wrapping_add(1));
        let mut output = Linear::init(hidden, tokens, seed.wrapping_add(2));
        if tied {
            output.w = embedding.e.clone();
        }
        let dropout = Dropout::new(dropout, seed.wrapping_add(3));
        let word_dropout = Dropout::new(word_dropout, seed.wrapping_add(4));
        Ok(RecurrentLm { config, vocab, embedding, net, output, dropout, word_dropout })
    }

    pub fn config(&self) -> &RecurrentLmConfig {
        &self.config
    }

    /// The recurrent layers.
    pub fn net(&self) -> &Recurrent<F> {
        &self.net
    }

    /// States of zeros, for the beginning of a text.
    pub fn zero_states(&self, batch: usize) -> States<F> {
        self.net.zero_states(batch)
    }
}

for_f32_and_f64! {
    impl RecurrentLm<F> {
        /// The scores of every token at every step, and the last states.
        ///
        /// Shapes: ids (B, T) → (T, B, V), in the order of time, as the network computes them.
        pub fn logits(&self, ids: &Array2<u32>, states: &States<F>, training: bool) -> (Var<F>, States<F>) {
            // One mask for all places of a token in a batch (Gal and Ghahramani 2016): each row still meets Wₓ only once.
            let e = self.word_dropout.along(&self.dropout.forward(&self.embedding.e, training), 1, training);
            let (y, states) = self.net.forward_tokens(&e, ids, states, None, training);
            let y = y.permute(&[1, 0, 2]);
            let y = self.dropout.shared(&y, self.config.variational.then_some(0), training);
            (self.output(&y), states)
        }

        fn output(&self, h: &Var<F>) -> Var<F> {
            match self.config.tied {
                true => h.linear(&self.embedding.e.t(), &self.output.b),
                false => self.output.forward(h),
            }
        }

        /// The mean cross-entropy of a block of a text, in nats, and the states behind it, from which no gradient comes
        /// back.
        pub fn loss(&self, block: &Block, states: &States<F>, training: bool) -> (Var<F>, States<F>) {
            let (logits, states) = self.logits(&block.inputs, states, training);
            (self.mean_nats(&logits, block, 0.0), detached(&states))
        }

        /// The mean cross-entropy of scores, in the order of time, with what was to come.
        ///
        /// Shapes: logits (T, B, V).
        pub(super) fn mean_nats(&self, logits: &Var<F>, block: &Block, label_smoothing: f64) -> Var<F> {
            let (targets, mask) = (block.targets.t().to_owned(), block.mask.t().to_owned());
            logits.cross_entropy_with(&targets, CrossEntropy { mask: Some(&mask), label_smoothing })
        }
    }
}

/// The same states without their history.
pub(super) fn detached<F: Real>(states: &States<F>) -> States<F> {
    states.iter().map(|layer| layer.iter().map(Var::detach).collect()).collect()
}

impl<F: Real> Module<F> for RecurrentLm<F> {
    fn parameters(&self) -> Parameters<F> {
        let mut all: Parameters<F> = named("embedding", self.embedding.parameters()).collect();
        all.extend(named("net", self.net.parameters()));
        let output = named("output", self.output.parameters());
        all.extend(output.filter(|(name, _)| !(self.config.tied && name == "output.w")));
        all
    }
}

impl<F: Real> fmt::Display for RecurrentLm<F> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let RecurrentLmConfig { kind, embed, hidden, layers, tied, .. } = self.config;
        let layers = if layers == 1 { "one layer".into() } else { format!("{layers} layers") };
        let tied = if tied { ", tied" } else { "" };
        let (tokens, parameters) = (self.vocab.len(), parameter_count(&self.parameters()));
        write!(f, "{kind}, {layers}, E {embed}, H {hidden}{tied}, {tokens} tokens, {parameters} parameters")
    }
}

impl<F: Real> fmt::Debug for RecurrentLm<F> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a recurrent model has read so far, and its weights as they were when the text began.
#[derive(Clone)]
pub struct RecurrentState {
    laid: Arc<Laid>,
    states: Rows,
}

/// A model whose weights are laid out for one step after the other.
struct Laid {
    /// Shape: (V, E)
    embedding: Array2<f32>,
    stepper: Stepper,
    output: LaidLinear,
}

impl RecurrentLm {
    fn lay(&self) -> Laid {
        let embedding: Array2<f32> = self.embedding.e.value().to_owned().into_dimensionality().expect("2 axes");
        let output = match self.config.tied {
            true => LaidLinear::new(embedding.t(), &self.output.b),
            false => LaidLinear::from(&self.output),
        };
        Laid { stepper: Stepper::new(&self.net), output, embedding }
    }
}

impl Laid {
    fn step(&self, states: &Rows, tokens: &[u32]) -> Rows {
        let places: Vec<usize> = tokens.iter().map(|&token| token as usize).collect();
        self.stepper.step(self.embedding.select(Axis(0), &places).view(), states)
    }
}

impl LanguageModel for RecurrentLm {
    type State = RecurrentState;

    fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    /// Behind a line end, before which nothing was read.
    fn start(&self) -> RecurrentState {
        let laid = Arc::new(self.lay());
        let states = laid.step(&rows(&self.zero_states(1)), &[Vocab::EOS]);
        RecurrentState { laid, states }
    }

    fn advance(&self, state: &RecurrentState, token: u32) -> RecurrentState {
        RecurrentState { laid: Arc::clone(&state.laid), states: state.laid.step(&state.states, &[token]) }
    }

    fn advance_all(&self, states: &[&RecurrentState], tokens: &[u32]) -> Vec<RecurrentState> {
        let Some(laid) = states.first().map(|state| &state.laid) else { return Vec::new() };
        let before: Vec<&Rows> = states.iter().map(|state| &state.states).collect();
        let next = laid.step(&join(&before), tokens);
        let state = |row| RecurrentState { laid: Arc::clone(laid), states: row_of(&next, row) };
        (0..tokens.len()).map(state).collect()
    }

    fn log_probs(&self, state: &RecurrentState) -> Array1<f64> {
        self.log_probs_all(&[state]).row(0).to_owned()
    }

    fn log_probs_all(&self, states: &[&RecurrentState]) -> Array2<f64> {
        let Some(laid) = states.first().map(|state| &state.laid) else { return Array2::zeros((0, self.vocab.len())) };
        let h: Vec<_> = states.iter().map(|state| state.states[state.states.len() - 1][0].view()).collect();
        log_probs_of_rows(laid.output.forward(concatenate(Axis(0), &h).expect("states of one model").view()).view())
    }
}
