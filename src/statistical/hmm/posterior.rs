//! Posteriors: which state, in the light of everything that was seen?

use super::model::Hmm;
use crate::Result;
use ndarray::{Array2, ArrayView1};

impl Hmm {
    /// The posteriors of the states, by forward and backward.                                              [hmm.6]
    ///
    ///   γₜ(i) = p(zₜ = i | x₁ … x_T) = α̂ₜ(i)·β̂ₜ(i) / Σⱼ α̂ₜ(j)·β̂ₜ(j)
    ///
    /// Shapes: γ (T, K), each row with the sum 1.
    ///
    /// # Errors
    /// If the sequence is empty or impossible, or a symbol is not the model's.
    ///
    /// Source: Rabiner 1989, (26)–(28).
    pub fn posteriors(&self, symbols: &[u32]) -> Result<Array2<f64>> {
        let forward = self.forward(symbols)?;
        forward.check(0)?;
        let beta = self.backward_checked(symbols, &forward);
        Ok(gamma(forward.alpha, &beta))
    }

    /// Posterior decoding: at each time the state that is most probable then, arg maxᵢ γₜ(i).
    ///
    /// As many states as possible are right, in expectation; the path as a whole may be impossible. ([`Hmm::viterbi`]
    /// gives the most probable path.) Among equals the first.
    ///
    /// # Errors
    /// As for [`Hmm::posteriors`].
    ///
    /// Source: Rabiner 1989, (29).
    pub fn decode_posterior(&self, symbols: &[u32]) -> Result<Vec<u32>> {
        Ok(self.posteriors(symbols)?.outer_iter().map(arg_max).collect())
    }
}

/// γ, in the place of α̂.
pub(super) fn gamma(alpha: Array2<f64>, beta: &Array2<f64>) -> Array2<f64> {
    let mut gamma = alpha;
    for (mut gamma, beta) in gamma.outer_iter_mut().zip(beta.outer_iter()) {
        gamma *= &beta;
        gamma *= 1.0 / gamma.sum();
    }
    gamma
}

pub(super) fn arg_max(row: ArrayView1<f64>) -> u32 {
    let better = |best: usize, (i, &x): (usize, &f64)| if x > row[best] { i } else { best };
    row.iter().enumerate().fold(0, better) as u32
}
