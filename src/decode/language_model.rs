//! The one thing that all language models can do.

use crate::text::Vocab;
use ndarray::{Array1, Array2, Axis};

/// A model that gives the probability of the next token, token after token.
///
/// What it has read so far is its state: a value that can be kept, copied and gone on from in several directions.
pub trait LanguageModel {
    type State: Clone;

    fn vocab(&self) -> &Vocab;

    /// The state at the beginning of a sentence, behind `<s>`.
    fn start(&self) -> Self::State;

    /// The state behind one more token.
    fn advance(&self, state: &Self::State, token: u32) -> Self::State;

    /// ln p(w | state) for every token w of the vocabulary. That of `<s>`, which is never predicted, is −∞.
    ///
    /// Shapes: (number of tokens,), `<s>` included. Units: nats.
    fn log_probs(&self, state: &Self::State) -> Array1<f64>;

    /// The states behind one more token each: many at once, where a model can do that with less work.
    fn advance_all(&self, states: &[&Self::State], tokens: &[u32]) -> Vec<Self::State> {
        states.iter().zip(tokens).map(|(state, &token)| self.advance(state, token)).collect()
    }

    /// ln p(w | state) of many states at once.
    ///
    /// Shapes: (number of states, number of tokens).
    fn log_probs_all(&self, states: &[&Self::State]) -> Array2<f64> {
        let rows: Vec<Array1<f64>> = states.iter().map(|state| self.log_probs(state)).collect();
        let rows: Vec<_> = rows.iter().map(|row| row.view()).collect();
        ndarray::stack(Axis(0), &rows).expect("as many numbers for each state")
    }

    /// ln p(token | state), in nats.
    fn log_prob(&self, state: &Self::State, token: u32) -> f64 {
        self.log_probs(state)[token as usize]
    }
}
