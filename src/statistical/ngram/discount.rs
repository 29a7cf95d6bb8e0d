//! Discounting: what absolute discounting and Kneser–Ney have in common.

use super::estimate::Method;
use std::fmt;

/// The discounts of one order.
#[derive(Clone, Debug, PartialEq)]
pub struct Discounts {
    /// n.
    pub order: usize,
    /// n₁ … n₄: how many n-grams were counted exactly once, twice, three and four times.
    pub counts_of_counts: [u64; 4],
    /// D₁, D₂ and D₃₊: what is taken from a count of one, of two, and of three or more.
    pub d: [f64; 3],
    /// The counts of counts gave no usable discounts, and these are a guess.
    pub fallback: bool,
}

impl Discounts {
    /// A note for the reader, if the discounts are a guess.
    pub(super) fn note(&self) -> Option<String> {
        let Discounts { order, counts_of_counts: [n1, n2, n3, n4], d: [d1, d2, d3], .. } = self;
        self.fallback.then(|| {
            format!(
                "order {order}: the counts of counts (n1 = {n1}, n2 = {n2}, n3 = {n3}, n4 = {n4}) give no discounts, \
                 so these are a guess: {d1}, {d2}, {d3}; is the text too small?"
            )
        })
    }
}

impl fmt::Display for Discounts {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Discounts { order, d: [d1, d2, d3], fallback, .. } = self;
        write!(f, "order {order}: D1 {d1:.6}  D2 {d2:.6}  D3+ {d3:.6}")?;
        f.write_str(if *fallback { "  (fallback)" } else { "" })
    }
}

/// n₁ … n₄.
pub(super) fn counts_of_counts(counts: &[u32]) -> [u64; 4] {
    let mut n = [0; 4];
    for &c in counts.iter().filter(|c| (1..=4).contains(*c)) {
        n[c as usize - 1] += 1;
    }
    n
}

/// The discounts of all orders, [n − 1] for order n.
pub(super) struct Discounting(pub Vec<Discounts>);

/// Interpolation with discounts: α = (c(hw) − D(c(hw)))/c(h), γ = Σ_w D(c(hw))/c(h).
impl Method for Discounting {
    fn share(&self, n: usize, _: bool, c: &[u32], alpha: &mut [f64]) -> f64 {
        let [d1, d2, d3] = self.0[n - 1].d;
        let total: f64 = c.iter().map(|&c| f64::from(c)).sum();
        let mut taken = 0.0;
        for (alpha, &c) in alpha.iter_mut().zip(c) {
            let d = [0.0, d1, d2, d3][c.min(3) as usize];
            *alpha = (f64::from(c) - d) / total;
            taken += d;
        }
        taken / total
    }
}
