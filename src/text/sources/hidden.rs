//! The hidden Markov source: a Markov chain that nobody sees, and a symbol from each of its states.

use super::MarkovChain;
use crate::{
    Error, Result,
    math::{check_rows, draw, entropy, rng},
};
use ndarray::{Array1, Array2};

/// A source with K hidden states and V symbols. (The model that is learned from symbols is `statistical`'s.)
///
/// Shapes: initial π (K,) · transition A (K, K), Aᵢⱼ = p(j | i) · emission B (K, V), Bᵢᵥ = p(v | i).
#[derive(Clone, Debug, PartialEq)]
pub struct HiddenSource {
    pub initial: Array1<f64>,
    pub transition: Array2<f64>,
    pub emission: Array2<f64>,
}

/// The most sums over states that [`HiddenSource::entropy_bounds`] enumerates.
const MOST_HISTORIES: f64 = 1e7;

impl HiddenSource {
    /// # Errors
    /// If `initial` or a row of one of the matrices is no probability distribution, or their sizes do not fit.
    pub fn new(initial: Array1<f64>, transition: Array2<f64>, emission: Array2<f64>) -> Result<HiddenSource> {
        let MarkovChain { initial, transition } = MarkovChain::new(initial, transition)?;
        let (k, v) = (initial.len(), emission.ncols());
        if emission.nrows() != k {
            let (found, expected) = (emission.shape().to_vec(), vec![k, v]);
            return Err(Error::Shape { what: "the emission matrix", found, expected, to: "the initial distribution" });
        }
        check_rows("the emission matrix", emission.view())?;
        Ok(HiddenSource { initial, transition, emission })
    }

    /// The chain of the hidden states.
    pub fn chain(&self) -> MarkovChain {
        MarkovChain { initial: self.initial.clone(), transition: self.transition.clone() }
    }

    /// The first n symbols, by chance, and the states that gave them: (symbols, states).
    pub fn sample(&self, n: usize, seed: u64) -> (Vec<u32>, Vec<u32>) {
        let states = self.chain().sample(n, seed);
        let rows: Vec<Array1<f64>> = self.emission.rows().into_iter().map(|row| row.to_owned()).collect();
        // A generator of its own, so that the states are those that the chain alone gives.
        let mut rng = rng(seed ^ u64::MAX);
        let emit = |&s: &u32| draw(&rows[s as usize], &mut rng).expect("rows were checked to sum to one") as u32;
        (states.iter().map(emit).collect(), states)
    }

    /// Bounds for the entropy rate H, which has no closed form, in bits per symbol: (lower, upper).
    ///
    ///   H(Xₙ | X₁ … Xₙ₋₁, S₁)  ≤  H  ≤  H(Xₙ | X₁ … Xₙ₋₁)
    ///
    /// The chain runs from ever: S₁ has the stationary distribution. Both are exact sums over all histories, so the time is
    /// O(K·Vⁿ⁻¹·(K + V)·K); as n grows, they close in on H.
    ///
    /// Source: Cover and Thomas 2006, Theorem 4.5.1.
    ///
    /// # Errors
    /// If n is 0 or so large that the sum has more than 10⁷ histories, or the stationary distribution is not unique.
    pub fn entropy_bounds(&self, n: usize) -> Result<(f64, f64)> {
        let (k, v) = self.emission.dim();
        let histories = k as f64 * (v as f64).powi(n.min(1000) as i32 - 1);
        if n == 0 || histories > MOST_HISTORIES {
            let expected = format!("from 1 to so many that {k}·{v}ⁿ⁻¹, the number of histories, is at most 10⁷");
            return Err(Error::Config { name: "n", found: n.to_string(), expected });
        }
        let mu = self.chain().stationary()?;
        let knowing = |s: usize| {
            let mut a = Array1::zeros(k);
            a[s] = mu[s];
            self.next_entropy(&a, n)
        };
        Ok(((0..k).map(knowing).sum(), self.next_entropy(&mu, n)))
    }

    /// H of the n-th symbol from here on given those before it, times the probability of being here.
    ///
    /// Shapes: a (K,), aᵢ = p(what was seen so far, the state that emits next is i).
    fn next_entropy(&self, a: &Array1<f64>, n: usize) -> f64 {
        let p = a.sum();
        if p == 0.0 {
            return 0.0;
        }
        if n == 1 {
            return p * entropy((a.dot(&self.emission) / p).view());
        }
        self.emission.columns().into_iter().map(|b| self.next_entropy(&(a * &b).dot(&self.transition), n - 1)).sum()
    }
}
