//! The tail of a distribution cut off.

use ndarray::Array1;

/// Keeps the k likeliest tokens, and shares the rest's probability out to them.                      [decoding.6]
///
/// Where the k-th is as likely as others, all of those stay. Source: Fan, Lewis and Dauphin 2018.
pub fn top_k(p: &Array1<f64>, k: usize) -> Array1<f64> {
    let mut sorted = p.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let least = sorted.get(k.saturating_sub(1)).copied().unwrap_or(0.0);
    normalised(p.mapv(|p| if p >= least { p } else { 0.0 }))
}

/// Keeps the nucleus: of the likeliest tokens as many as have together at least the probability `mass`. [decoding.7]
///
/// The one that crosses the line is kept. Source: Holtzman and others 2020, The Curious Case of Neural Text
/// Degeneration.
pub fn top_p(p: &Array1<f64>, mass: f64) -> Array1<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[b].total_cmp(&p[a]));
    let mut kept = Array1::zeros(p.len());
    let mut sum = 0.0;
    for token in order {
        kept[token] = p[token];
        sum += p[token];
        if sum >= mass {
            break;
        }
    }
    normalised(kept)
}

fn normalised(p: Array1<f64>) -> Array1<f64> {
    let sum = p.sum();
    p / sum
}
