//! From counts to probabilities: the one recursion behind all smoothing methods.

use super::trie::Trie;
use crate::text::Vocab;

/// A smoothing method: how the words that follow a context share its probability with the words that do not.
pub(super) trait Method {
    /// For a context h of n − 1 words: takes the counts c(hw) of the words w that follow it, writes α(hw), and returns
    /// γ(h), such that Σ_w α(hw) + γ(h) = 1. The context is whole if a query could not know more of what stands before:
    /// it has N − 1 words, or begins with `<s>`.
    ///
    /// Shapes: c (number of followers,) · alpha the same. At least one count is positive.
    fn share(&self, n: usize, whole: bool, c: &[u32], alpha: &mut [f64]) -> f64;
}

/// The probabilities and back-off weights of a model, as `[n][node]`, in log10. `log_b` has no highest level.
pub(super) struct Estimates {
    pub log_p: Vec<Vec<f32>>,
    pub log_b: Vec<Vec<f32>>,
}

/// The recursion from short contexts to long ones.                                                          [ngram.5]
///
///   pₙ(w | h) = α(hw) + γ(h)·pₙ₋₁(w | h′)      h = w₁ … wₙ₋₁ · h′ = w₂ … wₙ₋₁ · p₀(w) = 1/V
///
/// If hw was not seen, α(hw) = 0 and γ(h)·pₙ₋₁(w | h′) remains: γ(h) is the back-off weight b(h) of an ARPA file. If h
/// itself was not seen, pₙ(w | h) = pₙ₋₁(w | h′), so b(h) = 1. V counts `<unk>` and `</s>`, and not `<s>`, whose
/// count here is 0 and whose probability is written as log10 p = 0, as KenLM does; no query gives it.
pub(super) fn estimate(
    trie: &Trie,
    suffixes: &[Vec<u32>],
    counts: &[Vec<u32>],
    v: usize,
    method: &dyn Method,
) -> Estimates {
    let mut log_p = vec![Vec::new()];
    let mut log_b = Vec::new();
    let mut lower = vec![1.0 / v as f64];
    let mut after_bos = 0..0; // the contexts that begin with <s>
    for n in 1..=trie.order() {
        let mut p = vec![0.0; trie.len(n)];
        let mut b = vec![0.0; trie.len(n - 1)];
        for (h, b) in b.iter_mut().enumerate() {
            let followers = trie.children(n - 1, h as u32);
            if followers.is_empty() {
                continue;
            }
            let whole = n == trie.order() || after_bos.contains(&h);
            let gamma = method.share(n, whole, &counts[n][followers.clone()], &mut p[followers.clone()]);
            for hw in followers {
                p[hw] += gamma * lower[suffixes[n][hw] as usize];
            }
            *b = log10(gamma);
        }
        log_p.push(p.iter().map(|&p| log10(p).min(0.0)).collect());
        log_b.push(b);
        lower = p;
        after_bos = trie.after_bos(n);
    }
    log_p[1][Vocab::BOS as usize] = 0.0;
    Estimates { log_p, log_b }
}

fn log10(x: f64) -> f32 {
    x.log10() as f32
}
