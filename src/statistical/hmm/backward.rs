//! Backward: how probable is what is still to come?

use super::{
    forward::Forward,
    model::{Hmm, slice},
    step::row_times,
};
use crate::Result;
use ndarray::Array2;

impl Hmm {
    /// The backward recursion, scaled with the factors of the forward one.                                 [hmm.5]
    ///
    ///   β_T(i) = 1      βₜ(i) = Σⱼ aᵢⱼ·bⱼ(xₜ₊₁)·βₜ₊₁(j)      β̂ₜ(i) = cₜ · … · c_T · βₜ(i)
    ///
    /// βₜ(i) = p(xₜ₊₁ … x_T | zₜ = i), and Σᵢ α̂ₜ(i)·β̂ₜ(i)/cₜ = 1 at every t. Where α̂ₜ(i) = 0, so is β̂ₜ(i): nothing asks
    /// for it, and it can be too large for any number.
    ///
    /// Shapes: β̂ (T, K).
    ///
    /// # Errors
    /// If the sequence is empty or impossible, or a symbol is not the model's.
    ///
    /// Source: Rabiner 1989, (23)–(25), and section V.A.
    pub fn backward(&self, symbols: &[u32]) -> Result<Array2<f64>> {
        let forward = self.forward(symbols)?;
        forward.check(0)?;
        Ok(self.backward_checked(symbols, &forward))
    }

    pub(super) fn backward_checked(&self, symbols: &[u32], Forward { alpha, c }: &Forward) -> Array2<f64> {
        let k = self.states();
        let mut beta = vec![0.0; symbols.len() * k];
        let mut w = vec![0.0; k];
        for (t, alpha) in slice(alpha).chunks_exact(k).enumerate().rev() {
            let (now, after) = beta[t * k..].split_at_mut(k);
            match symbols.get(t + 1) {
                None => now.fill(1.0),
                Some(&x) => {
                    for ((w, &b), beta) in w.iter_mut().zip(self.emission(x)).zip(after) {
                        *w = b * *beta;
                    }
                    row_times(&w, slice(&self.a_t), now);
                }
            }
            for (beta, &alpha) in now.iter_mut().zip(alpha) {
                *beta = if alpha > 0.0 { c[t] * *beta } else { 0.0 };
            }
        }
        Array2::from_shape_vec((symbols.len(), k), beta).expect("T rows of K")
    }
}
