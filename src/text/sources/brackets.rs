//! Brackets of several kinds, closed in the right order: Dyck words, the simplest language that needs a stack.

use super::pairs::{Pair, distinct};
use crate::{Error, Result, math::draw};
use ndarray::Array1;
use ndarray_rand::rand::{Rng, rngs::StdRng};

const OPEN: [char; 4] = ['(', '[', '{', '<'];
const CLOSE: [char; 4] = [')', ']', '}', '>'];

/// Dyck words by chance: the number of bracket pairs is drawn first, each equally likely; then, of all words with so many
/// pairs that are nowhere deeper than allowed, each is equally likely.
#[derive(Clone, Debug, PartialEq)]
pub struct Brackets {
    /// How many of `()`, `[]`, `{}`, `<>`: 1 to 4. Default 2.
    pub kinds: usize,
    /// The most brackets that are open at once: at least 1. Default 5.
    pub max_depth: usize,
    /// The most pairs in a word: 1 to 100. Default 10.
    pub max_pairs: usize,
}

impl Default for Brackets {
    fn default() -> Brackets {
        Brackets { kinds: 2, max_depth: 5, max_pairs: 10 }
    }
}

impl Brackets {
    /// # Errors
    /// If a field is out of its range.
    pub fn check(&self) -> Result<()> {
        let fields = [
            ("the number of kinds of brackets", self.kinds, 4),
            ("the depth", self.max_depth, usize::MAX),
            ("the number of bracket pairs", self.max_pairs, 100),
        ];
        match fields.into_iter().find(|(_, found, most)| !(1..=*most).contains(found)) {
            None => Ok(()),
            Some((name, found, most)) => {
                let expected = if most == usize::MAX { "at least 1".into() } else { format!("1 to {most}") };
                Err(Error::Config { name, found: found.to_string(), expected })
            }
        }
    }

    /// The entropy of a word, in bits. With Dₙ words of n pairs over one kind of bracket, K kinds and n from 1 to N:
    ///
    ///   H = log₂ N + (1/N)·Σₙ log₂(Dₙ·Kⁿ)
    ///
    /// # Errors
    /// As for [`Brackets::check`].
    pub fn entropy(&self) -> Result<f64> {
        self.check()?;
        let (paths, k, n) = (self.paths(), self.kinds as f64, self.max_pairs as f64);
        let words: f64 = (1..=self.max_pairs).map(|n| paths[2 * n][0].log2() + n as f64 * k.log2()).sum();
        Ok(n.log2() + words / n)
    }

    /// `count` different questions: the beginning of a word, and all brackets that close what is open, innermost first.
    /// At least one is; its first character is the closing bracket that may come next.
    ///
    /// # Errors
    /// As for [`Brackets::check`], and if there are not so many.
    pub fn completions(&self, count: usize, seed: u64) -> Result<Vec<Pair>> {
        self.check()?;
        let paths = self.paths();
        let sources = distinct(count, seed, |rng| {
            let word = self.draw(&paths, rng);
            // A first bracket opens, so something is open behind it, if nowhere else.
            loop {
                let source: String = word[..rng.random_range(1..word.len())].iter().collect();
                if !is_balanced(&source) {
                    return source;
                }
            }
        })?;
        sources.into_iter().map(|source| Ok(Pair { target: still_open(&source)?, source })).collect()
    }

    /// `count` different questions: brackets, and `balanced` or `unbalanced`. Every second one, by chance, is a word in
    /// which one bracket was replaced by another.
    ///
    /// # Errors
    /// As for [`Brackets::completions`].
    pub fn judgements(&self, count: usize, seed: u64) -> Result<Vec<Pair>> {
        self.check()?;
        let paths = self.paths();
        let brackets = [&OPEN[..self.kinds], &CLOSE[..self.kinds]].concat();
        let sources: Vec<String> = distinct(count, seed, |rng| {
            let mut word = self.draw(&paths, rng);
            if rng.random::<bool>() {
                let i = rng.random_range(0..word.len());
                let others: Vec<char> = brackets.iter().copied().filter(|c| *c != word[i]).collect();
                word[i] = others[rng.random_range(0..others.len())];
            }
            word.into_iter().collect()
        })?;
        let pair = |source: String| {
            let target = if is_balanced(&source) { "balanced" } else { "unbalanced" };
            Pair { source, target: target.into() }
        };
        Ok(sources.into_iter().map(pair).collect())
    }

    /// `paths[t][h]`: in how many ways t steps, up or down, lead from height h to 0 and stay within 0 … `max_depth`.
    fn paths(&self) -> Vec<Vec<f64>> {
        let (steps, depth) = (2 * self.max_pairs, self.max_depth.min(self.max_pairs));
        let mut paths = vec![vec![0.0; depth + 1]; steps + 1];
        paths[0][0] = 1.0;
        for t in 1..=steps {
            for h in 0..=depth {
                let up = if h < depth { paths[t - 1][h + 1] } else { 0.0 };
                paths[t][h] = up + if h > 0 { paths[t - 1][h - 1] } else { 0.0 };
            }
        }
        paths
    }

    /// One word: each step up or down with the share of the ways that go on from there.
    fn draw(&self, paths: &[Vec<f64>], rng: &mut StdRng) -> Vec<char> {
        let length = 2 * rng.random_range(1..=self.max_pairs);
        let mut word = Vec::with_capacity(length);
        let mut open = Vec::new();
        for left in (0..length).rev() {
            let ways = |h: Option<usize>| h.and_then(|h| paths[left].get(h)).copied().unwrap_or(0.0);
            let p = Array1::from(vec![ways(Some(open.len() + 1)), ways(open.len().checked_sub(1))]);
            match draw(&p, rng) {
                Some(0) => {
                    let kind = rng.random_range(0..self.kinds);
                    open.push(kind);
                    word.push(OPEN[kind]);
                }
                _ => word.push(CLOSE[open.pop().expect("height 0 has no way down")]),
            }
        }
        word
    }
}

/// The brackets that close what a text leaves open, innermost first: `([` → `])`; nothing if it is balanced.
///
/// # Errors
/// At the first character that is no bracket, or closes what is not open: its position, counted from 0, and what could
/// have stood there.
pub fn still_open(text: &str) -> Result<String> {
    let mut expected: Vec<char> = Vec::new();
    for (i, c) in text.chars().enumerate() {
        let wrong = |found: String| {
            let expected = expected.last().map_or("nothing to close".into(), |c| format!("{c:?} to close"));
            let message = format!("position {i} holds {found}; expected an opening bracket or {expected}");
            Err(Error::Notation { text: text.into(), expected: "the beginning of balanced brackets", message })
        };
        match (OPEN.iter().position(|open| *open == c), CLOSE.contains(&c)) {
            (Some(kind), _) => expected.push(CLOSE[kind]),
            (None, true) if expected.last() == Some(&c) => drop(expected.pop()),
            _ => return wrong(format!("{c:?}")),
        }
    }
    Ok(expected.iter().rev().collect())
}

/// Whether all brackets of a text are closed, in the right order, and nothing else stands in it.
pub fn is_balanced(text: &str) -> bool {
    still_open(text).is_ok_and(|open| open.is_empty())
}
