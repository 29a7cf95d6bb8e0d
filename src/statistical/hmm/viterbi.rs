//! Viterbi: the most probable path.

use super::{model::Hmm, paths::Path, posterior::arg_max};
use crate::{Error, Result};
use ndarray::{Array1, Array2};

impl Hmm {
    /// The most probable path of states, by dynamic programming in logarithms.                             [hmm.8]
    ///
    ///   δ₁(j) = ln πⱼ + ln bⱼ(x₁)      δₜ₊₁(j) = maxᵢ (δₜ(i) + ln aᵢⱼ) + ln bⱼ(xₜ₊₁)
    ///   back, t = T…2:   z_T = arg maxⱼ δ_T(j)      zₜ₋₁ = ψₜ(zₜ), the i that gave the maximum
    ///
    /// δₜ(j) = ln p of the best path that ends in state j. Among equals the first. Memory: T·K numbers of 4 bytes.
    ///
    /// # Errors
    /// If the sequence is empty or impossible, or a symbol is not the model's.
    ///
    /// Source: Viterbi 1967; Rabiner 1989, (30)–(35), (105).
    pub fn viterbi(&self, symbols: &[u32]) -> Result<Path> {
        self.check(&[symbols])?;
        let [ln_a, ln_b] = [&self.a, &self.b_t].map(|p| p.mapv(f64::ln));
        let mut psi = Array2::<u32>::zeros((symbols.len(), self.states()));
        let mut delta = self.pi.mapv(f64::ln);
        for (t, &x) in symbols.iter().enumerate() {
            if t > 0 {
                let mut best = Array1::from_elem(self.states(), f64::NEG_INFINITY);
                for (i, ln_a) in ln_a.outer_iter().enumerate() {
                    let from_i = delta[i];
                    for ((best, psi), &ln_a) in best.iter_mut().zip(psi.row_mut(t)).zip(ln_a) {
                        let candidate = from_i + ln_a;
                        if candidate > *best {
                            (*best, *psi) = (candidate, i as u32);
                        }
                    }
                }
                delta = best;
            }
            delta += &ln_b.row(x as usize);
            if delta.iter().all(|delta| *delta == f64::NEG_INFINITY) {
                return Err(Error::Impossible { sequence: 0, place: t });
            }
        }
        let mut z = arg_max(delta.view());
        let log_joint = delta[z as usize];
        let mut states = vec![z; symbols.len()];
        for t in (1..symbols.len()).rev() {
            z = psi[[t, z as usize]];
            states[t - 1] = z;
        }
        Ok(Path { states, log_joint })
    }
}
