//! Absolute discounting.

use super::discount::{Discounts, counts_of_counts};

/// Absolute discounting, interpolated: the same amount is taken from every count.                           [ngram.8]
///
///   p(w | h) = max(c(hw) − D, 0)/c(h) + γ(h)·p(w | h′)      γ(h) = D·N₁₊(h ·)/c(h)      D = n₁/(n₁ + 2·n₂)
///
/// N₁₊(h ·) is the number of different words that follow h. One D for each order, from that order's raw counts; ½ where
/// n₁ or n₂ is 0. Source: Ney, Essen & Kneser 1994, On structuring probabilistic dependences in stochastic language
/// modelling.
pub(super) fn absolute_discounts(n: usize, counts: &[u32]) -> Discounts {
    let counts_of_counts = counts_of_counts(counts);
    let [n1, n2, ..] = counts_of_counts.map(|n| n as f64);
    let fallback = n1 == 0.0 || n2 == 0.0;
    let d = if fallback { 0.5 } else { n1 / (n1 + 2.0 * n2) };
    Discounts { order: n, counts_of_counts, d: [d; 3], fallback }
}
