//! Products of matrices, where nearly all the time of a neural network goes.
//!
//! The right side is cut into panels of 32 columns that lie in memory as the innermost loop reads them; a few rows of
//! the left side times a panel are summed in registers. How a product is cut changes no sum: an element is the same,
//! to the last bit, on one thread and on many.

mod kernel;
mod packed;
mod register;

use super::Real;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis};
pub use packed::{PANEL, Packed};
use packed::{multiply_panel, pack};
use rayon::prelude::*;
pub use register::Lanes;

/// How much of the sums' length is multiplied at once: a panel of so many rows stays in the fastest memory.
const DEPTH: usize = 256;
/// How many rows of the left side one task multiplies: enough that laying out a panel costs little beside them.
const ROWS: usize = 256;
/// Below so many multiplications a product is not worth a second thread.
const SMALL: usize = 1 << 16;

/// A·B
///
/// Shapes: A (M, K) · B (K, N), both of any strides.
///
/// # Panics
/// If the shapes do not fit.
pub fn product<F: Real>(a: ArrayView2<F>, b: ArrayView2<F>) -> Array2<F> {
    let shape = (a.nrows(), b.ncols());
    if a.ncols() == 0 {
        return Array2::zeros(shape);
    }
    // To clear what is written anyway would cost as much as a small product, and reading memory that is still untouched
    // before it is written costs more.
    let mut c = Array2::uninit(shape);
    // SAFETY: numbers are valid whatever their bits, the product reads none of them, and writes all.
    unsafe {
        let view = ArrayViewMut2::from_shape_ptr(shape, c.as_mut_ptr().cast::<F>());
        multiply(a, b, view, false);
        c.assume_init()
    }
}

/// C += A·B
///
/// Shapes: A (M, K) · B (K, N), both of any strides · C (M, N), each row without gaps.
///
/// # Panics
/// If the shapes do not fit.
pub fn multiply_add<F: Real>(a: ArrayView2<F>, b: ArrayView2<F>, c: ArrayViewMut2<F>) {
    multiply(a, b, c, true);
}

fn multiply<F: Real>(a: ArrayView2<F>, b: ArrayView2<F>, c: ArrayViewMut2<F>, adds: bool) {
    let ((m, k), (l, n)) = (a.dim(), b.dim());
    assert!(k == l, "a product of shapes ({m}, {k}) and ({l}, {n}): {k} columns do not fit {l} rows");
    assert_eq!((m, n), c.dim(), "A·B has another shape than C");
    let mut tasks = Vec::new();
    let mut rows = c;
    for a in a.axis_chunks_iter(Axis(0), ROWS) {
        let (mut columns, rest) = rows.split_at(Axis(0), a.nrows());
        rows = rest;
        for b in b.axis_chunks_iter(Axis(1), PANEL) {
            let (c, rest) = columns.split_at(Axis(1), b.ncols());
            columns = rest;
            tasks.push((a, b, c));
        }
    }
    let run = |(a, b, c)| multiply_columns(a, b, c, adds);
    if m * k * n < SMALL { tasks.into_iter().for_each(run) } else { tasks.into_par_iter().for_each(run) }
}

/// C = A·B for up to 32 columns of B, or C += A·B.
fn multiply_columns<F: Real>(a: ArrayView2<F>, b: ArrayView2<F>, mut c: ArrayViewMut2<F>, adds: bool) {
    let mut panel = vec![F::zero(); b.nrows().min(DEPTH) * PANEL];
    for (part, (a, b)) in a.axis_chunks_iter(Axis(1), DEPTH).zip(b.axis_chunks_iter(Axis(0), DEPTH)).enumerate() {
        pack(b, &mut panel);
        multiply_panel(a, &panel, c.view_mut(), adds || part > 0);
    }
}
