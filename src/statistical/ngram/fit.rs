//! Fitting: count, choose a method, run the recursion.

use super::{
    absolute::absolute_discounts,
    add_k::AddK,
    config::{NgramConfig, Smoothing},
    counts::NgramCounts,
    discount::{Discounting, Discounts},
    estimate::{Method, estimate},
    fitting::Fitting,
    interpolated::{Interpolated, START},
    kneser_ney::{adjusted_counts, kneser_ney_discounts},
    mle::Mle,
    model::NgramModel,
};
use crate::{
    Result,
    text::{Corpus, Vocab},
};

impl NgramModel {
    /// Fits a model to sentences.
    ///
    /// Where weights must be fitted ([`Smoothing::Interpolated`]), every tenth sentence is held out for them; the model
    /// then counts all sentences, the held-out ones included.
    ///
    /// # Errors
    /// If the config is out of range, there is no sentence, or one holds a reserved token.
    pub fn fit(train: &[String], config: &NgramConfig) -> Result<NgramModel> {
        config.check()?;
        let (corpus, vocab) = Corpus::build(train, config.level)?;
        let (counts, fitting) = count(&corpus, vocab, config);
        drop(corpus);
        Ok(finish(counts, config, fitting))
    }

    /// Fits a model to a corpus whose vocabulary is known, for instance one that a tokenizer made.
    ///
    /// Tokens of the vocabulary that the corpus does not hold can be predicted, too: they share in V. The level only
    /// says how [`prob`](NgramModel::prob) and its like take their words apart; as tokens hold no spaces, words will
    /// do.
    ///
    /// # Errors
    /// If the config is out of range.
    ///
    /// # Panics
    /// If the corpus holds an id that the vocabulary does not.
    pub fn fit_corpus(corpus: &Corpus, vocab: &Vocab, config: &NgramConfig) -> Result<NgramModel> {
        config.check()?;
        let largest = corpus.ids().iter().max().map_or(0, |&id| id as usize);
        assert!(largest < vocab.len(), "the corpus holds the id {largest}, the vocabulary only {} tokens", vocab.len());
        let (counts, fitting) = count(corpus, vocab.clone(), config);
        Ok(finish(counts, config, fitting))
    }

    /// Fits a model to sentences, and weights, where there are any, to other ones.
    ///
    /// # Errors
    /// As for [`NgramModel::fit`].
    pub fn fit_with_valid(train: &[String], valid: &[String], config: &NgramConfig) -> Result<NgramModel> {
        config.check()?;
        let (corpus, vocab) = Corpus::build(train, config.level)?;
        let held_out = Corpus::encode(valid, config.level, &vocab)?;
        let counts = NgramCounts::of_corpus(&corpus, vocab, config.order, config.level);
        drop(corpus);
        let mut fitting = Fitting::default();
        if config.smoothing == Smoothing::Interpolated {
            fitting.fit_weights(&counts, &held_out);
        }
        Ok(finish(counts, config, fitting))
    }
}

/// The counts of a corpus, and the weights, where there are any, that fit its held-out part.
fn count(corpus: &Corpus, vocab: Vocab, config: &NgramConfig) -> (NgramCounts, Fitting) {
    let mut fitting = Fitting::default();
    if config.smoothing == Smoothing::Interpolated {
        let (rest, held_out) = corpus.hold_out();
        let counts = NgramCounts::of_corpus(&rest, vocab.clone(), config.order, config.level);
        fitting.fit_weights(&counts, &held_out);
    }
    (NgramCounts::of_corpus(corpus, vocab, config.order, config.level), fitting)
}

/// From counts to a model.
fn finish(counts: NgramCounts, config: &NgramConfig, mut fitting: Fitting) -> NgramModel {
    let NgramCounts { vocab, trie, mut counts, .. } = counts;
    counts[1][Vocab::BOS as usize] = 0; // never predicted
    let (order, v) = (config.order, vocab.predicted());
    let suffixes = trie.suffixes();
    let method: Box<dyn Method> = match config.smoothing {
        Smoothing::Mle => Box::new(Mle),
        Smoothing::AddK { k } => Box::new(AddK { k, v }),
        Smoothing::Interpolated => {
            let weights = fitting.em.last().map_or(vec![START; order], |step| step.weights.clone());
            Box::new(Interpolated { weights })
        }
        Smoothing::Absolute => {
            fitting.discounts = (1..=order).map(|n| absolute_discounts(n, &counts[n])).collect();
            Box::new(Discounting(fitting.discounts.clone()))
        }
        Smoothing::KneserNey => {
            counts = adjusted_counts(&trie, &suffixes, counts);
            fitting.discounts = (1..=order).map(|n| kneser_ney_discounts(n, &counts[n])).collect();
            Box::new(Discounting(fitting.discounts.clone()))
        }
    };
    fitting.notes.extend(fitting.discounts.iter().filter_map(Discounts::note));
    let estimates = estimate(&trie, &suffixes, &counts, v, &*method);
    NgramModel { level: config.level, smoothing: Some(config.smoothing), vocab, trie, estimates, fitting }
}
