//! A Transformer that generates: token by token, with a cache.

use super::TransformerLm;
use crate::{
    decode::LanguageModel,
    models::stream::log_probs_of_rows,
    nn::{
        LaidLinear, PositionKind,
        positions::sinusoidal,
        transformer::{Cache, LaidTransformer},
    },
    text::Vocab,
};
use ndarray::{Array1, Array2, ArrayView1, Axis, stack};
use std::{borrow::Cow, sync::Arc};

/// What a Transformer has read so far, and its weights as they were when the text began.
#[derive(Clone)]
pub struct TransformerState {
    laid: Arc<Laid>,
    tokens: Vec<u32>,
    /// Of the tokens that it still sees.
    cache: Cache,
    /// The last row of the last layer.
    y: Array1<f32>,
}

/// A model whose weights are laid out for one step after the other.
struct Laid {
    /// s·E. Shape: (V, D)
    embedding: Array2<f32>,
    layers: LaidTransformer,
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

impl TransformerLm {
    fn lay(&self) -> Laid {
        let e: Array2<f32> = self.input.embedding.e.value().to_owned().into_dimensionality().expect("2 axes");
        let places = match (self.input.positions.kind, &self.input.positions.table) {
            (_, Some(table)) => Places::Learned(table.value().to_owned().into_dimensionality().expect("2 axes")),
            (PositionKind::Sinusoidal, _) => Places::Sines,
            _ => Places::Nothing,
        };
        Laid {
            output: LaidLinear::without_bias(e.t()),
            embedding: e * self.input.scale(),
            layers: LaidTransformer::from(&self.layers),
            places,
        }
    }
}

impl Laid {
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
    /// The state behind a line end, before which nothing was read.
    fn first(laid: Laid) -> TransformerState {
        let y = Array1::zeros(0);
        TransformerState { laid: Arc::new(laid), tokens: Vec::new(), cache: Cache::new(), y }.read(Vocab::EOS)
    }

    fn read(&self, token: u32) -> TransformerState {
        read(&[self], &[token]).remove(0)
    }

    /// Where a text has filled all places that are learned, the older half is forgotten, and the newer half read again
    /// from the first place on.
    fn with_room(&self) -> Cow<'_, TransformerState> {
        match &self.laid.places {
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
    let Some(laid) = states.first().map(|state| &state.laid) else { return Vec::new() };
    let caches: Vec<&Cache> = states.iter().map(|state| &state.cache).collect();
    let (y, new) = laid.layers.step(laid.rows(tokens, caches.iter().map(|cache| cache.len())), &caches);
    let next = |(((state, new), &token), y): (((&&TransformerState, _), _), ArrayView1<f32>)| TransformerState {
        laid: Arc::clone(laid),
        tokens: state.tokens.iter().copied().chain([token]).collect(),
        cache: state.cache.iter().cloned().chain([Arc::new(new)]).collect(),
        y: y.to_owned(),
    };
    states.iter().zip(new).zip(tokens).zip(y.outer_iter()).map(next).collect()
}

impl LanguageModel for TransformerLm {
    type State = TransformerState;

    fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    /// Behind a line end, before which nothing was read.
    fn start(&self) -> TransformerState {
        TransformerState::first(self.lay())
    }

    fn advance(&self, state: &TransformerState, token: u32) -> TransformerState {
        state.with_room().read(token)
    }

    fn advance_all(&self, states: &[&TransformerState], tokens: &[u32]) -> Vec<TransformerState> {
        let states: Vec<_> = states.iter().map(|state| state.with_room()).collect();
        read(&states.iter().map(|state| &**state).collect::<Vec<_>>(), tokens)
    }

    fn log_probs(&self, state: &TransformerState) -> Array1<f64> {
        self.log_probs_all(&[state]).row(0).to_owned()
    }

    fn log_probs_all(&self, states: &[&TransformerState]) -> Array2<f64> {
        let Some(laid) = states.first().map(|state| &state.laid) else { return Array2::zeros((0, self.vocab.len())) };
        let y: Vec<_> = states.iter().map(|state| state.y.view()).collect();
        log_probs_of_rows(&laid.output.forward(stack(Axis(0), &y).expect("states of one model").view()))
    }
}
