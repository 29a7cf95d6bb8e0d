//! What a probability distribution is.

use crate::{Error, Result};
use ndarray::{ArrayView1, ArrayView2};

/// Checks that p is a probability distribution: no number is negative or NaN, and the sum is one within 10⁻⁸.
///
/// `what` names it in the error: "the initial distribution".
///
/// Shapes: p (K,).
///
/// # Errors
/// If it is none, or empty.
pub fn check_distribution(what: &str, p: ArrayView1<f64>) -> Result<()> {
    let wrong = |found: String| Err(Error::Distribution { what: what.into(), found });
    match p.iter().position(|p| p.is_nan() || *p < 0.0) {
        Some(i) => wrong(format!("holds {} at place {i}", p[i])),
        None if (p.sum() - 1.0).abs() > 1e-8 => wrong(format!("sums to {}", p.sum())),
        None => Ok(()),
    }
}

/// Checks that each row of P, which `what` names, is a [distribution](check_distribution).
///
/// Shapes: P (K, V).
///
/// # Errors
/// Names the first row that is none.
pub fn check_rows(what: &str, p: ArrayView2<f64>) -> Result<()> {
    let mut rows = p.rows().into_iter().enumerate();
    rows.try_for_each(|(i, row)| check_distribution(&format!("row {i} of {what}"), row))
}

/// The entropy of a distribution: H(p) = −Σᵢ pᵢ log₂ pᵢ, in bits; what has no probability adds nothing.
///
/// Shapes: p (K,).
pub fn entropy(p: ArrayView1<f64>) -> f64 {
    p.iter().filter(|p| **p > 0.0).map(|p| -p * p.log2()).sum()
}
