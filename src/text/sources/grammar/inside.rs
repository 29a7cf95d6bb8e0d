//! The inside algorithm: the probability of a sentence, over all its trees.

use super::{Binary, Grammar};
use crate::{Error, Result};
use ndarray::Array3;

impl Grammar {
    /// ln p(w₁ … w_T), in nats; −∞ if the grammar does not give this sentence. `[MASK]` is any word, so that with masks
    /// this is the probability of the other words and the length.
    ///
    /// # Errors
    /// If the sentence is empty, longer than [`Grammar::MAX_WORDS`], or holds a word that the grammar does not have.
    pub fn log_prob(&self, sentence: &str) -> Result<f64> {
        let words = self.read(sentence)?;
        Ok(self.inside(&words)[[0, words.len() - 1, 0]].ln())
    }

    /// β(i, j, A) = p(A ⇒ wᵢ … wⱼ), for all spans; shorter ones first.
    ///
    ///   β(i, i, A) = p(A → wᵢ)   or, for a word that is not told,   Σ_w p(A → w)
    ///   β(i, j, A) = Σ_{A → B C} p(A → B C)·Σ_{k=i}^{j−1} β(i, k, B)·β(k+1, j, C)
    ///
    /// Shapes: β (T, T, M). Time: O(T³·R).
    ///
    /// Source: Baker 1979, Trainable grammars for speech recognition; Lari and Young 1990.
    pub(super) fn inside(&self, words: &[Option<usize>]) -> Array3<f64> {
        let t = words.len();
        let mut beta = Array3::zeros((t, t, self.names.len()));
        for (i, word) in words.iter().enumerate() {
            for rule in self.lexical.iter().filter(|rule| word.is_none_or(|w| w == rule.w)) {
                beta[[i, i, rule.a]] += rule.p;
            }
        }
        for length in 2..=t {
            for i in 0..=t - length {
                let j = i + length - 1;
                for &Binary { a, b, c, p } in &self.binary {
                    let split: f64 = (i..j).map(|k| beta[[i, k, b]] * beta[[k + 1, j, c]]).sum();
                    beta[[i, j, a]] += p * split;
                }
            }
        }
        beta
    }

    /// The numbers of a sentence's words, `None` for a mask.
    pub(super) fn read(&self, sentence: &str) -> Result<Vec<Option<usize>>> {
        let wrong = |message| Error::Notation { text: sentence.into(), expected: "a text of the grammar", message };
        let word = |(i, word): (usize, &str)| match self.words.iter().position(|known| known == word) {
            None if word != Grammar::MASK => Err(wrong(format!(
                "word {i} is {word:?}; expected one of its {} words or {}",
                self.words.len(),
                Grammar::MASK
            ))),
            w => Ok(w),
        };
        match sentence.split_whitespace().count() {
            1..=Grammar::MAX_WORDS => sentence.split_whitespace().enumerate().map(word).collect(),
            found => Err(wrong(format!("it has {found} words; expected 1 to {}", Grammar::MAX_WORDS))),
        }
    }
}
