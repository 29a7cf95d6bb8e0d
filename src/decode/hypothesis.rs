//! A text that a model may have meant.

/// A text with what it is worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Hypothesis {
    /// Without `</s>`.
    pub tokens: Vec<u32>,
    /// Whether `</s>` came; if not, the text was cut off at the maximum.
    pub ended: bool,
    /// Σ ln p of its tokens, `</s>` included, as the search saw them.
    pub log_prob: f64,
    /// What the search compares: ln p over a power of the length.
    pub score: f64,
}

impl Hypothesis {
    /// How many tokens were paid for: those of the text, and `</s>`.
    pub fn len(&self) -> usize {
        self.tokens.len() + usize::from(self.ended)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
