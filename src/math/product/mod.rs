//! Products of matrices, where nearly all the time of a neural network goes.
//!
//! The right side is cut into panels of 32 columns that lie in memory as the innermost loop reads them; a few rows of
//! the left side times a panel are summed in registers. How a product is cut changes no sum: an element is the same,
//! to the last bit, on one thread and on many.

mod kernel;
mod packed;
mod register;

use super::{
    Real,
    memory::{keep_freed_memory, unwritten},
};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis};
pub use packed::{PANEL, Packed};
use packed::{multiply_panel, pack};
use rayon::prelude::*;
pub use register::Lanes;

/// How much of the sums' length is multiplied at once: a panel of so many rows stays in the fastest memory.
const DEPTH: usize = 256;
/// How many rows of the left side a task takes at most: so many that laying out a panel costs little beside them.
const ROWS: usize = 512;
/// Into how many tasks a product is cut at least, if each keeps 64 rows.
const TASKS: usize = 8;
/// How many columns of the right side a task takes, so that rows that must be laid out serve several panels.
const COLUMNS: usize = 8 * PANEL;
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
    // SAFETY: a product that does not add writes every number, and reads none.
    let mut c = unsafe { unwritten(shape) };
    multiply(a, b, c.view_mut(), false);
    c
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
    keep_freed_memory();
    let parts = m.div_ceil(ROWS).max((TASKS / n.div_ceil(COLUMNS).max(1)).min(m / 64)).max(1);
    let height = m.div_ceil(parts).next_multiple_of(BLOCK).max(1);
    let mut tasks = Vec::new();
    let mut rows = c;
    for a in a.axis_chunks_iter(Axis(0), height) {
        let (mut columns, rest) = rows.split_at(Axis(0), a.nrows());
        rows = rest;
        for b in b.axis_chunks_iter(Axis(1), COLUMNS) {
            let (c, rest) = columns.split_at(Axis(1), b.ncols());
            columns = rest;
            tasks.push((a, b, c));
        }
    }
    let run = |(a, b, c)| multiply_part(a, b, c, adds);
    if m * k * n < SMALL { tasks.into_iter().for_each(run) } else { tasks.into_par_iter().for_each(run) }
}

/// C = A·B for some rows of A and some columns of B, or C += A·B.
fn multiply_part<F: Real>(a: ArrayView2<F>, b: ArrayView2<F>, mut c: ArrayViewMut2<F>, adds: bool) {
    let mut panels = vec![F::zero(); b.nrows().min(DEPTH) * b.ncols().next_multiple_of(PANEL)];
    let mut blocks = Vec::new();
    for (part, (a, b)) in a.axis_chunks_iter(Axis(1), DEPTH).zip(b.axis_chunks_iter(Axis(0), DEPTH)).enumerate() {
        let adds = adds || part > 0;
        let laid_out = must_be_laid_out(&a);
        if laid_out {
            lay_out(a, &mut blocks);
        }
        pack(b, &mut panels);
        let size = (b.nrows() * PANEL).max(1);
        for (panel, mut c) in panels.chunks(size).zip(c.axis_chunks_iter_mut(Axis(1), PANEL)) {
            if laid_out {
                let mut start = 0;
                for c in c.axis_chunks_iter_mut(Axis(0), BLOCK) {
                    let block =
                        ArrayView2::from_shape((a.ncols(), c.nrows()), &blocks[start..][..a.ncols() * c.nrows()]);
                    multiply_panel(block.expect("a block of rows").reversed_axes(), panel, c, adds);
                    start += a.ncols() * BLOCK;
                }
            } else {
                multiply_panel(a, panel, c, adds);
            }
        }
    }
}

/// How many rows are laid out side by side.
const BLOCK: usize = 8;

/// Rows whose numbers lie apart, as in a transposed matrix, would fetch a line of the cache for each of them; rows that
/// are a multiple of a page apart would fight for the same places in it.
fn must_be_laid_out<F>(a: &ArrayView2<F>) -> bool {
    a.strides()[1] != 1 || (a.strides()[0] * size_of::<F>() as isize) % 4096 == 0
}

/// Blocks of 8 rows, column by column.
fn lay_out<F: Real>(a: ArrayView2<F>, blocks: &mut Vec<F>) {
    blocks.clear();
    for rows in a.axis_chunks_iter(Axis(0), BLOCK) {
        if rows.strides()[0] == 1 {
            for column in rows.axis_iter(Axis(1)) {
                blocks.extend_from_slice(column.to_slice().expect("numbers without gaps"));
            }
        } else {
            let start = blocks.len();
            blocks.resize(start + rows.len(), F::zero());
            for (i, row) in rows.outer_iter().enumerate() {
                for (place, &x) in blocks[start + i..].iter_mut().step_by(rows.nrows()).zip(row) {
                    *place = x;
                }
            }
        }
    }
}
