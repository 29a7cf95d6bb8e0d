//! The n-gram model: probabilities on a trie, and how a query falls back from long contexts to short ones.

use super::{config::Smoothing, context::Context, estimate::Estimates, fitting::Fitting, trie::Trie};
use crate::{
    decode::LanguageModel,
    text::{Level, Vocab},
};
use ndarray::Array1;
use std::{f64::consts::LN_10, fmt};

/// An n-gram language model, whatever its smoothing, in the form of an ARPA file: every n-gram hw that it knows has a
/// probability p(w | h), and every known context a back-off weight b(h).
///
/// A known n-gram takes 16 bytes, one of the highest order 8.
pub struct NgramModel {
    pub(super) level: Level,
    /// `None` if the model was read from an ARPA file.
    pub(super) smoothing: Option<Smoothing>,
    pub(super) vocab: Vocab,
    pub(super) trie: Trie,
    pub(super) estimates: Estimates,
    pub(super) fitting: Fitting,
}

impl NgramModel {
    /// The back-off query, Katz's form, which serves all methods.                                          [ngram.11]
    ///
    ///   p(w | h) = the p of hw                  if the model knows hw
    ///   p(w | h) = b(h)·p(w | h′)               if not; b(h) = 1 if it does not know h
    ///
    /// Returns log10 p and the order of the n-gram that answered.
    /// Source: Katz 1987, Estimation of probabilities from sparse data for the language model component of a speech
    /// recognizer.
    pub(super) fn query(&self, context: &Context, w: u32) -> (f64, usize) {
        if w == Vocab::BOS {
            return (f64::NEG_INFINITY, 1);
        }
        let Estimates { log_p, log_b } = &self.estimates;
        let mut back_off = 0.0;
        for (k, h) in context.suffixes().rev() {
            if let Some(hw) = self.trie.child(k, h, w) {
                return (back_off + f64::from(log_p[k + 1][hw as usize]), k + 1);
            }
            back_off += f64::from(log_b[k][h as usize]);
        }
        unreachable!("every token of the vocabulary is a unigram of the model")
    }

    /// N.
    pub fn order(&self) -> usize {
        self.trie.order()
    }

    pub fn level(&self) -> Level {
        self.level
    }

    /// How the model was smoothed; an ARPA file does not say.
    pub fn smoothing(&self) -> Option<Smoothing> {
        self.smoothing
    }

    /// What was found while fitting; empty for a model that was read from a file.
    pub fn fitting(&self) -> &Fitting {
        &self.fitting
    }

    /// The number of n-grams of order n that the model keeps.
    pub fn distinct(&self, n: usize) -> usize {
        if (1..=self.order()).contains(&n) { self.trie.len(n) } else { 0 }
    }

    /// The number of n-grams of all orders that the model keeps, `<unk>` and `<s>` among them.
    pub fn parameters(&self) -> usize {
        (1..=self.order()).map(|n| self.trie.len(n)).sum()
    }
}

impl LanguageModel for NgramModel {
    type State = Context;

    fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    fn start(&self) -> Context {
        Context::empty().advance(&self.trie, Vocab::BOS)
    }

    fn advance(&self, state: &Context, token: u32) -> Context {
        state.advance(&self.trie, token)
    }

    /// From the shortest context to the longest: each scales all words by its b(h), and then sets those that it knows.
    fn log_probs(&self, state: &Context) -> Array1<f64> {
        let Estimates { log_p, log_b } = &self.estimates;
        let mut row: Array1<f64> = Array1::zeros(self.vocab.len());
        for (k, h) in state.suffixes() {
            row += f64::from(log_b[k][h as usize]);
            for hw in self.trie.children(k, h) {
                row[self.trie.words(k + 1)[hw] as usize] = f64::from(log_p[k + 1][hw]);
            }
        }
        row[Vocab::BOS as usize] = f64::NEG_INFINITY;
        row * LN_10
    }

    fn log_prob(&self, state: &Context, token: u32) -> f64 {
        self.query(state, token).0 * LN_10
    }
}

impl fmt::Debug for NgramModel {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if let Some(smoothing) = self.smoothing {
            write!(f, "{smoothing} ")?;
        }
        write!(f, "n-gram model of order {} ({}):", self.order(), self.level)?;
        for n in 1..=self.order() {
            write!(f, "{} {} {n}-grams", if n == 1 { "" } else { "," }, self.trie.len(n))?;
        }
        Ok(())
    }
}

impl fmt::Display for NgramModel {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
