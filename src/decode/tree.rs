//! All that a search looked at.

/// What became of a beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It went on.
    Kept,
    /// It ended, among the best.
    Finished,
    /// Others were better.
    Dropped,
}

/// A beginning: the one before it, and a token more.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchNode {
    /// The node of the beginning before it; that behind `<s>` is [`SearchTree::ROOT`].
    pub parent: usize,
    pub token: u32,
    /// Σ ln p of all tokens up to here.
    pub log_prob: f64,
    pub fate: Fate,
}

/// The beginnings that a beam search compared, in the order in which it did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchTree {
    nodes: Vec<SearchNode>,
}

impl SearchTree {
    /// The parent of what stands first in a text. Nodes are counted from 1.
    pub const ROOT: usize = 0;

    pub(super) fn add(&mut self, parent: usize, token: u32, log_prob: f64, fate: Fate) -> usize {
        self.nodes.push(SearchNode { parent, token, log_prob, fate });
        self.nodes.len()
    }

    /// All nodes but the root, the parents before their children; the node with the number i is `nodes()[i - 1]`.
    pub fn nodes(&self) -> &[SearchNode] {
        &self.nodes
    }

    /// The tokens up to a node.
    pub fn tokens(&self, mut node: usize) -> Vec<u32> {
        let mut tokens = Vec::new();
        while node != SearchTree::ROOT {
            let SearchNode { parent, token, .. } = self.nodes[node - 1];
            tokens.push(token);
            node = parent;
        }
        tokens.reverse();
        tokens
    }
}
