//! Products of matrices, where nearly all the time of a neural network goes.
//!
//! The right side is cut into panels of 64 columns that lie in memory as the innermost loop reads them; a few rows of
//! the left side times a panel are summed in registers. How a product is cut changes no sum: an element is the same,
//! to the last bit, on one thread and on many.

mod kernel;
mod left;
mod packed;
mod register;
mod tile;

use super::{
    Real,
    memory::{unwritten, unwritten_list},
    prepare,
};
use left::{BLOCK, Left};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis};
pub use packed::{PANEL, Packed};
use packed::{multiply_panel, pack};
use rayon::prelude::*;
pub use register::Lanes;
use std::ops::Range;

/// How much of the sums' length is multiplied at once: a panel of so many rows stays in the fastest memory, of which two
/// threads on one core have half each.
const DEPTH: usize = 64;
/// How many rows of the left side a task takes at most, and how many panels of the right side. Laying out a panel costs
/// little beside many rows, and laying out rows little beside many panels.
const ROWS: usize = 512;
const PANELS: usize = 4;
/// Into how many tasks a product is cut, if it is large enough.
const TASKS: usize = 8;
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
    // SAFETY: a product that starts from zero writes every number, and reads none.
    let mut c = unsafe { unwritten(shape) };
    multiply(a, b, c.view_mut(), Start::Zero);
    c
}

/// A·B, and the same row added to each of its rows.
///
/// Shapes: A (M, K) · B (K, N), both of any strides · row (N).
///
/// # Panics
/// If the shapes do not fit.
pub fn product_plus_row<F: Real>(a: ArrayView2<F>, b: ArrayView2<F>, row: &[F]) -> Array2<F> {
    assert!(row.len() == b.ncols(), "a row of {} numbers for a product with {} columns", row.len(), b.ncols());
    // SAFETY: a product that starts from a row writes it everywhere first.
    let mut c = unsafe { unwritten((a.nrows(), b.ncols())) };
    multiply(a, b, c.view_mut(), Start::Row(row));
    c
}

/// C += A·B
///
/// Shapes: A (M, K) · B (K, N), both of any strides · C (M, N), each row without gaps.
///
/// # Panics
/// If the shapes do not fit.
pub fn multiply_add<F: Real>(a: ArrayView2<F>, b: ArrayView2<F>, c: ArrayViewMut2<F>) {
    multiply(a, b, c, Start::Sum);
}

/// What the sums of a product start from.
#[derive(Clone, Copy)]
enum Start<'a, F> {
    Zero,
    /// What C holds.
    Sum,
    /// Each row of C from this one.
    Row(&'a [F]),
}

fn multiply<F: Real>(a: ArrayView2<F>, b: ArrayView2<F>, c: ArrayViewMut2<F>, start: Start<F>) {
    let ((m, k), (l, n)) = (a.dim(), b.dim());
    assert!(k == l, "a product of shapes ({m}, {k}) and ({l}, {n}): {k} columns do not fit {l} rows");
    assert_eq!((m, n), c.dim(), "A·B has another shape than C");
    prepare();
    // Columns before rows: each part of the rows lays out the whole right side anew.
    let width = (n.div_ceil(PANEL) / TASKS).clamp(1, PANELS) * PANEL;
    let parts = (TASKS / n.div_ceil(width).max(1)).min(m / 64).max(m.div_ceil(ROWS)).max(1);
    let height = m.div_ceil(parts).next_multiple_of(BLOCK).max(1);
    let mut tasks = Vec::new();
    let mut below = c;
    for first in (0..m).step_by(height) {
        let rows = first..(first + height).min(m);
        let (mut right, rest) = below.split_at(Axis(0), rows.len());
        below = rest;
        for (part, b) in b.axis_chunks_iter(Axis(1), width).enumerate() {
            let (c, rest) = right.split_at(Axis(1), b.ncols());
            right = rest;
            let start = match start {
                Start::Row(row) => Start::Row(&row[part * width..][..b.ncols()]),
                start => start,
            };
            tasks.push((rows.clone(), b, c, start));
        }
    }
    let a = Left::for_many(a);
    let run = |(rows, b, c, start)| multiply_part(&a, rows, b, c, start);
    if m * k * n < SMALL { tasks.into_iter().for_each(run) } else { tasks.into_par_iter().for_each(run) }
}

/// A part of the product: some rows of A and some columns of B.
fn multiply_part<F: Real>(a: &Left<F>, rows: Range<usize>, b: ArrayView2<F>, mut c: ArrayViewMut2<F>, start: Start<F>) {
    if let Start::Row(row) = start {
        let c = c.outer_iter_mut().map(|c| c.into_slice().expect("rows without gaps"));
        c.for_each(|c| c.copy_from_slice(row));
    }
    let adds = !matches!(start, Start::Zero);
    // SAFETY: `pack` writes the panels before they are read.
    let mut panels = unsafe { unwritten_list(b.nrows().min(DEPTH) * b.ncols().next_multiple_of(PANEL)) };
    for (part, b) in b.axis_chunks_iter(Axis(0), DEPTH).enumerate() {
        pack(b, &mut panels);
        let columns = part * DEPTH..part * DEPTH + b.nrows();
        let panels = panels.chunks((b.nrows() * PANEL).max(1));
        for (panel, c) in panels.zip(c.axis_chunks_iter_mut(Axis(1), PANEL)) {
            multiply_panel(a.part(rows.clone(), columns.clone()), panel, c, adds || part > 0);
        }
    }
}
