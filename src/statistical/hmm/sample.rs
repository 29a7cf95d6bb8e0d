//! Sequences by chance.

use super::model::Hmm;
use crate::math::{draw, rng};
use ndarray::{Array1, Array2};

/// What a model has drawn: symbols, and the states behind them.
#[derive(Clone, Debug, PartialEq)]
pub struct HmmSample {
    pub symbols: Vec<u32>,
    pub states: Vec<u32>,
}

impl Hmm {
    /// Draws `length` states, each from its predecessor's row of A, and a symbol from each.
    pub fn sample(&self, length: usize, seed: u64) -> HmmSample {
        let mut rng = rng(seed);
        let mut from = |p: &Array1<f64>| draw(p, &mut rng).expect("rows of a model sum to 1") as u32;
        let rows = |matrix: &Array2<f64>| matrix.outer_iter().map(|row| row.to_owned()).collect::<Vec<_>>();
        let (a, b) = (rows(&self.a), rows(&self.b()));
        let mut sample = HmmSample { symbols: Vec::with_capacity(length), states: Vec::with_capacity(length) };
        let mut next = &self.pi;
        for _ in 0..length {
            let z = from(next);
            sample.states.push(z);
            sample.symbols.push(from(&b[z as usize]));
            next = &a[z as usize];
        }
        sample
    }
}
