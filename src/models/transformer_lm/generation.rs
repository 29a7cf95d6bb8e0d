//! A Transformer that generates.

use super::TransformerLm;
use crate::{
    decode::LanguageModel,
    models::transformer_state::{TransformerState, Weights, Writer},
    text::Vocab,
};
use ndarray::{Array1, Array2};
use std::sync::Arc;

impl LanguageModel for TransformerLm {
    type State = TransformerState;

    fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    /// Behind a line end, before which nothing was read.
    fn start(&self) -> TransformerState {
        let weights = Arc::new(Weights::new(&self.input, &self.layers));
        TransformerState::first(Arc::new(Writer { weights, memory: None }), Vocab::EOS)
    }

    fn advance(&self, state: &TransformerState, token: u32) -> TransformerState {
        state.advance(token)
    }

    fn advance_all(&self, states: &[&TransformerState], tokens: &[u32]) -> Vec<TransformerState> {
        TransformerState::advance_all(states, tokens)
    }

    fn log_probs(&self, state: &TransformerState) -> Array1<f64> {
        TransformerState::log_probs(&[state]).row(0).to_owned()
    }

    fn log_probs_all(&self, states: &[&TransformerState]) -> Array2<f64> {
        TransformerState::log_probs(states)
    }
}
