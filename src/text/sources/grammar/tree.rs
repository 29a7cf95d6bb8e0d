//! Sentences by chance, with their trees.

use super::{Binary, Grammar, Lexical};
use crate::math::{draw, rng};
use ndarray::Array1;
use ndarray_rand::rand::rngs::StdRng;
use std::fmt;

/// A derivation: a non-terminal over its parts. A word is a tree without children. Written by `{}` with brackets:
/// `(S (NP (D the) (N fox)) (VP sleeps))`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    pub label: String,
    pub children: Vec<Tree>,
}

/// The right side of a rule.
pub(super) enum Right {
    Pair(usize, usize),
    Word(usize),
}

impl Grammar {
    /// n trees, by chance: from the start symbol on, each non-terminal is replaced by one of its rules.
    pub fn trees(&self, n: usize, seed: u64) -> Vec<Tree> {
        let mut rng = rng(seed);
        let rules: Vec<Rules> = (0..self.names.len()).map(|a| self.rules(a).into_iter().unzip()).collect();
        let rules: Vec<_> = rules.into_iter().map(|(right, p)| (right, Array1::from(p))).collect();
        (0..n).map(|_| self.grow(0, &rules, &mut rng)).collect()
    }

    /// n sentences, by chance: the words of [`Grammar::trees`] of the same seed.
    pub fn sentences(&self, n: usize, seed: u64) -> Vec<String> {
        self.trees(n, seed).iter().map(Tree::sentence).collect()
    }

    /// ln p(tree): the sum of the logarithms of its rules' probabilities, in nats; −∞ if a rule is not the grammar's. The
    /// tree may begin with any non-terminal.
    pub fn tree_log_prob(&self, tree: &Tree) -> f64 {
        let parts: Vec<&str> = tree.children.iter().map(|child| child.label.as_str()).collect();
        let names = |right: &Right| match right {
            Right::Pair(b, c) => vec![self.names[*b].as_str(), &self.names[*c]],
            Right::Word(w) => vec![self.words[*w].as_str()],
        };
        let rules = self.names.iter().position(|name| *name == tree.label).map(|a| self.rules(a)).unwrap_or_default();
        let p = rules.iter().find(|(right, _)| names(right) == parts).map_or(0.0, |(_, p)| *p);
        let below = tree.children.iter().filter(|child| !child.children.is_empty());
        p.ln() + below.map(|child| self.tree_log_prob(child)).sum::<f64>()
    }

    pub(super) fn rules(&self, a: usize) -> Vec<(Right, f64)> {
        let pairs = self.binary.iter().filter(|rule| rule.a == a).map(|&Binary { b, c, p, .. }| (Right::Pair(b, c), p));
        let words = self.lexical.iter().filter(|rule| rule.a == a).map(|&Lexical { w, p, .. }| (Right::Word(w), p));
        pairs.chain(words).collect()
    }

    fn grow(&self, a: usize, rules: &[(Vec<Right>, Array1<f64>)], rng: &mut StdRng) -> Tree {
        let (right, p) = &rules[a];
        let children = match right[draw(p, rng).expect("the rules of a non-terminal sum to one")] {
            Right::Pair(b, c) => vec![self.grow(b, rules, rng), self.grow(c, rules, rng)],
            Right::Word(w) => vec![Tree { label: self.words[w].clone(), children: Vec::new() }],
        };
        Tree { label: self.names[a].clone(), children }
    }
}

type Rules = (Vec<Right>, Vec<f64>);

impl Tree {
    /// The words of the tree, with a space between them.
    pub fn sentence(&self) -> String {
        if self.children.is_empty() {
            return self.label.clone();
        }
        self.children.iter().map(Tree::sentence).collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.children.is_empty() {
            return f.write_str(&self.label);
        }
        write!(f, "({}", self.label)?;
        self.children.iter().try_for_each(|child| write!(f, " {child}"))?;
        f.write_str(")")
    }
}
