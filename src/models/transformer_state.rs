//! A decoder that writes, token by token, with a cache: what all Transformers that generate have in common.

use super::log_probs::log_probs_of_rows;
use crate::nn::{
    LaidLinear, PositionKind, Transformer, TransformerInput,
    positions::sinusoidal,
    transformer::{Cache, LaidMemory, LaidTransformer},
};
use ndarray::{Array1, Array2, ArrayView1, Axis, stack};
use std::{borrow::Cow, sync::Arc};

/// What a decoder has written so far, and its weights as they were when the text began.
#[derive(Clone)]
pub struct TransformerState {
    writer: Arc<Writer>,
    tokens: Vec<u32>,
    /// Of the tokens that it still sees.
    cache: Cache,
    /// The last row of the last layer.
    y: Array1<f32>,
}

/// Laid-out weights, and what the text looks at besides itself.
pub(super) struct Writer {
    pub weights: Arc<Weights>,
    pub memory: Option<LaidMemory>,
}

/// A decoder whose weights are laid out for one step after the other.
pub(super) struct Weights {
    /// s·E. Shape: (V, D)
    embedding: Array2<f32>,
    pub layers: LaidTransformer,
    output: LaidLinear,
    places: Places,
}

/// What is added for the place of a token.
enum Places {
    /// Nothing, or the layers turn it.
    Nothing,
    /// Shape: (places, D)
    Learned(Array2<f32>),
    Sines,
}

impl Weights {
    /// The output multiplies by the vectors of the tokens.
    pub fn new(input: &TransformerInput, layers: &Transformer) -> Weights {
        let e: Array2<f32> = input.embedding.e.value().to_owned().into_dimensionality().expect("2 axes");
        let places = match (input.positions.kind, &input.positions.table) {
            (_, Some(table)) => Places::Learned(table.value().to_owned().into_dimensionality().expect("2 axes")),
            (PositionKind::Sinusoidal, _) => Places::Sines,
            _ => Places::Nothing,
        };
        Weights {
            output: LaidLinear::without_bias(e.t()),
            embedding: e * input.scale(),
            layers: LaidTransformer::from(layers),
            places,
        }
    }

    /// The vectors of one token each of several texts, each at its place.
    fn rows(&self, tokens: &[u32], places: impl Iterator<Item = usize>) -> Array2<f32> {
        let ids: Vec<usize> = tokens.iter().map(|&token| token as usize).collect();
        let mut x = self.embedding.select(Axis(0), &ids);
        for (mut x, place) in x.outer_iter_mut().zip(places) {
            match &self.places {
                Places::Nothing => {}
                Places::Learned(table) => x += &table.row(place),
                Places::Sines => x += &sinusoidal(place, 1, x.len()).row(0),
            }
        }
        x
    }
}

impl TransformerState {
    /// The state behind a first token.
    pub(super) fn first(writer: Arc<Writer>, token: u32) -> TransformerState {
        TransformerState { writer, tokens: Vec::new(), cache: Cache::new(), y: Array1::zeros(0) }.read(token)
    }

    /// The state behind one more token.
    pub(super) fn advance(&self, token: u32) -> TransformerState {
        self.with_room().read(token)
    }

    /// The states behind one more token each.
    pub(super) fn advance_all(states: &[&TransformerState], tokens: &[u32]) -> Vec<TransformerState> {
        let states: Vec<_> = states.iter().map(|state| state.with_room()).collect();
        read(&states.iter().map(|state| &**state).collect::<Vec<_>>(), tokens)
    }

    /// ln p of every token, a row for each state.
    pub(super) fn log_probs(states: &[&TransformerState]) -> Array2<f64> {
        let Some(output) = states.first().map(|state| &state.writer.weights.output) else {
            return Array2::zeros((0, 0));
        };
        let y: Vec<_> = states.iter().map(|state| state.y.view()).collect();
        log_probs_of_rows(output.forward(stack(Axis(0), &y).expect("states of one model").view()).view())
    }

    fn read(&self, token: u32) -> TransformerState {
        read(&[self], &[token]).remove(0)
    }

    /// Where a text has filled all places that are learned, the older half is forgotten, and the newer half read again
    /// from the first place on.
    fn with_room(&self) -> Cow<'_, TransformerState> {
        match &self.writer.weights.places {
            Places::Learned(table) if self.cache.len() >= table.nrows() => {
                let kept = &self.tokens[self.tokens.len() - table.nrows() / 2..];
                let empty = TransformerState { tokens: Vec::new(), cache: Cache::new(), ..self.clone() };
                Cow::Owned(kept.iter().fold(empty, |state, &token| state.read(token)))
            }
            _ => Cow::Borrowed(self),
        }
    }
}

/// One more token of each of several texts.
fn read(states: &[&TransformerState], tokens: &[u32]) -> Vec<TransformerState> {
    let Some(writer) = states.first().map(|state| &state.writer) else { return Vec::new() };
    let caches: Vec<&Cache> = states.iter().map(|state| &state.cache).collect();
    let x = writer.weights.rows(tokens, caches.iter().map(|cache| cache.len()));
    let (y, new) = writer.weights.layers.step(x, &caches, writer.memory.as_ref());
    let next = |(((state, new), &token), y): (((&&TransformerState, _), _), ArrayView1<f32>)| TransformerState {
        writer: Arc::clone(writer),
        tokens: state.tokens.iter().copied().chain([token]).collect(),
        cache: state.cache.iter().cloned().chain([Arc::new(new)]).collect(),
        y: y.to_owned(),
    };
    states.iter().zip(new).zip(tokens).zip(y.outer_iter()).map(next).collect()
}
