//! The n-grams of a sequence, counted: what BLEU and chrF compare.

use std::{collections::HashMap, hash::Hash};

/// How often each run of n tokens stands in the sequence; n is at least 1.
pub(super) fn ngrams<T: Eq + Hash>(tokens: &[T], n: usize) -> HashMap<&[T], usize> {
    let mut counts = HashMap::new();
    for ngram in tokens.windows(n) {
        *counts.entry(ngram).or_default() += 1;
    }
    counts
}
