//! What every way of decoding lets a model say.

use crate::{Error, Result, text::Vocab};
use ndarray::ArrayViewMut1;

/// How long a text may be, and what it costs to repeat a token.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Before so many tokens the text does not end. Default 0.
    pub min_tokens: usize,
    /// A text that does not end by itself ends here; `</s>` counts. Default 100.
    pub max_tokens: usize,
    /// θ, which multiplies ln p of every token that the text already has: above 1 it becomes less likely. Default 1.
    /// Source: Keskar and others 2019 (CTRL), who divide logits by it.
    pub repetition_penalty: f64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { min_tokens: 0, max_tokens: 100, repetition_penalty: 1.0 }
    }
}

impl Limits {
    /// # Errors
    /// If the longest text has no token, or fewer than the shortest, or the penalty is no positive number.
    pub fn check(&self) -> Result<()> {
        let wrong = |name, found: String, expected: String| Err(Error::Config { name, found, expected });
        let &Limits { min_tokens, max_tokens, repetition_penalty } = self;
        if max_tokens == 0 {
            return wrong("the maximum of tokens", "0".into(), "at least 1".into());
        }
        if min_tokens > max_tokens {
            return wrong(
                "the minimum of tokens",
                min_tokens.to_string(),
                format!("at most {max_tokens}, the maximum"),
            );
        }
        if !(repetition_penalty > 0.0 && repetition_penalty.is_finite()) {
            let expected = "a positive number; 1 leaves the model as it is".into();
            return wrong("the repetition penalty", repetition_penalty.to_string(), expected);
        }
        Ok(())
    }

    /// Changes ln p of the next token, behind these.                                            [decoding.8]
    ///
    ///   ln p(w) ← θ · ln p(w)   for each w that stands in the text so far;   ln p(`</s>`) ← −∞ before the minimum
    ///
    /// A search compares them as they are; drawing takes their softmax, p(w)^θ_w / Σᵥ p(v)^θ_v.
    pub fn restrict(&self, mut log_probs: ArrayViewMut1<f64>, so_far: &[u32]) {
        if self.repetition_penalty != 1.0 {
            for (place, &token) in so_far.iter().enumerate() {
                if !so_far[..place].contains(&token) {
                    log_probs[token as usize] *= self.repetition_penalty;
                }
            }
        }
        if so_far.len() < self.min_tokens {
            log_probs[Vocab::EOS as usize] = f64::NEG_INFINITY;
        }
    }
}
