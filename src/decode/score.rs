//! A model's score on a text.

use super::LanguageModel;
use crate::{
    metrics::Score,
    text::{Corpus, Vocab},
};

/// Predicts every token of a text from those before it.                                                     [ngram.1]
///
///   ln p(w₁ … wₘ) = Σₜ ln p(wₜ | w₀ … wₜ₋₁)      the chain rule: exact, before any model has said a thing
///
/// w₀ is `<s>`, given and not predicted; wₘ is `</s>`. A sentence knows nothing of those before it.
pub fn score<M: LanguageModel>(model: &M, corpus: &Corpus) -> Score {
    let mut score = Score { characters: corpus.characters(), ..Score::default() };
    for sentence in corpus.sentences() {
        let mut state = model.start();
        for &token in &sentence[1..] {
            score.add(-model.log_prob(&state, token), token == Vocab::UNK);
            state = model.advance(&state, token);
        }
    }
    score
}
