//! What kind of hidden Markov model to fit to a text.

use super::baum_welch::BaumWelch;
use crate::{Error, Result, text::Level};
use serde::{Deserialize, Serialize};

/// The highest number of states that is allowed: A alone has K² numbers, and each step in time takes K² products.
const MAX_STATES: usize = 4096;

/// The choices behind a hidden Markov model of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HmmConfig {
    /// K, the number of hidden states: 1 to 4096. Default 32.
    pub states: usize,
    /// At most so many iterations of Baum–Welch. Default 100.
    pub iterations: usize,
    /// Stops when an iteration has gained less than this, in nats per token. Default 10⁻⁴.
    pub tolerance: f64,
    /// Baum–Welch is started so many times, from different models; the best is kept. Default 1.
    pub restarts: usize,
    /// Of the first start; the others take the numbers that follow. Default 0.
    pub seed: u64,
    /// What is added to every emission count in the end, so that no token is impossible: k > 0. Default 0.1.
    pub k: f64,
    /// Default words.
    pub level: Level,
}

impl Default for HmmConfig {
    fn default() -> HmmConfig {
        HmmConfig { states: 32, iterations: 100, tolerance: 1e-4, restarts: 1, seed: 0, k: 0.1, level: Level::Word }
    }
}

impl HmmConfig {
    /// # Errors
    /// If a field is out of its range.
    pub fn check(&self) -> Result<()> {
        let wrong = |name, found, expected| Err(Error::Config { name, found, expected });
        if !(1..=MAX_STATES).contains(&self.states) {
            return wrong("the number of states", self.states.to_string(), format!("1 to {MAX_STATES}"));
        }
        if self.restarts == 0 {
            return wrong("the number of restarts", "0".into(), "at least 1".into());
        }
        if !(self.k > 0.0 && self.k.is_finite()) {
            return wrong("k", self.k.to_string(), "a positive number, for instance 0.1".into());
        }
        self.baum_welch().check()
    }

    pub(super) fn baum_welch(&self) -> BaumWelch {
        BaumWelch { iterations: self.iterations, tolerance: self.tolerance }
    }
}
