//! A hidden Markov model of sentences: an [`Hmm`] with a vocabulary.

use super::{baum_welch::BaumWelchStep, config::HmmConfig, model::Hmm};
use crate::{
    Result,
    decode::{self, LanguageModel, Sampling},
    metrics::Score,
    text::{Corpus, Vocab},
};
use ndarray::Array1;
use std::fmt;

/// A hidden Markov language model.
///
/// Its symbols are the tokens that can be predicted: V is [`Vocab::predicted`], the same as for an n-gram model, so that
/// their perplexities compare. `</s>` is a symbol like any other, the last of each sentence. `<unk>` is one, too: no
/// training text holds it, so its probability, as that of each token that a state did not emit, comes from add-k smoothing
/// of the emissions: bⱼ(v) = (n(v) + k)/(n + k·V), n(v) being the counts that the last E step expects of state j, n their sum.
#[derive(Clone)]
pub struct HmmModel {
    pub(super) config: HmmConfig,
    pub(super) vocab: Vocab,
    pub(super) hmm: Hmm,
    pub(super) history: Vec<BaumWelchStep>,
}

/// The symbol of a token: `<s>` has none.
pub(super) fn symbol(token: u32) -> u32 {
    assert!(token != Vocab::BOS, "<s> is never predicted");
    token - u32::from(token > Vocab::BOS)
}

/// The symbols of each sentence, `</s>` being the last.
pub(super) fn symbols(corpus: &Corpus) -> Vec<Vec<u32>> {
    corpus.sentences().map(|sentence| sentence[1..].iter().map(|&token| symbol(token)).collect()).collect()
}

impl HmmModel {
    /// The model over symbols. The symbol of a token is its id, less one for those behind `<s>`.
    pub fn hmm(&self) -> Hmm {
        self.hmm.clone()
    }

    pub fn config(&self) -> HmmConfig {
        self.config.clone()
    }

    /// The iterations of Baum–Welch that led to the model; none for a model that was read from a folder.
    pub fn history(&self) -> Vec<BaumWelchStep> {
        self.history.clone()
    }

    /// The number of probabilities that the model keeps.
    pub fn parameters(&self) -> usize {
        self.hmm.parameters()
    }

    /// The tokens that a state emits most often, with their probabilities.
    ///
    /// # Panics
    /// If there is no such state.
    pub fn top(&self, state: usize, count: usize) -> Vec<(String, f64)> {
        assert!(state < self.hmm.states(), "state {state} of {}", self.hmm.states());
        let b = self.hmm.b_t.column(state);
        let mut tokens: Vec<u32> = (0..self.vocab.len() as u32).filter(|&token| token != Vocab::BOS).collect();
        let p = |token: u32| b[symbol(token) as usize];
        tokens.sort_by(|&x, &y| p(y).total_cmp(&p(x)));
        tokens.iter().take(count).map(|&token| (self.vocab.token(token).to_string(), p(token))).collect()
    }

    /// The most probable state of each token of a sentence, `</s>` being the last.
    ///
    /// # Errors
    /// If the sentence holds a reserved token.
    pub fn viterbi(&self, sentence: &str) -> Result<Vec<u32>> {
        let corpus = Corpus::encode(&[sentence.to_string()], self.config.level, &self.vocab)?;
        Ok(self.hmm.viterbi(&symbols(&corpus)[0])?.states)
    }

    /// Predicts every token of a text.
    ///
    /// # Errors
    /// If there is no sentence, or one holds a reserved token.
    pub fn score(&self, sentences: &[String]) -> Result<Score> {
        Ok(decode::score(self, &Corpus::encode(sentences, self.config.level, &self.vocab)?))
    }

    /// Several sentences by chance, all from the one seed.
    ///
    /// # Errors
    /// If the temperature is not a positive number.
    pub fn samples(&self, count: usize, sampling: &Sampling) -> Result<Vec<String>> {
        decode::sample_lines(self, self.config.level, count, sampling)
    }
}

/// The state is p(zₜ₊₁ | x₁ … xₜ), the distribution of the hidden state that emits the next token.
impl LanguageModel for HmmModel {
    type State = Array1<f64>;

    fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    fn start(&self) -> Array1<f64> {
        self.hmm.pi()
    }

    fn advance(&self, state: &Array1<f64>, token: u32) -> Array1<f64> {
        self.hmm.advance(state, symbol(token))
    }

    fn log_probs(&self, state: &Array1<f64>) -> Array1<f64> {
        let mut row = self.hmm.emit(state).mapv(f64::ln).to_vec();
        row.insert(Vocab::BOS as usize, f64::NEG_INFINITY);
        row.into()
    }

    fn log_prob(&self, state: &Array1<f64>, token: u32) -> f64 {
        if token == Vocab::BOS { f64::NEG_INFINITY } else { self.hmm.b_t.row(symbol(token) as usize).dot(state).ln() }
    }
}

impl fmt::Debug for HmmModel {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:?} ({} level)", self.hmm, self.config.level)
    }
}

impl fmt::Display for HmmModel {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
