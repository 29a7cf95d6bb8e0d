//! The counts of n-grams, and questions about them.

use super::{
    config::check_order,
    counting::count_ngrams,
    discount::counts_of_counts,
    trie::{ROOT, Trie},
};
use crate::{
    Result,
    text::{Corpus, Level, Vocab},
};
use std::{cmp::Reverse, fmt};

/// How often each n-gram stands in a text, for all orders 1 … N at once.
///
/// N-grams do not reach over the ends of sentences; the first ones begin with `<s>`, the last ones end with `</s>`.
#[derive(Clone)]
pub struct NgramCounts {
    pub(super) vocab: Vocab,
    pub(super) level: Level,
    pub(super) trie: Trie,
    /// c(w₁ … wₙ) at `[n][node]`. The count of the empty n-gram is that of all tokens but `<s>`: how often something
    /// followed it.
    pub(super) counts: Vec<Vec<u32>>,
}

impl NgramCounts {
    /// Counts the n-grams of a text, up to an order.
    ///
    /// # Errors
    /// If the order is out of range, the text has no sentence, or a sentence holds a reserved token.
    pub fn count(sentences: &[String], order: usize, level: Level) -> Result<NgramCounts> {
        check_order(order)?;
        let (corpus, vocab) = Corpus::build(sentences, level)?;
        Ok(NgramCounts::of_corpus(&corpus, vocab, order, level))
    }

    pub(super) fn of_corpus(corpus: &Corpus, vocab: Vocab, order: usize, level: Level) -> NgramCounts {
        let (trie, counts) = count_ngrams(corpus, &vocab, order);
        NgramCounts { vocab, level, trie, counts }
    }

    /// c(ngram), for instance `counts.get("<s> the fox")`; 0 if it is not in the text or longer than N.
    pub fn get(&self, ngram: &str) -> u32 {
        self.node(ngram).map_or(0, |(n, node)| self.counts[n][node as usize])
    }

    /// What follows a context, and how often, the most frequent first.
    pub fn followers(&self, context: &str) -> Vec<(String, u32)> {
        let Some((n, node)) = self.node(context).filter(|(n, _)| *n < self.trie.order()) else {
            return Vec::new();
        };
        let follower = |child: usize| {
            let word = self.vocab.token(self.trie.words(n + 1)[child]);
            (word.to_string(), self.counts[n + 1][child])
        };
        let mut followers: Vec<_> = self.trie.children(n, node).map(follower).collect();
        followers.retain(|(word, c)| *c > 0 && word != "<s>");
        followers.sort_by_key(|(_, c)| Reverse(*c));
        followers
    }

    /// N1+(· ngram), the number of different words that stand before an n-gram: its count in Kneser–Ney's lower orders.
    pub fn predecessors(&self, ngram: &str) -> u32 {
        let Some(ids) = self.ids(ngram) else { return 0 };
        let before = |v: u32| self.trie.find(&[&[v], &ids[..]].concat()).is_some();
        (0..self.vocab.len() as u32).filter(|&v| before(v)).count() as u32
    }

    /// The number of different n-grams of order n that were seen.
    pub fn distinct(&self, n: usize) -> usize {
        self.counts.get(n).map_or(0, |counts| counts.iter().filter(|&&c| c > 0).count())
    }

    /// How many n-grams of order n were seen exactly once, twice, three and four times; `<s>` alone is not counted.
    pub fn counts_of_counts(&self, n: usize) -> [u64; 4] {
        let mut n1_to_n4 = self.counts.get(n).map_or([0; 4], |counts| counts_of_counts(counts));
        let bos = self.counts[1][Vocab::BOS as usize] as usize;
        if n == 1 && bos <= 4 {
            n1_to_n4[bos - 1] -= 1;
        }
        n1_to_n4
    }

    /// N, the highest order counted.
    pub fn order(&self) -> usize {
        self.trie.order()
    }

    pub fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    /// The order and the node of an n-gram.
    fn node(&self, ngram: &str) -> Option<(usize, u32)> {
        let ids = self.ids(ngram)?;
        if ids.is_empty() { Some((0, ROOT)) } else { Some((ids.len(), self.trie.find(&ids)?)) }
    }

    fn ids(&self, ngram: &str) -> Option<Vec<u32>> {
        self.level.ngram(ngram).into_iter().map(|token| self.vocab.get(token)).collect()
    }
}

impl fmt::Debug for NgramCounts {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} tokens;", self.counts[0][0])?;
        (1..=self.order()).try_for_each(|n| write!(f, " {} {n}-grams", self.distinct(n)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts() -> NgramCounts {
        let text = ["a b a b", "b a"].map(String::from);
        NgramCounts::count(&text, 3, Level::Word).unwrap()
    }

    #[test]
    fn counts_of_a_tiny_text() {
        let counts = counts();
        let found = ["a", "a b", "a b a", "<s> b", "b </s>", "a a", "<unk>"].map(|ngram| counts.get(ngram));
        assert_eq!(found, [3, 2, 1, 1, 1, 0, 0]);
        assert_eq!(counts.followers("a"), [("b".to_string(), 2), ("</s>".to_string(), 1)]);
        assert_eq!((counts.followers("").len(), counts.get("")), (3, 8));
        assert_eq!((counts.predecessors("a"), counts.predecessors("</s>"), counts.predecessors("b a")), (2, 2, 2));
        assert_eq!((counts.distinct(1), counts.distinct(2), counts.distinct(9)), (4, 6, 0));
    }
}
