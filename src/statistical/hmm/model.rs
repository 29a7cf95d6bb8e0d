//! The hidden Markov model: its three arrays, checked once.

use crate::{
    Error, Result,
    math::{check_distribution, check_rows, rng},
    text::check_text,
};
use ndarray::{Array, Array1, Array2, Axis, Dimension};
use ndarray_rand::{RandomExt, rand_distr::Exp1};
use std::fmt;

/// A hidden Markov model λ = (A, B, π) with discrete emissions.
///
/// A chain of hidden states z₁ z₂ …, each drawn from its predecessor's row of A, the first from π; each state emits one
/// symbol, drawn from its row of B. Only the symbols x₁ x₂ … are seen.
///
/// Shapes: π (K) · A (K, K), aᵢⱼ = p(zₜ₊₁ = j | zₜ = i) · B (K, V), bⱼ(v) = p(xₜ = v | zₜ = j).
/// Source: Rabiner 1989, A tutorial on hidden Markov models and selected applications in speech recognition; formulas
/// are cited by his sections and numbers.
#[derive(Clone, PartialEq)]
pub struct Hmm {
    pub(super) pi: Array1<f64>,
    pub(super) a: Array2<f64>,
    /// Aᵀ, for the way back.
    pub(super) a_t: Array2<f64>,
    /// Bᵀ (V, K): what each step needs is bⱼ(xₜ) for all states j, here a row.
    pub(super) b_t: Array2<f64>,
}

impl Hmm {
    /// A model of given probabilities, which are taken as they are.
    ///
    /// # Errors
    /// If the shapes contradict each other, or π or a row of A or B is no distribution: a number is negative or NaN,
    /// or the sum is not 1 (within 1e-8).
    pub fn new(pi: Array1<f64>, a: Array2<f64>, b: Array2<f64>) -> Result<Hmm> {
        let (k, v) = b.dim();
        check_sizes(k, v)?;
        for (what, found, expected) in [("π", pi.shape(), vec![k]), ("A", a.shape(), vec![k, k])] {
            if found != expected {
                return Err(Error::Shape { what, found: found.to_vec(), expected, to: "the rows of B" });
            }
        }
        check_distribution("π", pi.view())?;
        check_rows("A", a.view())?;
        check_rows("B", b.view())?;
        Ok(Hmm::unchecked(pi, a, b))
    }

    pub(super) fn unchecked(pi: Array1<f64>, a: Array2<f64>, b: Array2<f64>) -> Hmm {
        let [a, a_t, b_t] = [a.view(), a.t(), b.t()].map(|array| array.as_standard_layout().into_owned());
        Hmm { pi, a, a_t, b_t }
    }

    /// A model by chance: each row is drawn evenly from all distributions (a flat Dirichlet distribution).
    ///
    /// # Errors
    /// If there is no state or no symbol.
    pub fn random(states: usize, symbols: usize, seed: u64) -> Result<Hmm> {
        check_sizes(states, symbols)?;
        let mut rng = rng(seed);
        let mut rows = |rows, columns| {
            let mut drawn = Array2::random_using((rows, columns), Exp1, &mut rng);
            drawn.outer_iter_mut().for_each(|mut row: ndarray::ArrayViewMut1<f64>| row /= row.sum());
            drawn
        };
        let pi = rows(1, states).remove_axis(Axis(0));
        Ok(Hmm::unchecked(pi, rows(states, states), rows(states, symbols)))
    }

    /// K, the number of hidden states.
    pub fn states(&self) -> usize {
        self.a.nrows()
    }

    /// V, the number of symbols: 0 to V − 1.
    pub fn symbols(&self) -> usize {
        self.b_t.nrows()
    }

    /// π (K): where the chain starts.
    pub fn pi(&self) -> Array1<f64> {
        self.pi.clone()
    }

    /// A (K, K): from each state to the next.
    pub fn a(&self) -> Array2<f64> {
        self.a.clone()
    }

    /// B (K, V): what each state emits.
    pub fn b(&self) -> Array2<f64> {
        self.b_t.t().as_standard_layout().into_owned()
    }

    /// The number of probabilities that the model keeps: K + K² + K·V.
    pub fn parameters(&self) -> usize {
        self.pi.len() + self.a.len() + self.b_t.len()
    }

    /// bⱼ(x) for all states j.
    pub(super) fn emission(&self, x: u32) -> &[f64] {
        let k = self.states();
        &slice(&self.b_t)[x as usize * k..][..k]
    }

    /// Sequences hold symbols, each at least one.
    pub(super) fn check<S: AsRef<[u32]>>(&self, sequences: &[S]) -> Result<()> {
        check_sequences(sequences, self.symbols())
    }
}

/// The numbers of an array, row by row.
pub(super) fn slice<D: Dimension>(array: &Array<f64, D>) -> &[f64] {
    array.as_slice().expect("an array in standard order")
}

/// # Errors
/// If a sequence is empty, or holds a number of `size` or above.
pub(super) fn check_sequences<S: AsRef<[u32]>>(sequences: &[S], size: usize) -> Result<()> {
    sequences.iter().enumerate().try_for_each(|(sequence, symbols)| check_text(sequence, symbols.as_ref(), size))
}

/// # Errors
/// If there is nothing to learn from.
pub(super) fn check_any(sequences: &[Vec<u32>]) -> Result<()> {
    if !sequences.is_empty() {
        return Ok(());
    }
    Err(Error::Config { name: "the number of sequences", found: "0".into(), expected: "at least 1".into() })
}

pub(super) fn check_sizes(states: usize, symbols: usize) -> Result<()> {
    for (name, found) in [("the number of states", states), ("the number of symbols", symbols)] {
        if found == 0 || found > u32::MAX as usize {
            return Err(Error::Config { name, found: found.to_string(), expected: "at least 1".into() });
        }
    }
    Ok(())
}

impl fmt::Debug for Hmm {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "hidden Markov model of {} states and {} symbols", self.states(), self.symbols())
    }
}

/// The three arrays, as far as they can be read.
impl fmt::Display for Hmm {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "{self:?}")?;
        writeln!(f, "π = {:.3}\nA =\n{:.3}\nB =\n{:.3}", self.pi, self.a, self.b_t.t())
    }
}
