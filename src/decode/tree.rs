//! All that a search looked at.

use super::Hypothesis;
use crate::{plot::Tree, text::Vocab};

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

    /// The search as a picture: the probability of each beginning, what became of it, and the way to a text that was
    /// found. The words are the caller's; those of the fates: went on, ended, dropped.
    pub fn picture(&self, title: &str, unit: &str, fates: [&str; 3], vocab: &Vocab, text: &Hypothesis) -> Tree {
        let parents: Vec<usize> = self.nodes.iter().map(|node| node.parent).collect();
        let names: Vec<String> = self.nodes.iter().map(|node| vocab.token(node.token).into()).collect();
        let p: Vec<f64> = self.nodes.iter().map(|node| node.log_prob.exp()).collect();
        let fate_of: Vec<usize> = self.nodes.iter().map(|node| node.fate as usize).collect();
        let tokens: Vec<u32> = text.tokens.iter().copied().chain(text.ended.then_some(Vocab::EOS)).collect();
        let is_it = |&node: &usize| self.nodes[node - 1].fate == Fate::Finished && self.tokens(node) == tokens;
        let end = (1..=self.nodes.len()).find(is_it).unwrap_or(SearchTree::ROOT);
        let root = vocab.token(Vocab::BOS);
        Tree::new(title, unit, root).nodes(&parents, &names, &p).fates(&fates, &fate_of).path_to(end)
    }
}
