//! Where the states are known: counting.

use super::{
    expected::HmmCounts,
    model::{Hmm, check_any, check_sequences, check_sizes},
    paths::check_lengths,
};
use crate::{Error, Result};
use ndarray::{Array1, Array2};

impl Hmm {
    /// The supervised estimate: relative frequencies, with add-k smoothing.                                [hmm.9]
    ///
    ///   πᵢ = (c₁(i) + k)/Σᵢ(c₁(i) + k)      aᵢⱼ = (c(i → j) + k)/Σⱼ(c(i → j) + k)      bⱼ(v) = (c(j ↑ v) + k)/Σᵥ(c(j ↑ v) + k)
    ///
    /// c₁ counts first states, c(i → j) pairs of neighbours, c(j ↑ v) what j emitted. It maximises the joint likelihood
    /// of symbols and states if k = 0. A row without any count is uniform then.
    ///
    /// `symbols` and `states` hold sequences side by side; `sizes` is (K, V).
    ///
    /// # Errors
    /// If K or V is 0, k is negative or NaN, there is no sequence, one is empty, the states are more or fewer than the
    /// symbols, or a number is outside of its range.
    ///
    /// Source: Manning & Schütze 1999, Foundations of statistical natural language processing, section 10.2.
    pub fn supervised(symbols: &[Vec<u32>], states: &[Vec<u32>], sizes: (usize, usize), k: f64) -> Result<Hmm> {
        let (k_states, v) = sizes;
        check_sizes(k_states, v)?;
        if !(k >= 0.0 && k.is_finite()) {
            return Err(Error::Config { name: "k", found: k.to_string(), expected: "0, or a positive number".into() });
        }
        check_any(symbols)?;
        if symbols.len() != states.len() {
            let (found, expected) = (vec![states.len()], vec![symbols.len()]);
            return Err(Error::Shape { what: "the list of state sequences", found, expected, to: "those of symbols" });
        }
        check_sequences(symbols, v)?;
        check_sequences(states, k_states)?;
        let mut counts = HmmCounts::zeros(k_states, v);
        for (x, z) in symbols.iter().zip(states) {
            check_lengths(x, z)?;
            counts.symbols += x.len();
            counts.initial[z[0] as usize] += 1.0;
            z.windows(2).for_each(|pair| counts.transitions[[pair[0] as usize, pair[1] as usize]] += 1.0);
            z.iter().zip(x).for_each(|(&z, &x)| counts.emissions[[z as usize, x as usize]] += 1.0);
        }
        counts.initial += k;
        counts.transitions += k;
        counts.emissions += k;
        let uniform = |rows, columns| Array2::from_elem((rows, columns), 1.0 / columns as f64);
        let pi = Array1::from_elem(k_states, 1.0 / k_states as f64);
        Ok(Hmm::unchecked(pi, uniform(k_states, k_states), uniform(k_states, v)).reestimate(&counts))
    }
}
