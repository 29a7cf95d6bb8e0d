//! The even process: two states, two symbols, and no n-gram that gets it right.

use super::HiddenSource;
use crate::math::{entropy, rng};
use ndarray::array;
use ndarray_rand::rand::Rng;

/// The even process: between two 0s stands an even number of 1s.
///
/// ```text
///      ½: 0        ½: 1
///     ┌────┐   ┌─────────▶┐
///     └──▶ A ──┘          B        A emits 0 and stays, or 1 and goes to B, each with probability ½;
///          ▲──────────────┘        B emits 1 and goes back.
///                1: 1
/// ```
///
/// Symbols stand on the edges. Who has seen one 0 and counts the 1s since (odd or even: one bit of memory) knows the state;
/// who sees only the last k symbols cannot be sure when all of them are 1. So the process is a Markov chain of no order.
///
/// Source: Weiss 1973, Subshifts of finite type and sofic systems; as a source, Crutchfield and Feldman 2003, Regularities
/// unseen, randomness observed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EvenProcess;

impl EvenProcess {
    /// The entropy rate, in bits per symbol. In the long run the process is in A two thirds of the time, where the next
    /// symbol is worth one bit; in B it is worth none.
    pub const ENTROPY_RATE: f64 = 2.0 / 3.0;

    /// The entropy of the next symbol for the best predictor that sees the last k symbols, in bits.
    ///
    /// With aₖ = p(k times 1, then A) and bₖ = p(k times 1, then B):
    ///
    ///   a₀ = ⅔   b₀ = ⅓   aₖ = bₖ₋₁   bₖ = ½·aₖ₋₁
    ///   Hₖ = (⅔ − aₖ)·1 + (aₖ + bₖ)·h(½·aₖ / (aₖ + bₖ))
    ///
    /// A 0 among the k symbols gives the state away: in A, the next symbol is worth 1 bit. If all are 1, it is worth h, the
    /// entropy of a coin, and the next symbol is 0 only from A. Hₖ falls to 2/3 and never reaches it.
    pub fn predictor_entropy(k: usize) -> f64 {
        let (a, b) = (0..k).fold((2.0 / 3.0, 1.0 / 3.0), |(a, b), _| (b, a / 2.0));
        // After some 2,000 symbols 1, a + b is smaller than any number: the history that puzzles never comes.
        if a + b == 0.0 {
            return EvenProcess::ENTROPY_RATE;
        }
        let zero = a / 2.0 / (a + b);
        2.0 / 3.0 - a + (a + b) * entropy(array![zero, 1.0 - zero].view())
    }

    /// n symbols, by chance. The process has run for ever: the first state is A with probability ⅔.
    pub fn sample(n: usize, seed: u64) -> Vec<u32> {
        let mut rng = rng(seed);
        let mut in_b = rng.random::<f64>() < 1.0 / 3.0;
        let step = |_| {
            let x = in_b || rng.random::<bool>();
            in_b = x && !in_b;
            x as u32
        };
        (0..n).map(step).collect()
    }

    /// Whether the process can give these symbols: each run of 1s between two 0s is even. (The runs at the two ends were
    /// cut, and may have any length.) A symbol other than 0 and 1 is never legal.
    pub fn is_legal(x: &[u32]) -> bool {
        let zeros: Vec<usize> = (0..x.len()).filter(|&t| x[t] == 0).collect();
        x.iter().all(|&x| x < 2) && zeros.windows(2).all(|pair| (pair[1] - pair[0]) % 2 == 1)
    }

    /// The same process with symbols on its states. A symbol that stands on an edge needs a state for each edge, so
    /// there are three: A→A, which emits 0, A→B and B→A, which emit 1.
    pub fn hidden_source() -> HiddenSource {
        HiddenSource {
            initial: array![1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0],
            transition: array![[0.5, 0.5, 0.0], [0.0, 0.0, 1.0], [0.5, 0.5, 0.0]],
            emission: array![[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]],
        }
    }
}
