//! Several texts at once.

use super::{Fate, Hypothesis, LanguageModel, Limits, SearchTree};
use crate::{Error, Result, text::Vocab};
use ndarray::Array2;

/// Keeps the most promising beginnings at each step, the beam, in place of one.                      [decoding.2]
///
///   sum(w₁ … wₗ) = Σₜ ln p(wₜ | w₁ … wₜ₋₁)      `</s>` counts, too
///
/// Beginnings are compared by their sums, finished texts by their score. Of the 2B best continuations, those of the first B
/// that end are finished, and the first B that do not end go on.
///
/// Sources: Lowerre 1976 (Harpy), Reddy 1977, who named it. The order of events, and the three ways to
/// stop, are those of Hugging Face's `generate`.
#[derive(Clone, Debug, PartialEq)]
pub struct Beam {
    /// B: how many beginnings are kept. With 1 the search is greedy. Default 4.
    pub width: usize,
    /// α. 0 compares sums, which favours short texts; 1, the default, compares means.
    pub length_penalty: f64,
    /// How many texts to return, at most B. Default 1.
    pub n_best: usize,
    pub stop: Stop,
    pub limits: Limits,
}

/// When a search ends that has B finished texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// At once. Hugging Face: `early_stopping=True`.
    WhenFull,
    /// When the best beginning, were it finished at its length of now, would be worse than all of them. This can miss a
    /// better text if α > 0. Hugging Face: `early_stopping=False`.
    WhenWorse,
    /// When the best beginning can not become better than the worst of them, even at the greatest length. Hugging Face:
    /// `early_stopping="never"`.
    WhenHopeless,
}

impl Default for Beam {
    fn default() -> Beam {
        Beam { width: 4, length_penalty: 1.0, n_best: 1, stop: Stop::WhenWorse, limits: Limits::default() }
    }
}

/// A beginning.
struct Running<S> {
    tokens: Vec<u32>,
    log_prob: f64,
    state: S,
    node: usize,
}

/// A beginning and a token more.
#[derive(Clone, Copy)]
struct Candidate {
    row: usize,
    token: u32,
    log_prob: f64,
}

impl Beam {
    /// # Errors
    /// If a field is out of its range.
    pub fn check(&self) -> Result<()> {
        let wrong = |name, found: String, expected: &str| Err(Error::Config { name, found, expected: expected.into() });
        if self.width == 0 {
            return wrong("the width of the beam", "0".into(), "at least 1");
        }
        if self.n_best == 0 || self.n_best > self.width {
            return wrong(
                "the number of texts to return",
                self.n_best.to_string(),
                "at least 1, and at most the width",
            );
        }
        if !self.length_penalty.is_finite() {
            return wrong("the length penalty", self.length_penalty.to_string(), "a number");
        }
        self.limits.check()
    }

    /// The best texts found, the best first.
    ///
    /// # Errors
    /// If a field is out of its range.
    pub fn search<M: LanguageModel>(&self, model: &M) -> Result<Vec<Hypothesis>> {
        Ok(self.search_from(model, model.start())?.0)
    }

    /// As [`search`](Beam::search), from a state on; and all that was looked at.
    ///
    /// # Errors
    /// As there.
    pub fn search_from<M: LanguageModel>(&self, model: &M, state: M::State) -> Result<(Vec<Hypothesis>, SearchTree)> {
        self.check()?;
        let mut tree = SearchTree::default();
        let mut running = vec![Running { tokens: Vec::new(), log_prob: 0.0, state, node: SearchTree::ROOT }];
        let mut finished: Vec<Hypothesis> = Vec::new();
        for length in 1..=self.limits.max_tokens {
            let candidates = self.candidates(model, &running);
            let last = length == self.limits.max_tokens;
            let ends = |candidate: &Candidate| last || candidate.token == Vocab::EOS;
            let mut next = Vec::new();
            for (rank, &candidate) in candidates.iter().enumerate() {
                let fate = match ends(&candidate) {
                    true if rank < self.width => Fate::Finished,
                    false if next.len() < self.width => Fate::Kept,
                    _ => Fate::Dropped,
                };
                let from = &running[candidate.row];
                let node = tree.add(from.node, candidate.token, candidate.log_prob, fate);
                match fate {
                    Fate::Finished => finished.push(self.finish(&from.tokens, candidate, length)),
                    Fate::Kept => next.push((candidate, node)),
                    Fate::Dropped => (),
                }
            }
            finished.sort_by(|a, b| b.score.total_cmp(&a.score));
            finished.truncate(self.width);
            if next.is_empty() || self.stops(&finished, next[0].0.log_prob, length) {
                break;
            }
            running = advance(model, &running, &next);
        }
        finished.truncate(self.n_best);
        Ok((finished, tree))
    }

    /// The 2B best continuations, the best first.
    fn candidates<M: LanguageModel>(&self, model: &M, running: &[Running<M::State>]) -> Vec<Candidate> {
        let states: Vec<&M::State> = running.iter().map(|beginning| &beginning.state).collect();
        let mut log_probs: Array2<f64> = model.log_probs_all(&states);
        for (beginning, mut row) in running.iter().zip(log_probs.outer_iter_mut()) {
            self.limits.restrict(row.view_mut(), &beginning.tokens);
            row += beginning.log_prob;
        }
        best(&log_probs, self.width.saturating_mul(2))
    }

    fn finish(&self, tokens: &[u32], candidate: Candidate, length: usize) -> Hypothesis {
        let ended = candidate.token == Vocab::EOS;
        let last = (!ended).then_some(candidate.token);
        let tokens = tokens.iter().copied().chain(last).collect();
        Hypothesis { tokens, ended, log_prob: candidate.log_prob, score: self.score(candidate.log_prob, length) }
    }

    /// What finished texts are compared by.                                                      [decoding.4]
    ///
    ///   score(w₁ … wₗ) = Σₜ ln p(wₜ | w₁ … wₜ₋₁) / l^α      with l counting `</s>`
    ///
    /// Source: Graves 2012 with α = 1. Wu and others 2016 divide by ((5 + l)/6)^α.
    fn score(&self, log_prob: f64, length: usize) -> f64 {
        log_prob / (length as f64).powf(self.length_penalty)
    }

    /// Whether the search is over, with this best beginning.
    fn stops(&self, finished: &[Hypothesis], best: f64, length: usize) -> bool {
        if finished.len() < self.width {
            return false;
        }
        let hoped_for = match self.stop {
            Stop::WhenFull => return true,
            Stop::WhenHopeless if self.length_penalty > 0.0 => self.limits.max_tokens,
            Stop::WhenWorse | Stop::WhenHopeless => length,
        };
        self.score(best, hoped_for) <= finished[self.width - 1].score
    }
}

/// The largest sums, the largest first, and of equal ones the first. It knows no model, so it is compiled once, here, and
/// not in each notebook.
fn best(sums: &Array2<f64>, wanted: usize) -> Vec<Candidate> {
    let mut best: Vec<Candidate> = Vec::new();
    let mut worst = f64::NEG_INFINITY;
    for ((row, token), &log_prob) in sums.indexed_iter() {
        // Nearly all are worse than the worst that is kept.
        if log_prob > worst {
            let rank = best.partition_point(|better| better.log_prob >= log_prob);
            best.truncate(wanted - 1);
            best.insert(rank, Candidate { row, token: token as u32, log_prob });
            if best.len() == wanted {
                worst = best[wanted - 1].log_prob;
            }
        }
    }
    best
}

fn advance<M: LanguageModel>(
    model: &M,
    running: &[Running<M::State>],
    next: &[(Candidate, usize)],
) -> Vec<Running<M::State>> {
    let states: Vec<&M::State> = next.iter().map(|(candidate, _)| &running[candidate.row].state).collect();
    let tokens: Vec<u32> = next.iter().map(|(candidate, _)| candidate.token).collect();
    let states = model.advance_all(&states, &tokens);
    let longer = |((&(candidate, node), state), &token): ((&(Candidate, usize), M::State), &u32)| Running {
        tokens: running[candidate.row].tokens.iter().copied().chain([token]).collect(),
        log_prob: candidate.log_prob,
        state,
        node,
    };
    next.iter().zip(states).zip(&tokens).map(longer).collect()
}
