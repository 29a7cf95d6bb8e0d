//! The shape of a set of n-grams: which of them there are, and how they hang together.

use crate::text::Vocab;
use std::ops::Range;

/// A trie of n-grams, a level for each order, in flat sorted arrays.
///
/// The node of an n-gram w₁ … wₙ is a number on level n; its children, on level n + 1, are the n-grams that go on from
/// it. Level 0 has one node, the root, the empty n-gram; level 1 has a node for every id of the vocabulary, at that
/// very number. A level is sorted by the ids of its n-grams, so the children of a node stand side by side, sorted.
///
/// Other arrays (counts, probabilities) hang on the same numbers. A node takes 8 bytes, 4 on the highest level.
#[derive(Clone, Debug, Default)]
pub(super) struct Trie {
    levels: Vec<Level>,
}

#[derive(Clone, Debug, Default)]
struct Level {
    /// The last word of each n-gram.
    word: Vec<u32>,
    /// Where the children of each node begin on the next level, and, as a last entry, where they all end.
    children: Vec<u32>,
}

/// The number of the root on level 0.
pub(super) const ROOT: u32 = 0;

impl Trie {
    /// A trie that takes n-grams up to an order, to be filled with [`Trie::push`] and finished with [`Trie::close`].
    pub fn new(order: usize) -> Trie {
        Trie { levels: vec![Level::default(); order] }
    }

    /// Adds the node of an n-gram with this last word to level n, under the last node of level n − 1.
    pub fn push(&mut self, n: usize, word: u32) {
        if n < self.order() {
            let begin = self.levels[n].word.len() as u32;
            self.levels[n - 1].children.push(begin);
        }
        self.levels[n - 1].word.push(word);
    }

    /// Ends the last node's children on every level.
    pub fn close(&mut self) {
        for n in 1..self.order() {
            let end = self.levels[n].word.len() as u32;
            self.levels[n - 1].children.push(end);
        }
        self.levels.iter_mut().for_each(|level| {
            level.word.shrink_to_fit();
            level.children.shrink_to_fit();
        });
    }

    /// Puts a whole level under the present highest one. `nodes` holds (parent, last word), sorted and without doubles.
    pub fn push_level(&mut self, nodes: &[(u32, u32)]) {
        if let Some(parents) = self.levels.last_mut() {
            let begin = |parent: usize| nodes.partition_point(|node| (node.0 as usize) < parent) as u32;
            parents.children = (0..=parents.word.len()).map(begin).collect();
        }
        self.levels.push(Level { word: nodes.iter().map(|node| node.1).collect(), children: Vec::new() });
    }

    /// N, the highest order.
    pub fn order(&self) -> usize {
        self.levels.len()
    }

    /// The number of n-grams of order n.
    pub fn len(&self, n: usize) -> usize {
        if n == 0 { 1 } else { self.levels[n - 1].word.len() }
    }

    /// The last words of the n-grams of order n.
    pub fn words(&self, n: usize) -> &[u32] {
        &self.levels[n - 1].word
    }

    /// The nodes on level n + 1 that go on from a node of level n; none on the highest level.
    pub fn children(&self, n: usize, node: u32) -> Range<usize> {
        match n {
            0 => 0..self.len(1),
            n if n == self.order() => 0..0,
            n => self.children_of(n, node as usize..node as usize + 1),
        }
    }

    /// The nodes on level n + 1 that go on from a range of nodes of level n < N.
    fn children_of(&self, n: usize, nodes: Range<usize>) -> Range<usize> {
        let begins = &self.levels[n - 1].children;
        begins[nodes.start] as usize..begins[nodes.end] as usize
    }

    /// The nodes of level n whose n-grams begin with `<s>`.
    pub fn after_bos(&self, n: usize) -> Range<usize> {
        let bos = Vocab::BOS as usize;
        (1..n).fold(bos..bos + 1, |nodes, n| self.children_of(n, nodes))
    }

    /// The node on level n + 1 that goes on from a node of level n with this word.
    pub fn child(&self, n: usize, node: u32, word: u32) -> Option<u32> {
        if n == 0 {
            return ((word as usize) < self.len(1)).then_some(word);
        }
        let children = self.children(n, node);
        let at = self.words(n + 1)[children.clone()].binary_search(&word).ok()?;
        Some((children.start + at) as u32)
    }

    /// The node of an n-gram, on the level of its length.
    pub fn find(&self, ngram: &[u32]) -> Option<u32> {
        if ngram.len() > self.order() {
            return None;
        }
        ngram.iter().enumerate().try_fold(ROOT, |node, (n, &word)| self.child(n, node, word))
    }

    /// For every level n and node w₁ … wₙ the node of its suffix w₂ … wₙ on level n − 1.
    ///
    /// # Panics
    /// If an n-gram stands in the trie without its suffix; in the counts of a text that cannot be.
    pub fn suffixes(&self) -> Vec<Vec<u32>> {
        let mut suffixes = vec![vec![ROOT], vec![ROOT; self.len(1)]];
        for n in 1..self.order() {
            let mut of_level = Vec::with_capacity(self.len(n + 1));
            for node in 0..self.len(n) as u32 {
                let suffix = suffixes[n][node as usize];
                for &word in &self.words(n + 1)[self.children(n, node)] {
                    of_level.push(self.child(n - 1, suffix, word).expect("a suffix of a counted n-gram is counted"));
                }
            }
            suffixes.push(of_level);
        }
        suffixes
    }

    /// Calls `visit` with every n-gram of order n and its node, in order, until it returns an error.
    pub fn visit<E>(&self, n: usize, visit: &mut impl FnMut(&[u32], usize) -> Result<(), E>) -> Result<(), E> {
        self.descend(0, ROOT, n, &mut Vec::with_capacity(n), visit)
    }

    fn descend<E>(
        &self,
        depth: usize,
        node: u32,
        n: usize,
        path: &mut Vec<u32>,
        visit: &mut impl FnMut(&[u32], usize) -> Result<(), E>,
    ) -> Result<(), E> {
        if depth == n {
            return visit(path, node as usize);
        }
        for child in self.children(depth, node) {
            path.push(self.words(depth + 1)[child]);
            self.descend(depth + 1, child as u32, n, path, visit)?;
            path.pop();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The trie of "b c", "b d", "c" over the ids 0 … 3 (b = 1, c = 2, d = 3).
    fn trie() -> Trie {
        let mut trie = Trie::default();
        trie.push_level(&[(0, 0), (0, 1), (0, 2), (0, 3)]);
        trie.push_level(&[(1, 2), (1, 3)]);
        trie
    }

    #[test]
    fn nodes_are_found_by_their_words() {
        let trie = trie();
        assert_eq!((trie.order(), trie.len(1), trie.len(2)), (2, 4, 2));
        assert_eq!(trie.find(&[1, 3]), Some(1));
        assert_eq!([&[1, 1][..], &[9], &[2, 2], &[1, 2, 3]].map(|ngram| trie.find(ngram)), [None; 4]);
        assert_eq!(trie.suffixes()[2], [2, 3]);
    }

    #[test]
    fn pushing_node_by_node_or_level_by_level_is_the_same() {
        let mut other = Trie::new(2);
        for (n, word) in [(1, 0), (1, 1), (2, 2), (2, 3), (1, 2), (1, 3)] {
            other.push(n, word);
        }
        other.close();
        assert_eq!(format!("{other:?}"), format!("{:?}", trie()));
        let mut seen = Vec::new();
        let visit = &mut |ngram: &[u32], node| {
            seen.push((ngram.to_vec(), node));
            Ok::<(), ()>(())
        };
        other.visit(2, visit).unwrap();
        assert_eq!(seen, [(vec![1, 2], 0), (vec![1, 3], 1)]);
    }
}
