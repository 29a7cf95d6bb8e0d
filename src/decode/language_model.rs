//! The one thing that all language models can do.

use crate::text::Vocab;
use ndarray::Array1;

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

    /// ln p(token | state), in nats.
    fn log_prob(&self, state: &Self::State, token: u32) -> f64 {
        self.log_probs(state)[token as usize]
    }
}
