//! Gradients that are too long.

use crate::{
    Error, Result,
    autograd::Parameters,
    math::{Real, sum_of, vectorised},
};
use ndarray::ArrayD;
use rayon::prelude::*;

/// How many numbers one task takes.
const TASK: usize = 1 << 15;

/// Shortens the gradients of all parameters together to the length c, if they are longer.           [gradients.12]
///
///   g ← g · min(1, c/(‖g‖ + 10⁻⁶))      ‖g‖² = Σ over all parameters of Σ g²
///
/// Returns ‖g‖ as it was before. With c = ∞ it only measures.
///
/// Source: Pascanu, Mikolov & Bengio 2013, algorithm 1; 10⁻⁶ as in PyTorch.
///
/// # Errors
/// If a gradient holds a number that is infinite or NaN; then none is changed.
pub fn clip_by_norm(parameters: &Parameters, c: f64) -> Result<f64> {
    clip(parameters, c)
}

/// As [`clip_by_norm`], in double precision.
///
/// # Errors
/// As there.
pub fn clip_by_norm_f64(parameters: &Parameters<f64>, c: f64) -> Result<f64> {
    clip(parameters, c)
}

fn clip<F: Real>(parameters: &Parameters<F>, c: f64) -> Result<f64> {
    let mut total = 0.0;
    for (name, var) in parameters {
        let squares = var.with_grad(|g| g.map_or(0.0, |g| sum_of_squares(g)));
        if !squares.is_finite() {
            return Err(Error::Gradient { name: name.clone() });
        }
        total += squares;
    }
    let norm = total.sqrt();
    let factor = c / (norm + 1e-6);
    if factor < 1.0 {
        for (_, var) in parameters {
            var.with_grad(|g| {
                if let Some(g) = g {
                    multiply(g, F::of(factor));
                }
            });
        }
    }
    Ok(norm)
}

/// In f64, and in an order that does not depend on the threads.
fn sum_of_squares<F: Real>(g: &ArrayD<F>) -> f64 {
    let Some(g) = g.as_slice_memory_order() else { return g.iter().map(|&g| g.to_f64().powi(2)).sum() };
    let sums: Vec<f64> = g.par_chunks(TASK).map(squares).collect();
    sums.into_iter().sum()
}

fn multiply<F: Real>(g: &mut ArrayD<F>, factor: F) {
    match g.as_slice_memory_order_mut() {
        Some(g) => g.par_chunks_mut(TASK).for_each(|g| scale(g, factor)),
        None => *g *= factor,
    }
}

vectorised! {
    fn scale<F: Real>(g: &mut [F], factor: F) {
        for g in g {
            *g *= factor;
        }
    }

    fn squares<F: Real>(g: &[F]) -> f64 {
        sum_of(g, |g| g.to_f64() * g.to_f64())
    }
}
