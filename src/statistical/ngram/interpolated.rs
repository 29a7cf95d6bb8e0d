//! Jelinek–Mercer smoothing, with weights fitted by EM.

use super::{context::Context, counts::NgramCounts, estimate::Method};
use crate::text::Corpus;
use std::fmt;

/// Jelinek–Mercer smoothing: every order has a fixed weight.                                                [ngram.6]
///
///   pₙ(w | h) = λₙ·c(hw)/c(h) + (1 − λₙ)·pₙ₋₁(w | h′)      p₀(w) = 1/V
///
/// After a context that was not seen, pₙ = pₙ₋₁. Source: Jelinek & Mercer 1980, Interpolated estimation of Markov
/// source parameters from sparse data. Differs: one weight for each order, not for each class of contexts.
pub(super) struct Interpolated {
    /// λ₁ … λ_N.
    pub weights: Vec<f64>,
}

impl Method for Interpolated {
    fn share(&self, n: usize, _: bool, c: &[u32], alpha: &mut [f64]) -> f64 {
        let lambda = self.weights[n - 1];
        let total: f64 = c.iter().map(|&c| f64::from(c)).sum();
        for (alpha, &c) in alpha.iter_mut().zip(c) {
            *alpha = lambda * f64::from(c) / total;
        }
        1.0 - lambda
    }
}

/// One iteration of EM: weights, and what they are worth.
#[derive(Clone, Debug, PartialEq)]
pub struct EmStep {
    /// λ₁ … λ_N.
    pub weights: Vec<f64>,
    /// The cross-entropy of the held-out text with these weights. It never rises from one step to the next.
    pub nats_per_token: f64,
}

impl fmt::Display for EmStep {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:.6} nats per token with λ =", self.nats_per_token)?;
        self.weights.iter().try_for_each(|lambda| write!(f, " {lambda:.4}"))
    }
}

/// Where all weights start, and stay if there is no held-out text.
pub(super) const START: f64 = 0.5;
const MOST_STEPS: usize = 200;
/// In nats per token; EM ends when a step gains less.
const LEAST_GAIN: f64 = 1e-6;

/// Fits the weights to held-out text. (On the text that was counted, λ_N = 1 would be best: every n-gram is there.)
pub(super) fn fit_weights(counts: &NgramCounts, held_out: &Corpus) -> Vec<EmStep> {
    let tokens = frequencies(counts, held_out);
    let v = counts.vocab.predicted() as f64;
    let mut weights = vec![START; counts.trie.order()];
    let mut steps: Vec<EmStep> = Vec::new();
    loop {
        let (nats_per_token, next) = step(&tokens, v, &weights);
        let gain = steps.last().map_or(f64::INFINITY, |last| last.nats_per_token - nats_per_token);
        steps.push(EmStep { weights, nats_per_token });
        if gain < LEAST_GAIN || steps.len() == MOST_STEPS {
            return steps;
        }
        weights = next;
    }
}

/// One step of expectation and maximisation.                                                                [ngram.7]
///
/// A token is drawn so: from n = N downwards, stop at order n with probability λₙ and draw w from c(hw)/c(h), else go
/// on to n − 1. Which order drew it is hidden. With fₙ = c(hw)/c(h), p₀ = 1/V and pₙ = λₙ·fₙ + (1 − λₙ)·pₙ₋₁:
///
///   E:  P(stop at n | n was reached, w) = λₙ·fₙ/pₙ      P(n − 1 is reached | w) = Πₘ₌ₙ…N (1 − λₘ·fₘ/pₘ)
///   M:  λₙ ← Σ_tokens P(stopped at n | w) / Σ_tokens P(n was reached | w)
///
/// The sums for λₙ are over tokens whose context of n − 1 words was seen; after the others nobody chooses.
///
/// Shapes: each token's f is (number of orders whose context was seen,) · weights (N,).
/// Source: Dempster, Laird & Rubin 1977 for EM, Jelinek & Mercer 1980 for this use.
fn step(tokens: &[Vec<f64>], v: f64, weights: &[f64]) -> (f64, Vec<f64>) {
    let mut nats = 0.0;
    let mut stopped = vec![0.0; weights.len()];
    let mut reached = vec![0.0; weights.len()];
    let mut p = vec![0.0; weights.len() + 1];
    for f in tokens {
        p[0] = 1.0 / v;
        for (n, (lambda, f)) in weights.iter().zip(f).enumerate() {
            p[n + 1] = lambda * f + (1.0 - lambda) * p[n];
        }
        nats -= p[f.len()].ln();
        let mut reach = 1.0;
        for n in (0..f.len()).rev() {
            let stop = weights[n] * f[n] / p[n + 1];
            stopped[n] += reach * stop;
            reached[n] += reach;
            reach *= 1.0 - stop;
        }
    }
    let weight = |n: usize| if reached[n] > 0.0 { stopped[n] / reached[n] } else { weights[n] };
    (nats / tokens.len() as f64, (0..weights.len()).map(weight).collect())
}

/// For every token of the held-out text: f₁, f₂, … as far up as its context was seen.
fn frequencies(counts: &NgramCounts, held_out: &Corpus) -> Vec<Vec<f64>> {
    let NgramCounts { trie, counts, .. } = counts;
    let mut tokens = Vec::with_capacity(held_out.predicted());
    for sentence in held_out.sentences() {
        let mut context = Context::empty().advance(trie, sentence[0]);
        for &w in &sentence[1..] {
            let frequency = |(k, h): (usize, u32)| {
                let seen = !trie.children(k, h).is_empty();
                let c = trie.child(k, h, w).map_or(0, |hw| counts[k + 1][hw as usize]);
                seen.then(|| f64::from(c) / f64::from(counts[k][h as usize]))
            };
            tokens.push(context.suffixes().map_while(frequency).collect());
            context = context.advance(trie, w);
        }
    }
    tokens
}
