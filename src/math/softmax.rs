//! From scores to probabilities.

use super::{Real, sum_of, vectorised};
use ndarray::Array1;

/// log Σᵢ exp(xᵢ), without overflow: the largest score is taken out first.
///
/// −∞ (probability 0) is a score like any other; if all scores are −∞, so is the answer.
///
/// Shapes: x (V,).
pub fn log_sum_exp(x: &Array1<f64>) -> f64 {
    let m = max(x);
    if m == f64::NEG_INFINITY { m } else { m + exp_sum(x.as_standard_layout().as_slice().expect("a row"), m).ln() }
}

vectorised! {
    fn exp_sum(x: &[f64], m: f64) -> f64 {
        sum_of(x, |x| (x - m).exp_())
    }
}

/// The softmax with a temperature.                                                                         [ngram.12]
///
///   pᵢ = exp(xᵢ/τ) / Σⱼ exp(xⱼ/τ)
///
/// If x are log-probabilities, τ = 1 gives them back as probabilities, τ → 0 leaves the most probable token alone, and
/// τ → ∞ makes all possible tokens equally likely.
///
/// The same number taken from all scores changes nothing, so the largest is: exp cannot overflow. If all scores are −∞,
/// p is NaN.
///
/// Shapes: x (V,) · p (V,). Units: x in nats; τ > 0.
pub fn softmax(x: &Array1<f64>, temperature: f64) -> Array1<f64> {
    let m = max(x);
    let e = x.mapv(|x| ((x - m) / temperature).exp());
    let z = e.sum();
    e / z
}

fn max(x: &Array1<f64>) -> f64 {
    x.fold(f64::NEG_INFINITY, |m, &x| m.max(x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn large_scores_and_impossible_tokens() {
        let p = softmax(&array![1000.0, 1000.0, f64::NEG_INFINITY], 1.0);
        assert_eq!(p, array![0.5, 0.5, 0.0]);
        assert_eq!(log_sum_exp(&array![f64::NEG_INFINITY]), f64::NEG_INFINITY);
        assert!((log_sum_exp(&array![1000.0, 1000.0, f64::NEG_INFINITY]) - (1000.0 + 2_f64.ln())).abs() < 1e-12);
    }

    #[test]
    fn temperature_sharpens_and_flattens() {
        let x = array![0.8f64.ln(), 0.2f64.ln()];
        assert!((softmax(&x, 1.0)[0] - 0.8).abs() < 1e-12);
        assert!((softmax(&x, 0.5)[0] - 0.64 / 0.68).abs() < 1e-12);
        assert!((softmax(&x, 1e9)[0] - 0.5).abs() < 1e-6);
    }
}
