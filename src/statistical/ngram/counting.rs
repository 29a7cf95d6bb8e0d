//! From a text to its n-grams and how often they stand in it: by sorting, without a map.

use super::trie::Trie;
use crate::text::{Corpus, Vocab};

/// The trie of all n-grams of orders 1 … N, and the counts, `[n][node]`, that hang on it.
///
/// All places of the text are sorted by the N words that begin there. Equal n-grams of every order then stand together,
/// in the order of the trie, and are counted in passing. Beside the result this takes 16 bytes for each token.
pub(super) fn count_ngrams(corpus: &Corpus, vocab: &Vocab, order: usize) -> (Trie, Vec<Vec<u32>>) {
    let ids = corpus.ids();
    let mut tally = Tally { trie: Trie::new(order), counts: vec![Vec::new(); order + 1] };
    tally.counts[0].push(corpus.predicted() as u32);
    let mut before: &[u32] = &[];
    for place in sorted_places(ids, order) {
        let window = window(ids, place, order);
        let common = before.iter().zip(window).take_while(|(a, b)| a == b).count();
        for n in common + 1..=window.len() {
            tally.push(n, window[n - 1]);
        }
        for counts in &mut tally.counts[1..=window.len()] {
            *counts.last_mut().expect("the n-gram was pushed") += 1;
        }
        before = window;
    }
    tally.unseen_unigrams(vocab.len() as u32);
    tally.trie.close();
    tally.counts.iter_mut().for_each(Vec::shrink_to_fit);
    (tally.trie, tally.counts)
}

struct Tally {
    trie: Trie,
    counts: Vec<Vec<u32>>,
}

impl Tally {
    fn push(&mut self, n: usize, word: u32) {
        if n == 1 {
            self.unseen_unigrams(word);
        }
        self.trie.push(n, word);
        self.counts[n].push(0);
    }

    /// Level 1 of the trie has a node for every id; these were not seen.
    fn unseen_unigrams(&mut self, end: u32) {
        for word in self.trie.len(1) as u32..end {
            self.trie.push(1, word);
            self.counts[1].push(0);
        }
    }
}

/// The n-gram that begins at a place: N words, or fewer at the end of a sentence.
fn window(ids: &[u32], place: u32, order: usize) -> &[u32] {
    let window = &ids[place as usize..ids.len().min(place as usize + order)];
    match window.iter().position(|&id| id == Vocab::EOS) {
        Some(end) => &window[..=end],
        None => window,
    }
}

/// All places of a text in the order of their windows.
///
/// The first two words, packed into one number, nearly always decide; only for equal pairs is the text looked at again.
fn sorted_places(ids: &[u32], order: usize) -> impl Iterator<Item = u32> {
    let pair = |place: u32| {
        let window = window(ids, place, order.min(2));
        (u64::from(window[0]) << 32) | u64::from(window.get(1).copied().unwrap_or(0))
    };
    let rest = |place: u32| window(ids, place, order).iter().skip(2);
    let mut places: Vec<(u64, u32)> = (0..ids.len() as u32).map(|place| (pair(place), place)).collect();
    places.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| rest(a.1).cmp(rest(b.1))));
    places.into_iter().map(|(_, place)| place)
}
