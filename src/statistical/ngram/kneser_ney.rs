//! Interpolated modified Kneser–Ney smoothing.

use super::{
    discount::{Discounts, counts_of_counts},
    trie::Trie,
};

/// Kneser–Ney's counts: below the highest order an n-gram counts for as many as it has words before it.      [ngram.9]
///
///   a(g) = c(g)           if g has the highest order N, or begins with `<s>` (nothing can stand before it)
///   a(g) = N₁₊(· g)       otherwise: the number of different words v such that vg was seen
///
/// "Francisco" may be frequent, but it follows one word only: where nothing is known of the context, a poor guess.
/// Source: Kneser & Ney 1995, Improved backing-off for m-gram language modeling.
pub(super) fn adjusted_counts(trie: &Trie, suffixes: &[Vec<u32>], mut c: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
    for n in 1..trie.order() {
        let mut a = vec![0; trie.len(n)];
        for &suffix in &suffixes[n + 1] {
            a[suffix as usize] += 1;
        }
        let after_bos = trie.after_bos(n);
        a[after_bos.clone()].copy_from_slice(&c[n][after_bos]);
        c[n] = a;
    }
    c
}

/// The three discounts of modified Kneser–Ney.                                                             [ngram.10]
///
///   Dⱼ = j − (j + 1)·Y·nⱼ₊₁/nⱼ   for j = 1, 2, 3+      Y = n₁/(n₁ + 2·n₂)
///   p(w | h) = (a(hw) − D(a(hw)))/Σ_w a(hw) + γ(h)·p(w | h′)      γ(h) = Σ_w D(a(hw))/Σ_w a(hw)
///
/// nⱼ is the number of n-grams of this order with a = j. Where a discount does not exist (nⱼ = 0) or is not between 0
/// and j, all three become ½, 1 and 1½, as with KenLM's `lmplz --discount_fallback`.
/// Source: Chen & Goodman 1999, An empirical study of smoothing techniques for language modeling, equation 26.
pub(super) fn kneser_ney_discounts(n: usize, adjusted: &[u32]) -> Discounts {
    let counts_of_counts = counts_of_counts(adjusted);
    let nj = counts_of_counts.map(|n| n as f64);
    let y = nj[0] / (nj[0] + 2.0 * nj[1]);
    let d = [1, 2, 3].map(|j| j as f64 - (j + 1) as f64 * y * nj[j] / nj[j - 1]);
    let usable = |(j, d): (usize, &f64)| nj[j] > 0.0 && (0.0..=(j + 1) as f64).contains(d);
    let fallback = !d.iter().enumerate().all(usable);
    Discounts { order: n, counts_of_counts, d: if fallback { [0.5, 1.0, 1.5] } else { d }, fallback }
}
