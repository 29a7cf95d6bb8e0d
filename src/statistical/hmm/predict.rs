//! What comes next?

use super::{
    forward::scale,
    model::{Hmm, slice},
    step::row_times,
};
use crate::Result;
use ndarray::Array1;

impl Hmm {
    /// The distribution of the next symbol.                                                                [hmm.11]
    ///
    ///   p(zₜ₊₁ = j | x₁ … xₜ) = Σᵢ α̂ₜ(i)·aᵢⱼ      p(xₜ₊₁ = v | x₁ … xₜ) = Σⱼ p(zₜ₊₁ = j | x₁ … xₜ)·bⱼ(v)
    ///
    /// Before the first symbol p(z₁) = π. After an impossible sequence every p is 0.
    ///
    /// Shapes: the result (V).
    ///
    /// # Errors
    /// If a symbol is not the model's.
    pub fn predict(&self, symbols: &[u32]) -> Result<Array1<f64>> {
        if symbols.is_empty() {
            return Ok(self.emit(&self.pi));
        }
        self.check(&[symbols])?;
        Ok(self.emit(&symbols.iter().fold(self.pi.clone(), |z, &x| self.advance(&z, x))))
    }

    /// From p(zₜ | x₁ … xₜ₋₁) to p(zₜ₊₁ | x₁ … xₜ): a step of the forward recursion.
    pub(super) fn advance(&self, z: &Array1<f64>, x: u32) -> Array1<f64> {
        let mut alpha = z.to_vec();
        scale(&mut alpha, self.emission(x));
        let mut next = vec![0.0; alpha.len()];
        row_times(&alpha, slice(&self.a), &mut next);
        next.into()
    }

    /// The distribution of the symbol (V) from that of its state (K).
    pub(super) fn emit(&self, z: &Array1<f64>) -> Array1<f64> {
        self.b_t.dot(z)
    }
}
