//! The outside algorithm: what all the other words say of one place in a sentence.

use super::{Binary, Grammar};
use crate::{Error, Result};
use ndarray::{Array1, Array3};

impl Grammar {
    /// For each `[MASK]` of a sentence, from left to right, the distribution of the word there given all words that are
    /// told, before and behind: what no masked language model can beat.
    ///
    ///   p(wᵢ = w | the others) = Σ_A α(i, i, A)·p(A → w) / β(1, T, S)
    ///
    /// With several masks, each distribution is over all words that the other ones may be.
    ///
    /// Shapes: each (V,), in the order of [`Grammar::words`].
    ///
    /// # Errors
    /// As for [`Grammar::log_prob`], and if no sentence of the grammar has these words in these places.
    pub fn masked(&self, sentence: &str) -> Result<Vec<Array1<f64>>> {
        let words = self.read(sentence)?;
        let beta = self.inside(&words);
        let z = beta[[0, words.len() - 1, 0]];
        if z == 0.0 {
            let message = "whatever stands for the masks, the grammar does not give it".into();
            return Err(Error::Notation { text: sentence.into(), expected: "a sentence of the grammar", message });
        }
        let alpha = self.outside(&beta);
        let posterior = |i: usize| {
            let mut p = Array1::zeros(self.words.len());
            self.lexical.iter().for_each(|rule| p[rule.w] += alpha[[i, i, rule.a]] * rule.p / z);
            p
        };
        Ok((0..words.len()).filter(|&i| words[i].is_none()).map(posterior).collect())
    }

    /// α(i, j, A) = p(S ⇒ w₁ … wᵢ₋₁ A wⱼ₊₁ … w_T), for all spans; longer ones first. A span's rule hands to each of its two
    /// halves what is outside of itself, times what is inside of the other half.
    ///
    ///   α(1, T, S) = 1
    ///   α(i, k, B)   += α(i, j, A)·p(A → B C)·β(k+1, j, C)
    ///   α(k+1, j, C) += α(i, j, A)·p(A → B C)·β(i, k, B)      for all A → B C, i ≤ k < j
    ///
    /// Shapes: α, β (T, T, M). Time: O(T³·R).
    ///
    /// Source: Baker 1979; Lari and Young 1990, The estimation of stochastic context-free grammars using the
    /// inside–outside algorithm.
    fn outside(&self, beta: &Array3<f64>) -> Array3<f64> {
        let t = beta.dim().0;
        let mut alpha = Array3::zeros(beta.dim());
        alpha[[0, t - 1, 0]] = 1.0;
        for length in (2..=t).rev() {
            for i in 0..=t - length {
                let j = i + length - 1;
                for &Binary { a, b, c, p } in &self.binary {
                    let outside = alpha[[i, j, a]] * p;
                    for k in i..j {
                        alpha[[i, k, b]] += outside * beta[[k + 1, j, c]];
                        alpha[[k + 1, j, c]] += outside * beta[[i, k, b]];
                    }
                }
            }
        }
        alpha
    }
}
