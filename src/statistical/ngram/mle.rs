//! Maximum likelihood: relative frequencies, and nothing for what was not seen.

use super::estimate::Method;

/// Maximum likelihood estimation.                                                                           [ngram.2]
///
///   p(w | h) = c(hw)/c(h)
///
/// For a context h that was not seen this is 0/0; the model then takes the longest suffix of h that was.
pub(super) struct Mle;

impl Method for Mle {
    fn share(&self, _: usize, _: bool, c: &[u32], alpha: &mut [f64]) -> f64 {
        let total: f64 = c.iter().map(|&c| f64::from(c)).sum();
        for (alpha, &c) in alpha.iter_mut().zip(c) {
            *alpha = f64::from(c) / total;
        }
        0.0
    }
}
