//! Forward: how probable is what was seen so far, and where may the chain be now?

use super::{
    model::{Hmm, slice},
    step::row_times,
};
use crate::{Error, Result};
use ndarray::{Array1, Array2, ArrayView1};

/// What is less probable than this, in one step, counts as impossible. It keeps all that is computed from α̂ and β̂ far
/// from the smallest and the largest number that an f64 holds; no data tell 10⁻¹⁵⁰ from 0.
const TINY: f64 = 1e-150;

/// The forward variables of a sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct Forward {
    /// α̂ (T, K): p(zₜ | x₁ … xₜ), each row with the sum 1. A sequence that becomes impossible has rows of 0 from there on.
    pub alpha: Array2<f64>,
    /// c (T): the scaling factors 1/p(xₜ | x₁ … xₜ₋₁). ∞ where the sequence is impossible.
    pub c: Array1<f64>,
}

impl Hmm {
    /// The forward recursion, scaled at each step.                                                         [hmm.3]
    ///
    ///   α₁(j) = πⱼ·bⱼ(x₁)      αₜ₊₁(j) = (Σᵢ αₜ(i)·aᵢⱼ)·bⱼ(xₜ₊₁)      p(x₁ … x_T) = Σⱼ α_T(j)
    ///
    /// αₜ(j) = p(x₁ … xₜ, zₜ = j): T·K² products in place of the Kᵀ paths. Memory: T·K numbers.
    ///
    /// # Errors
    /// If the sequence is empty, or a symbol is not the model's. An impossible sequence is no error.
    ///
    /// Source: Rabiner 1989, (18)–(21).
    pub fn forward(&self, symbols: &[u32]) -> Result<Forward> {
        self.check(&[symbols])?;
        Ok(self.forward_checked(symbols))
    }

    pub(super) fn forward_checked(&self, symbols: &[u32]) -> Forward {
        let k = self.states();
        let mut alpha = vec![0.0; symbols.len() * k];
        let mut c = Array1::zeros(symbols.len());
        for (t, &x) in symbols.iter().enumerate() {
            let (before, now) = alpha.split_at_mut(t * k);
            let now = &mut now[..k];
            match t {
                0 => now.copy_from_slice(slice(&self.pi)),
                _ => row_times(&before[(t - 1) * k..], slice(&self.a), now),
            }
            c[t] = scale(now, self.emission(x));
        }
        Forward { alpha: Array2::from_shape_vec((symbols.len(), k), alpha).expect("T rows of K"), c }
    }

    /// ln p(x₁ … x_T), in nats; −∞ if the sequence is impossible.
    ///
    /// # Errors
    /// As for [`Hmm::forward`].
    pub fn log_likelihood(&self, symbols: &[u32]) -> Result<f64> {
        Ok(self.forward(symbols)?.log_likelihood())
    }
}

/// Scaling: α̂ instead of α, which for a hundred symbols would be too small for any number.                    [hmm.4]
///
///   cₜ = 1/Σⱼ α̃ₜ(j)      α̂ₜ(j) = cₜ·α̃ₜ(j)      ln p(x₁ … x_T) = −Σₜ ln cₜ
///
/// α̃ₜ is what the recursion makes of α̂ₜ₋₁; 1/cₜ = p(xₜ | x₁ … xₜ₋₁). Returns cₜ; `alpha` comes as α̂ₜ₋₁·A and leaves as α̂ₜ.
/// Source: Rabiner 1989, section V.A, (103). Differs: what is below 10⁻¹⁵⁰ becomes 0.
pub(super) fn scale(alpha: &mut [f64], b: &[f64]) -> f64 {
    for (alpha, &b) in alpha.iter_mut().zip(b) {
        let p = *alpha * b;
        *alpha = if p < TINY { 0.0 } else { p };
    }
    let c = 1.0 / ArrayView1::from(&*alpha).sum();
    if c.is_finite() {
        alpha.iter_mut().for_each(|alpha| *alpha *= c);
    }
    c
}

impl Forward {
    /// ln p(x₁ … x_T) = −Σₜ ln cₜ, in nats; −∞ if the sequence is impossible.
    pub fn log_likelihood(&self) -> f64 {
        -self.c.iter().map(|c| c.ln()).sum::<f64>()
    }

    /// # Errors
    /// If the sequence, number `sequence` among others, is impossible: with the place from which on it is.
    pub(super) fn check(&self, sequence: usize) -> Result<()> {
        match self.c.iter().position(|c| c.is_infinite()) {
            Some(place) => Err(Error::Impossible { sequence, place }),
            None => Ok(()),
        }
    }
}
