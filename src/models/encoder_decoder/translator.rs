//! A trained model at work: what it would write, given a source.

use super::EncoderDecoder;
use crate::{
    Result,
    autograd::no_grad,
    decode::{LanguageModel, Limits},
    models::{
        pairs::answers,
        transformer_state::{TransformerState, Weights, Writer},
    },
    text::{Bitext, Padded, Vocab, check_text, sources::Pair},
};
use ndarray::{Array1, Array2, Axis, Ix2};
use std::sync::Arc;

/// A model whose weights, as they are now, are laid out for one step after the other.
pub struct TransformerTranslator<'a> {
    model: &'a EncoderDecoder,
    weights: Arc<Weights>,
}

/// The texts that a model may write, given one source: a language model.
pub struct TransformerTranslation<'a> {
    model: &'a EncoderDecoder,
    source: Padded,
    writer: Arc<Writer>,
}

impl EncoderDecoder {
    /// Lays out the weights for writing.
    pub fn translator(&self) -> TransformerTranslator<'_> {
        TransformerTranslator { model: self, weights: Arc::new(Weights::new(&self.target_input, &self.decoder)) }
    }

    /// What greedy search makes of the source of each pair.
    ///
    /// # Errors
    /// If a source cannot be read, or the limits contradict themselves.
    pub fn answers(&self, bitext: &Bitext, pairs: &[Pair], limits: &Limits) -> Result<Vec<String>> {
        let translator = self.translator();
        answers(|source| translator.given(source), bitext, pairs, limits)
    }
}

impl TransformerTranslator<'_> {
    /// Reads a source: tokens, without `</s>`, which is added.
    ///
    /// # Errors
    /// If there is no token, one is not of the vocabulary, or there are more than places were learned for.
    pub fn given(&self, source: &[u32]) -> Result<TransformerTranslation<'_>> {
        check_text(0, source, self.model.source.len())?;
        self.model.config.check_steps(source.len() + 1)?;
        let source = Padded::new(&[source.iter().copied().chain([Vocab::EOS]).collect()], Vocab::EOS);
        let (memory, _) = no_grad(|| self.model.encode(&source, false));
        let memory = memory.value().index_axis_move(Axis(0), 0).into_dimensionality::<Ix2>().expect("2 axes");
        let memory = Some(self.weights.layers.remember(memory.view()));
        let writer = Arc::new(Writer { weights: Arc::clone(&self.weights), memory });
        Ok(TransformerTranslation { model: self.model, source, writer })
    }
}

impl TransformerTranslation<'_> {
    /// How much the last layer's heads together look at each place of the source while this text is written, `</s>`
    /// last on both sides.
    ///
    /// Shapes: (tokens + 1, S + 1).
    ///
    /// # Panics
    /// If the text is longer than the places that are learned.
    pub fn alignment(&self, tokens: &[u32]) -> Array2<f64> {
        let inputs: Vec<u32> = [Vocab::BOS].iter().chain(tokens).copied().collect();
        let inputs = Array2::from_shape_vec((1, inputs.len()), inputs).expect("one row");
        let [_, seen] = self.model.weights(&self.source, &inputs);
        let last = seen.cross.last().expect("a decoder has a layer");
        last.index_axis(Axis(0), 0).mean_axis(Axis(0)).expect("at least one head").mapv(f64::from)
    }
}

impl LanguageModel for TransformerTranslation<'_> {
    type State = TransformerState;

    fn vocab(&self) -> &Vocab {
        &self.model.target
    }

    fn start(&self) -> TransformerState {
        TransformerState::first(Arc::clone(&self.writer), Vocab::BOS)
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
