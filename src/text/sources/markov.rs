//! The Markov chain: the next symbol depends on the last one and on nothing else.

use crate::{
    Error, Result,
    math::{check_distribution, check_rows, draw, entropy, rng, solve},
    text::check_text,
};
use ndarray::{Array1, Array2};

/// A Markov chain over the symbols 0 … K−1.
///
/// Shapes: initial π (K,) · transition P (K, K), Pᵢⱼ = p(j | i).
#[derive(Clone, Debug, PartialEq)]
pub struct MarkovChain {
    pub initial: Array1<f64>,
    pub transition: Array2<f64>,
}

impl MarkovChain {
    /// # Errors
    /// If `initial` or a row of `transition` is no probability distribution, or their sizes differ.
    pub fn new(initial: Array1<f64>, transition: Array2<f64>) -> Result<MarkovChain> {
        check_distribution("the initial distribution", initial.view())?;
        let k = initial.len();
        if transition.dim() != (k, k) {
            let (found, expected) = (transition.shape().to_vec(), vec![k, k]);
            return Err(Error::Shape {
                what: "the transition matrix",
                found,
                expected,
                to: "the initial distribution",
            });
        }
        check_rows("the transition matrix", transition.view())?;
        Ok(MarkovChain { initial, transition })
    }

    /// The distribution μ that one more step does not change: μ·P = μ, Σᵢ μᵢ = 1.
    ///
    /// # Errors
    /// If there are several: the chain falls apart into parts that never meet.
    pub fn stationary(&self) -> Result<Array1<f64>> {
        let k = self.initial.len();
        // The K equations of (Pᵀ − I)·μ = 0 say one thing too often: the sum to one takes the place of the last.
        let mut a = &self.transition.t() - Array2::<f64>::eye(k);
        a.row_mut(k - 1).fill(1.0);
        let mut b = Array1::zeros(k);
        b[k - 1] = 1.0;
        let expected = "exactly one; join the parts of the chain that never reach each other";
        let several = || Error::Config {
            name: "the number of stationary distributions",
            found: "more than one".into(),
            expected: expected.into(),
        };
        // Transient symbols come out as 0 up to rounding, on either side.
        Ok(solve(a, b).ok_or_else(several)?.mapv(|mu| mu.max(0.0)))
    }

    /// The entropy rate, in bits per symbol: what the best predictor cannot know of the next symbol in the long run.
    ///
    ///   H = −Σᵢ μᵢ Σⱼ Pᵢⱼ log₂ Pᵢⱼ
    ///
    /// Source: Cover and Thomas 2006, Elements of Information Theory, Theorem 4.2.4.
    ///
    /// # Errors
    /// As for [`MarkovChain::stationary`].
    pub fn entropy_rate(&self) -> Result<f64> {
        let mu = self.stationary()?;
        Ok(self.transition.rows().into_iter().zip(&mu).map(|(p, mu)| mu * entropy(p)).sum())
    }

    /// The first n symbols of the chain, by chance.
    pub fn sample(&self, n: usize, seed: u64) -> Vec<u32> {
        let mut rng = rng(seed);
        let rows: Vec<Array1<f64>> = self.transition.rows().into_iter().map(|row| row.to_owned()).collect();
        let mut x: Vec<u32> = Vec::with_capacity(n);
        for _ in 0..n {
            let p = x.last().map_or(&self.initial, |&last| &rows[last as usize]);
            x.push(draw(p, &mut rng).expect("rows were checked to sum to one") as u32);
        }
        x
    }

    /// ln p(x₁ … x_T) = ln π(x₁) + Σₜ ln P(xₜ₋₁, xₜ), in nats; −∞ if the chain cannot give this.
    ///
    /// # Errors
    /// If x is empty or holds a symbol that is not one of the K.
    pub fn log_prob(&self, x: &[u32]) -> Result<f64> {
        check_text(0, x, self.initial.len())?;
        let steps = x.windows(2).map(|x| self.transition[[x[0] as usize, x[1] as usize]].ln());
        Ok(self.initial[x[0] as usize].ln() + steps.sum::<f64>())
    }
}
