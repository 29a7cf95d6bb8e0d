//! The E step: how often everything is expected to have happened.

use super::{
    model::{Hmm, slice},
    posterior::gamma,
};
use crate::Result;
use ndarray::{Array1, Array2, ArrayView2, linalg::general_mat_mul, s};

/// Products over time are taken in pieces of so many steps, which stay in the cache.
const BLOCK: usize = 256;

/// Counts of hidden events: as expected under a model, or as seen where the states are known.
#[derive(Clone, Debug, PartialEq)]
pub struct HmmCounts {
    /// Σ ln p(x) over the sequences under the model that expects the counts, in nats; 0 for seen counts.
    pub log_likelihood: f64,
    /// How many symbols were seen, in all sequences.
    pub symbols: usize,
    /// (K): how often the chain started in a state.
    pub initial: Array1<f64>,
    /// (K, K): how often it went from one state to another.
    pub transitions: Array2<f64>,
    /// (K, V): how often a state emitted a symbol.
    pub emissions: Array2<f64>,
}

impl HmmCounts {
    pub(super) fn zeros(states: usize, symbols: usize) -> HmmCounts {
        HmmCounts {
            log_likelihood: 0.0,
            symbols: 0,
            initial: Array1::zeros(states),
            transitions: Array2::zeros((states, states)),
            emissions: Array2::zeros((states, symbols)),
        }
    }
}

impl Hmm {
    /// The E step of Baum–Welch over several sequences: expected counts, in the light of all symbols.       [hmm.7]
    ///
    ///   ξₜ(i, j) = p(zₜ = i, zₜ₊₁ = j | x) = α̂ₜ(i)·aᵢⱼ·bⱼ(xₜ₊₁)·β̂ₜ₊₁(j)
    ///   initial = Σ γ₁      transitions = Σₜ ξₜ = A ⊙ (Σₜ α̂ₜᵀ·(b(xₜ₊₁) ⊙ β̂ₜ₊₁))      emissions(·, v) = Σ over xₜ = v of γₜ
    ///
    /// Memory: 2·T·K numbers for the longest sequence. A sequence of one symbol has no transition.
    ///
    /// # Errors
    /// If a sequence is empty or impossible, or a symbol is not the model's.
    ///
    /// Source: Rabiner 1989, (36)–(39); for several sequences (109), (110).
    pub fn expected_counts(&self, sequences: &[Vec<u32>]) -> Result<HmmCounts> {
        self.check(sequences)?;
        let (k, v) = (self.states(), self.symbols());
        let mut counts = HmmCounts::zeros(k, v);
        let mut emissions_t = Array2::<f64>::zeros((v, k));
        for (sequence, symbols) in sequences.iter().enumerate() {
            let forward = self.forward_checked(symbols);
            forward.check(sequence)?;
            let beta = self.backward_checked(symbols, &forward);
            self.add_transitions(symbols, &forward.alpha, &beta, &mut counts.transitions);
            counts.log_likelihood += forward.log_likelihood();
            counts.symbols += symbols.len();
            let gamma = gamma(forward.alpha, &beta);
            counts.initial += &gamma.row(0);
            for (gamma, &x) in gamma.outer_iter().zip(symbols) {
                let mut row = emissions_t.row_mut(x as usize);
                row += &gamma;
            }
        }
        counts.transitions *= &self.a;
        counts.emissions.assign(&emissions_t.t());
        Ok(counts)
    }

    /// Adds Σₜ α̂ₜᵀ·wₜ₊₁, with w = b(x) ⊙ β̂: matrix products over blocks of time.
    fn add_transitions(&self, symbols: &[u32], alpha: &Array2<f64>, beta: &Array2<f64>, sum: &mut Array2<f64>) {
        let k = self.states();
        let mut w = vec![0.0; k * BLOCK.min(symbols.len())];
        for (block, symbols) in symbols[1..].chunks(BLOCK).enumerate() {
            let t = block * BLOCK;
            let beta = &slice(beta)[(t + 1) * k..];
            for ((w, beta), &x) in w.chunks_exact_mut(k).zip(beta.chunks_exact(k)).zip(symbols) {
                w.iter_mut().zip(beta).zip(self.emission(x)).for_each(|((w, beta), b)| *w = b * beta);
            }
            let w = ArrayView2::from_shape((symbols.len(), k), &w[..symbols.len() * k]).expect("rows of K");
            let alpha = alpha.slice(s![t..t + symbols.len(), ..]);
            general_mat_mul(1.0, &alpha.t(), &w, 1.0, sum);
        }
    }
}
