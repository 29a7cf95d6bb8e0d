//! Places as angles.

use super::sinusoidal::frequency;
use crate::{
    autograd::{Var, for_f32_and_f64, row_by_row},
    math::Real,
};
use ndarray::{ArrayD, ArrayViewMut2, Axis};

/// Turns each pair of numbers of a query or key by an angle that grows with the place.                  [encoder.5]
///
///   (y₂ᵢ, y₂ᵢ₊₁) = (x₂ᵢ·cos tωᵢ − x₂ᵢ₊₁·sin tωᵢ, x₂ᵢ·sin tωᵢ + x₂ᵢ₊₁·cos tωᵢ)   with ωᵢ = 10000^(−2i/d)
///   back: the same by −tωᵢ
///
/// What a query and a key have in common then depends on how far apart they stand, and not on where.
///
/// Shapes: x (B, T, D), each of its heads of d = D/heads numbers turned by itself → the same.
/// Source: Su and others 2021, RoFormer, eq. 15.
#[derive(Clone, Copy, Debug)]
pub struct Rotary {
    pub heads: usize,
}

impl Rotary {
    /// Turns rows that stand at one place, forward or back.
    ///
    /// Shapes: rows (any number of them, D).
    pub(crate) fn turn<F: Real>(self, mut rows: ArrayViewMut2<F>, place: usize, sign: f64) {
        let size = rows.ncols() / self.heads;
        let turn = |i| {
            let (sin, cos) = (sign * place as f64 * frequency(i, size)).sin_cos();
            (F::of(sin), F::of(cos))
        };
        let turns: Vec<(F, F)> = (0..size / 2).map(turn).collect();
        for mut row in rows.outer_iter_mut() {
            for mut head in row.axis_chunks_iter_mut(Axis(0), size) {
                for (i, &(sin, cos)) in turns.iter().enumerate() {
                    let (a, b) = (head[2 * i], head[2 * i + 1]);
                    head[2 * i] = a * cos - b * sin;
                    head[2 * i + 1] = a * sin + b * cos;
                }
            }
        }
    }

    fn turn_all<F: Real>(self, mut x: ArrayD<F>, sign: f64) -> ArrayD<F> {
        for (t, rows) in x.axis_iter_mut(Axis(1)).enumerate() {
            self.turn(rows.into_dimensionality().expect("a row of each example"), t, sign);
        }
        x
    }
}

for_f32_and_f64! {
    impl Var<F> {
        /// Turned by [`Rotary`], the places counted from 0.
        ///
        /// # Panics
        /// If this has not 3 axes, or its heads an odd number of numbers.
        pub fn rotate(&self, rotary: Rotary) -> Var<F> {
            let shape = self.shape();
            let fits = shape.len() == 3 && shape[2].is_multiple_of(2 * rotary.heads);
            assert!(fits, "a value of shape {shape:?} cannot be turned in pairs of {} heads", rotary.heads);
            let y = rotary.turn_all(row_by_row(self.value()).into_owned(), 1.0);
            Var::node(y, [self], move |dy, [x]| x.add_grad(|| rotary.turn_all(dy, -1.0)))
        }
    }
}
