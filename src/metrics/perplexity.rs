//! The score of a language model on a text.

use std::fmt;

/// What a model's probabilities for a text add up to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    /// Predicted tokens: every word, known or not, and a `</s>` for each sentence.
    pub tokens: usize,
    /// Tokens that are not in the vocabulary, predicted as `<unk>`.
    pub oov: usize,
    /// Tokens to which the model gives probability 0. One is enough to make the perplexity infinite.
    pub zero_probability_tokens: usize,
    /// −Σ ln p over all tokens.
    pub nats: f64,
    /// −Σ ln p over the tokens of the vocabulary. Unknown words still stand in the contexts.
    pub nats_without_oov: f64,
    /// Unicode scalars of the text, one for each line end included: what `</s>` stands for.
    pub characters: usize,
}

impl Score {
    /// Adds a token with −ln p = `nats`.
    pub fn add(&mut self, nats: f64, oov: bool) {
        self.tokens += 1;
        self.nats += nats;
        self.zero_probability_tokens += usize::from(nats == f64::INFINITY);
        if oov {
            self.oov += 1;
        } else {
            self.nats_without_oov += nats;
        }
    }

    /// The perplexity: as uncertain as a fair choice among so many tokens.                                  [ngram.3]
    ///
    ///   PP = exp(−1/T · Σₜ ln p(wₜ | w₁ … wₜ₋₁))      bits per character = −1/C · Σₜ log₂ p(wₜ | w₁ … wₜ₋₁)
    ///
    /// T counts `</s>`, never `<s>`. Infinite if a token has probability 0.
    /// Source: Jelinek, Mercer, Bahl & Baker 1977, Perplexity, a measure of the difficulty of speech recognition tasks.
    pub fn perplexity(&self) -> f64 {
        self.nats_per_token().exp()
    }

    /// The perplexity over the tokens of the vocabulary: what remains when `<unk>`, which is no word, is not counted.
    pub fn perplexity_without_oov(&self) -> f64 {
        (self.nats_without_oov / (self.tokens - self.oov) as f64).exp()
    }

    /// The cross-entropy −1/T · Σₜ ln p, the logarithm of the perplexity.
    pub fn nats_per_token(&self) -> f64 {
        self.nats / self.tokens as f64
    }

    /// All bits over all characters: comparable between models that cut the text into different tokens.
    pub fn bits_per_character(&self) -> f64 {
        self.nats / std::f64::consts::LN_2 / self.characters as f64
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "perplexity {:.2}", self.perplexity())?;
        if self.oov > 0 {
            write!(f, " ({:.2} without OOV)", self.perplexity_without_oov())?;
        }
        write!(f, ", {:.4} nats per token", self.nats_per_token())?;
        write!(f, ", {:.4} bits per character", self.bits_per_character())?;
        write!(f, "; {} tokens, {} OOV", self.tokens, self.oov)?;
        match self.zero_probability_tokens {
            0 => Ok(()),
            zeros => write!(f, ", {zeros} of probability 0"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fair_choice_among_four_has_perplexity_four() {
        let mut score = Score { characters: 6, ..Score::default() };
        (0..3).for_each(|_| score.add(4f64.ln(), false));
        assert!((score.perplexity() - 4.0).abs() < 1e-12);
        assert!((score.bits_per_character() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_zero_makes_the_perplexity_infinite_and_is_counted() {
        let mut score = Score::default();
        score.add(1.0, false);
        score.add(f64::INFINITY, true);
        assert_eq!(score.perplexity(), f64::INFINITY);
        assert!((score.perplexity_without_oov() - 1f64.exp()).abs() < 1e-12);
        assert_eq!((score.oov, score.zero_probability_tokens), (1, 1));
    }
}
