//! From scores to probabilities.

use crate::{math::log_sum_exp, text::Vocab};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

/// ln p of every token. There is a logit for every id, but `<s>` is no token that comes: its probability is 0.
pub(super) fn log_probs(logits: &[f32]) -> Array1<f64> {
    let mut scores: Array1<f64> = logits.iter().map(|&x| x.into()).collect();
    scores[Vocab::BOS as usize] = f64::NEG_INFINITY;
    let sum = log_sum_exp(&scores);
    scores - sum
}

/// ln p of every token, for each row of logits.
pub(super) fn log_probs_of_rows(logits: ArrayView2<f32>) -> Array2<f64> {
    let mut all = Array2::zeros(logits.dim());
    for (mut row, logits) in all.outer_iter_mut().zip(logits.outer_iter()) {
        row.assign(&log_probs(numbers(logits)));
    }
    all
}

pub(super) fn numbers(row: ArrayView1<'_, f32>) -> &[f32] {
    row.to_slice().expect("a row without gaps")
}
