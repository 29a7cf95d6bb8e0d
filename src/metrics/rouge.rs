//! ROUGE-L: how much of a reference stands in a text in the same order, with anything in between.

use super::{
    References, Tokenization,
    references::{pairs, some_texts},
};
use crate::Result;
use std::fmt;

/// ROUGE-L, the usual score of summaries, with the numbers of rouge-score 0.1.2 (without its stemmer).
///
/// ```
/// use fabula::metrics::RougeL;
/// let score = RougeL::default().sentence("The fox went home hungry.", "The hungry fox went home.")?;
/// assert_eq!(score.to_string(), "ROUGE-L F1 = 0.8000 (precision = 0.8000 recall = 0.8000)");
/// # Ok::<(), fabula::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RougeL {
    /// Default [`Tokenization::Rouge`], for English; of Chinese it leaves nothing: that needs [`Tokenization::Zh`].
    pub tokenization: Tokenization,
}

impl Default for RougeL {
    fn default() -> RougeL {
        RougeL { tokenization: Tokenization::Rouge }
    }
}

/// ROUGE-L: three numbers from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RougeScore {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
}

impl RougeL {
    /// The mean of the sentences' precision, recall and F1.
    ///
    /// # Errors
    /// If there is no hypothesis, not one reference or list of references for each, or an empty list.
    pub fn corpus(&self, hypotheses: &[impl AsRef<str>], references: &[impl References]) -> Result<RougeScore> {
        let pairs = pairs(hypotheses, references)?;
        let scores: Vec<RougeScore> = pairs.iter().map(|(hypothesis, texts)| self.best(hypothesis, texts)).collect();
        let mean = |part: fn(&RougeScore) -> f64| scores.iter().map(part).sum::<f64>() / scores.len() as f64;
        Ok(RougeScore { precision: mean(|s| s.precision), recall: mean(|s| s.recall), f1: mean(|s| s.f1) })
    }

    /// ROUGE-L of one text; of several references, with that for which F1 is highest.
    ///
    /// # Errors
    /// If there is no reference.
    pub fn sentence(&self, hypothesis: &str, references: &(impl References + ?Sized)) -> Result<RougeScore> {
        Ok(self.best(hypothesis, &some_texts(references, 0)?))
    }

    fn best(&self, hypothesis: &str, references: &[&str]) -> RougeScore {
        let hypothesis = self.tokenization.tokens(hypothesis);
        let scores = references.iter().map(|text| RougeScore::of(&hypothesis, &self.tokenization.tokens(text)));
        scores.reduce(|best, score| if score.f1 > best.f1 { score } else { best }).unwrap_or_default()
    }
}

impl RougeScore {
    /// ROUGE-L of any tokens.
    ///
    ///   P = L/n   R = L/m   F₁ = 2·P·R / (P + R)      L = lcs(n, m)
    ///   lcs(i, j) = lcs(i−1, j−1) + 1 if hᵢ = rⱼ, else max(lcs(i−1, j), lcs(i, j−1))
    ///
    /// L is the length of the longest sequence that stands in h₁ … hₙ, the hypothesis, and r₁ … rₘ, the reference, in
    /// the same order. All are 0 if one of the two is empty.
    /// Source: Lin 2004, ROUGE: A Package for Automatic Evaluation of Summaries, section 3.1, with β = 1.
    pub fn of<T: Eq>(hypothesis: &[T], reference: &[T]) -> RougeScore {
        let common = longest_common_subsequence(hypothesis, reference) as f64;
        if common == 0.0 {
            return RougeScore::default();
        }
        let (precision, recall) = (common / hypothesis.len() as f64, common / reference.len() as f64);
        RougeScore { precision, recall, f1: 2.0 * precision * recall / (precision + recall) }
    }
}

/// lcs(n, m), row by row.
fn longest_common_subsequence<T: Eq>(h: &[T], r: &[T]) -> usize {
    let mut row = vec![0; r.len() + 1];
    for h in h {
        // lcs(i−1, j−1), which the row has overwritten.
        let mut diagonal = 0;
        for (j, r) in (1..).zip(r) {
            let above = row[j];
            row[j] = if h == r { diagonal + 1 } else { above.max(row[j - 1]) };
            diagonal = above;
        }
    }
    row[r.len()]
}

impl fmt::Display for RougeScore {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "ROUGE-L F1 = {:.4} (precision = {:.4} recall = {:.4})", self.f1, self.precision, self.recall)
    }
}
