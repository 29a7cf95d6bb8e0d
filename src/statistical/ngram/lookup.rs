//! Asking an n-gram model by words rather than by ids.

use super::{context::Context, model::NgramModel};
use crate::{
    Result,
    decode::{self, LanguageModel, Sampling},
    metrics::Score,
    text::{Corpus, Vocab},
};

/// How much a token surprised the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Surprisal {
    pub token: String,
    /// −ln p(token | the words before it).
    pub nats: f64,
    /// The order of the n-gram that answered: N if the whole context was known with this token, 1 if none of it.
    pub order: usize,
    /// The token is not in the vocabulary.
    pub oov: bool,
}

impl NgramModel {
    /// p(token | context), for instance `model.prob("fox", "the old")` or `model.prob("the", "<s>")`.
    ///
    /// A context that does not begin with `<s>` stands somewhere inside a sentence. Unknown words are `<unk>`.
    pub fn prob(&self, token: &str, context: &str) -> f64 {
        self.log_prob(&self.context(context), self.vocab.id(token)).exp()
    }

    /// The most probable next tokens after a context, with their probabilities.
    pub fn top(&self, context: &str, count: usize) -> Vec<(String, f64)> {
        let log_p = self.log_probs(&self.context(context));
        let mut ids: Vec<usize> = (0..log_p.len()).filter(|&id| log_p[id] > f64::NEG_INFINITY).collect();
        ids.sort_by(|&a, &b| log_p[b].total_cmp(&log_p[a]));
        ids.into_iter().take(count).map(|id| (self.vocab.token(id as u32).to_string(), log_p[id].exp())).collect()
    }

    /// Predicts every token of a text.
    ///
    /// # Errors
    /// If there is no sentence, or one holds a reserved token.
    pub fn score(&self, sentences: &[String]) -> Result<Score> {
        Ok(decode::score(self, &Corpus::encode(sentences, self.level(), &self.vocab)?))
    }

    /// Predicts every token of a corpus that was made with the model's vocabulary.
    pub fn score_corpus(&self, corpus: &Corpus) -> Score {
        decode::score(self, corpus)
    }

    /// The surprise of each token of a sentence, `</s>` being the last.
    ///
    /// # Errors
    /// If the sentence holds a reserved token.
    pub fn surprisals(&self, sentence: &str) -> Result<Vec<Surprisal>> {
        let corpus = Corpus::encode(&[sentence.to_string()], self.level(), &self.vocab)?;
        let tokens = self.level().tokens(sentence).chain([Vocab::RESERVED[Vocab::EOS as usize]]);
        let mut context = self.start();
        let mut surprisals = Vec::new();
        for (token, &id) in tokens.zip(&corpus.ids()[1..]) {
            let nats = -self.log_prob(&context, id);
            let order = self.query(&context, id).1;
            surprisals.push(Surprisal { token: token.to_string(), nats, order, oov: id == Vocab::UNK });
            context = self.advance(&context, id);
        }
        Ok(surprisals)
    }

    /// One sentence by chance.
    ///
    /// # Errors
    /// If the temperature is not a positive number.
    pub fn sample(&self, sampling: &Sampling) -> Result<String> {
        Ok(self.samples(1, sampling)?.remove(0))
    }

    /// Several sentences by chance, all from the one seed.
    ///
    /// # Errors
    /// If the temperature is not a positive number.
    pub fn samples(&self, count: usize, sampling: &Sampling) -> Result<Vec<String>> {
        decode::sample_lines(self, self.level(), count, sampling)
    }

    fn context(&self, text: &str) -> Context {
        let ids = self.level().ngram(text).into_iter().map(|token| self.vocab.id(token));
        ids.fold(Context::empty(), |context, id| self.advance(&context, id))
    }
}
