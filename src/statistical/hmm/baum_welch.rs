//! Baum–Welch: EM for hidden Markov models.

use super::{
    expected::HmmCounts,
    model::{Hmm, check_any},
};
use crate::{Error, Result};
use ndarray::{Array2, ArrayView2, Axis};
use std::fmt;

/// When to stop.
#[derive(Clone, Debug, PartialEq)]
pub struct BaumWelch {
    /// At most so many iterations. Default 100.
    pub iterations: usize,
    /// Stops when an iteration has gained less than this, in nats per symbol. Default 10⁻⁵; 0 never stops early,
    /// but where nothing at all is gained.
    pub tolerance: f64,
}

impl Default for BaumWelch {
    fn default() -> BaumWelch {
        BaumWelch { iterations: 100, tolerance: 1e-5 }
    }
}

impl BaumWelch {
    /// # Errors
    /// If there is no iteration, or the tolerance is negative, infinite or NaN.
    pub fn check(&self) -> Result<()> {
        let wrong = |name, found, expected: &str| Err(Error::Config { name, found, expected: expected.into() });
        if self.iterations == 0 {
            return wrong("the number of iterations", "0".into(), "at least 1");
        }
        if !(0.0..f64::INFINITY).contains(&self.tolerance) {
            return wrong("the tolerance", self.tolerance.to_string(), "0 or more, in nats per symbol");
        }
        Ok(())
    }
}

/// An iteration of Baum–Welch.
#[derive(Clone, Debug, PartialEq)]
pub struct BaumWelchStep {
    /// From 1 on.
    pub iteration: usize,
    /// ln p of all sequences, in nats, under the model with which the iteration began.
    pub log_likelihood: f64,
    /// −ln p per symbol.
    pub nats_per_symbol: f64,
    /// By how much that has fallen since the iteration before; `None` for the first.
    pub gain: Option<f64>,
}

impl Hmm {
    /// The M step: the probabilities that make the expected counts most likely.                             [hmm.10]
    ///
    ///   πᵢ = γ₁(i)      aᵢⱼ = Σₜ ξₜ(i, j) / Σₜ Σⱼ ξₜ(i, j)      bⱼ(v) = Σ over xₜ = v of γₜ(j) / Σₜ γₜ(j)
    ///
    /// Over several sequences each sum goes over all of them. A state that is never reached, or never left, has no counts:
    /// it keeps its row. (hmmlearn 0.3 makes it a row of zeros, which is no distribution.)
    ///
    /// To smooth, add to the counts before: `counts.emissions += 0.1;`.
    ///
    /// # Panics
    /// If the counts are those of a model of another size.
    ///
    /// Source: Baum, Petrie, Soules & Weiss 1970; Rabiner 1989, (40a)–(40c).
    pub fn reestimate(&self, counts: &HmmCounts) -> Hmm {
        let (found, expected) = (counts.emissions.dim(), (self.states(), self.symbols()));
        assert!(found == expected, "counts of (states, symbols) {found:?} for a model of {expected:?}");
        let pi = normalised(counts.initial.view().insert_axis(Axis(0)), self.pi.view().insert_axis(Axis(0)));
        Hmm::unchecked(
            pi.remove_axis(Axis(0)),
            normalised(counts.transitions.view(), self.a.view()),
            normalised(counts.emissions.view(), self.b_t.t()),
        )
    }

    /// Baum–Welch: E step and M step in turn, from this model on. The likelihood never falls; where it ends, a local
    /// optimum, depends on the start.
    ///
    /// Returns the last model, and the iterations.
    ///
    /// # Errors
    /// If there is no sequence, one is empty or impossible, or a symbol is not the model's.
    pub fn fit(&self, sequences: &[Vec<u32>], config: &BaumWelch) -> Result<(Hmm, Vec<BaumWelchStep>)> {
        self.fit_watched(sequences, config, &mut |_, _, _| ())
    }

    /// As [`Hmm::fit`], calling `watch` at the end of each iteration with what it found, its expected counts and its
    /// new model.
    ///
    /// # Errors
    /// As for [`Hmm::fit`].
    pub fn fit_watched(
        &self,
        sequences: &[Vec<u32>],
        config: &BaumWelch,
        watch: &mut Watch,
    ) -> Result<(Hmm, Vec<BaumWelchStep>)> {
        config.check()?;
        check_any(sequences)?;
        let mut hmm = self.clone();
        let mut steps: Vec<BaumWelchStep> = Vec::new();
        for iteration in 1..=config.iterations {
            let counts = hmm.expected_counts(sequences)?;
            hmm = hmm.reestimate(&counts);
            let nats_per_symbol = -counts.log_likelihood / counts.symbols as f64;
            let gain = steps.last().map(|before| before.nats_per_symbol - nats_per_symbol);
            let step = BaumWelchStep { iteration, log_likelihood: counts.log_likelihood, nats_per_symbol, gain };
            watch(&step, &counts, &hmm);
            steps.push(step);
            if gain.is_some_and(|gain| gain <= config.tolerance) {
                break;
            }
        }
        Ok((hmm, steps))
    }
}

/// What looks on while a model is fitted.
pub type Watch<'a> = dyn FnMut(&BaumWelchStep, &HmmCounts, &Hmm) + 'a;

/// Each row divided by its sum; where that is 0, the row of `old`.
pub(super) fn normalised(counts: ArrayView2<f64>, old: ArrayView2<f64>) -> Array2<f64> {
    let mut p = counts.to_owned();
    for (mut row, old) in p.outer_iter_mut().zip(old.outer_iter()) {
        match row.sum() {
            sum if sum > 0.0 => row /= sum,
            _ => row.assign(&old),
        }
    }
    p
}

impl fmt::Display for BaumWelchStep {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "iteration {:3}: {:.6} nats per symbol", self.iteration, self.nats_per_symbol)?;
        self.gain.map_or(Ok(()), |gain| write!(f, ", gained {gain:.6}"))
    }
}
