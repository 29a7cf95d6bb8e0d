//! What is right or wrong, with nothing in between.

use super::references::{check_paired, check_some};
use crate::Result;

/// The share of hypotheses that are what they should be: answers, numbers, labels, whole sequences.
///
/// Nothing is made equal before: lower the letters, or drop the marks, where that should not matter.
///
/// # Errors
/// If there are not as many references as hypotheses, or none at all.
pub fn exact_match<T: PartialEq<U>, U>(hypotheses: &[T], references: &[U]) -> Result<f64> {
    check_paired(hypotheses.len(), references.len())?;
    let right = hypotheses.iter().zip(references).filter(|(hypothesis, reference)| hypothesis == reference).count();
    Ok(right as f64 / hypotheses.len() as f64)
}

/// The share of tokens that are right and stand in the right place. Where a hypothesis is shorter or longer than its
/// reference, what lacks and what is too much counts as wrong: one token put in at the front spoils all that follows,
/// unlike in the [`error_rate`](super::error_rate).
///
/// # Errors
/// If there are not as many references as hypotheses, or no token in either.
pub fn token_accuracy<T: PartialEq>(hypotheses: &[Vec<T>], references: &[Vec<T>]) -> Result<f64> {
    check_paired(hypotheses.len(), references.len())?;
    let (mut right, mut tokens) = (0, 0);
    for (hypothesis, reference) in hypotheses.iter().zip(references) {
        right += hypothesis.iter().zip(reference).filter(|(h, r)| h == r).count();
        tokens += hypothesis.len().max(reference.len());
    }
    check_some(tokens, "at least one token")?;
    Ok(right as f64 / tokens as f64)
}
