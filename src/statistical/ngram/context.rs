//! What an n-gram model remembers of the words before.

use super::trie::{ROOT, Trie};

/// The last words read, as the trie knows them: for k = 0 … N − 1 the node of the last k words, where there is one.
///
/// It makes reading one more word cheap: the node of the last k + 1 words is a child of that of the last k before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    nodes: Vec<Option<u32>>,
}

impl Context {
    /// No word read: in the middle of nowhere, not at the beginning of a sentence.
    pub fn empty() -> Context {
        Context { nodes: vec![Some(ROOT)] }
    }

    /// Reads one more word.
    pub(super) fn advance(&self, trie: &Trie, word: u32) -> Context {
        let longest = self.nodes.len().min(trie.order() - 1);
        let mut nodes = Vec::with_capacity(longest + 1);
        nodes.push(Some(ROOT));
        nodes.extend((0..longest).map(|k| self.nodes[k].and_then(|node| trie.child(k, node, word))));
        while nodes.last() == Some(&None) {
            nodes.pop();
        }
        Context { nodes }
    }

    /// The suffixes of what was read that stand in the trie, the empty one first: their lengths and their nodes.
    pub(super) fn suffixes(&self) -> impl DoubleEndedIterator<Item = (usize, u32)> {
        self.nodes.iter().enumerate().filter_map(|(k, node)| Some((k, (*node)?)))
    }
}
