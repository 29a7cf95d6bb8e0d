//! Add-k smoothing: everything was seen k times more than it was.

use super::estimate::Method;

/// Add-k smoothing; k = 1 is Laplace's rule of succession.                                                  [ngram.4]
///
///   p(w | h) = (c(hw) + k)/(c(h) + k·V)
///
/// In the recursion: α = c(hw)/(c(h) + kV), and γ = kV/(c(h) + kV) goes to the uniform distribution 1/V, which is what
/// the lower orders hold. So a word that was not seen gets k/(c(h) + kV). After a context that was not seen, or of which
/// not all N − 1 words are given, every word gets 1/V.
///
/// Source: Lidstone 1920; for words Gale & Church 1994, What's wrong with adding one?
pub(super) struct AddK {
    pub k: f64,
    /// V, the number of words that can be predicted.
    pub v: usize,
}

impl Method for AddK {
    fn share(&self, _: usize, whole: bool, c: &[u32], alpha: &mut [f64]) -> f64 {
        if !whole {
            return 1.0;
        }
        let total: f64 = c.iter().map(|&c| f64::from(c)).sum();
        let kv = self.k * self.v as f64;
        for (alpha, &c) in alpha.iter_mut().zip(c) {
            *alpha = f64::from(c) / (total + kv);
        }
        kv / (total + kv)
    }
}
