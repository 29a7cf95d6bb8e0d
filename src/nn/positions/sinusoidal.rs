//! Places as sines and cosines.

use crate::math::Real;
use ndarray::Array2;

/// A vector of sines and cosines for each place, their waves from 2π places long to 10,000 times as long.   [encoder.3]
///
///   p_{t, 2i} = sin(t·ωᵢ)   p_{t, 2i+1} = cos(t·ωᵢ)   with ωᵢ = 10000^(−2i/D)
///
/// The vector of a place further on is that of this place times a matrix that is the same everywhere.
///
/// Shapes: → (steps, D), for the places from `first` on.
/// Source: Vaswani and others 2017, section 3.5.
pub fn sinusoidal<F: Real>(first: usize, steps: usize, size: usize) -> Array2<F> {
    Array2::from_shape_fn((steps, size), |(t, i)| {
        let angle = (first + t) as f64 * frequency(i / 2, size);
        F::of(if i % 2 == 0 { angle.sin() } else { angle.cos() })
    })
}

/// ωᵢ = 10000^(−2i/D)
pub(super) fn frequency(i: usize, size: usize) -> f64 {
    10_000f64.powf(-2.0 * i as f64 / size as f64)
}
