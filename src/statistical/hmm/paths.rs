//! Paths of hidden states, one by one: what the recursions are spared.

use super::model::{Hmm, check_sequences};
use crate::{Error, Result, math::log_sum_exp};
use std::fmt;

/// So many paths are enumerated, not more.
const MAX_PATHS: f64 = 1e6;

/// A path of hidden states beside a sequence of symbols.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// z₁ … z_T.
    pub states: Vec<u32>,
    /// ln p(x₁ … x_T, z₁ … z_T), in nats; −∞ if the path is impossible.
    pub log_joint: f64,
}

impl Hmm {
    /// The joint probability of symbols and states: the model itself, written out.                         [hmm.1]
    ///
    ///   p(x, z) = π_z₁·b_z₁(x₁) · ∏ₜ₌₂ a_zₜ₋₁zₜ · b_zₜ(xₜ)
    ///
    /// Returns ln p, in nats.
    ///
    /// # Errors
    /// If the sequences are empty or differ in length, or hold what the model does not have.
    ///
    /// Source: Rabiner 1989, (13)–(16).
    pub fn log_joint(&self, symbols: &[u32], states: &[u32]) -> Result<f64> {
        self.check(&[symbols])?;
        check_lengths(symbols, states)?;
        check_sequences(&[states], self.states())?;
        Ok(self.log_joint_checked(symbols, states))
    }

    fn log_joint_checked(&self, x: &[u32], z: &[u32]) -> f64 {
        let b = |t: usize| self.b_t[[x[t] as usize, z[t] as usize]].ln();
        let a = |t: usize| self.a[[z[t - 1] as usize, z[t] as usize]].ln();
        self.pi[z[0] as usize].ln() + b(0) + (1..x.len()).map(|t| a(t) + b(t)).sum::<f64>()
    }

    /// All Kᵀ paths, the first state changing slowest.
    ///
    /// # Errors
    /// If the sequence is empty, a symbol is not the model's, or there are more than a million paths.
    pub fn paths(&self, symbols: &[u32]) -> Result<Vec<Path>> {
        self.check(&[symbols])?;
        let (k, len) = (self.states(), symbols.len());
        let count = (k as f64).powf(len as f64);
        if count > MAX_PATHS {
            let expected = format!("at most {MAX_PATHS}; take fewer symbols than {len}, or use `forward`");
            return Err(Error::Config { name: "the number of paths", found: format!("{k}^{len}"), expected });
        }
        let path = |mut number: usize| {
            let mut states = vec![0; len];
            for z in states.iter_mut().rev() {
                (*z, number) = ((number % k) as u32, number / k);
            }
            Path { log_joint: self.log_joint_checked(symbols, &states), states }
        };
        Ok((0..count as usize).map(path).collect())
    }

    /// The likelihood by brute force.                                                                      [hmm.2]
    ///
    ///   p(x) = Σ_z p(x, z), over all Kᵀ paths z
    ///
    /// Returns ln p, in nats.
    ///
    /// # Errors
    /// As for [`Hmm::paths`].
    ///
    /// Source: Rabiner 1989, (17).
    pub fn log_likelihood_by_paths(&self, symbols: &[u32]) -> Result<f64> {
        Ok(log_sum_exp(&self.paths(symbols)?.iter().map(|path| path.log_joint).collect()))
    }
}

pub(super) fn check_lengths(symbols: &[u32], states: &[u32]) -> Result<()> {
    if symbols.len() == states.len() {
        return Ok(());
    }
    let (found, expected) = (vec![states.len()], vec![symbols.len()]);
    Err(Error::Shape { what: "a sequence of states", found, expected, to: "its symbols" })
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.states.iter().try_for_each(|state| write!(f, "{state} "))?;
        write!(f, "(ln p = {:.4})", self.log_joint)
    }
}
