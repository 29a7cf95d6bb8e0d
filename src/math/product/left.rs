//! The left side of a product, laid out where its rows do not lie as the kernel reads them.

use super::{Real, packed::multiply_panel, unwritten_list};
use ndarray::{ArrayView2, ArrayViewMut2, Axis, s};
use rayon::prelude::*;
use std::ops::Range;

/// How many rows are laid out side by side.
pub(super) const BLOCK: usize = 8;

/// Rows whose numbers lie apart, as in a transposed matrix, would fetch a line of the cache for each number; rows that are
/// a multiple of a page apart would fight for the same places in it. Such rows are copied: 8 side by side, column by
/// column.
pub(super) enum Left<'a, F> {
    AsItIs(ArrayView2<'a, F>),
    LaidOut { blocks: Vec<F>, depth: usize, rows: usize },
}

impl<'a, F: Real> Left<'a, F> {
    pub fn new(a: ArrayView2<'a, F>) -> Left<'a, F> {
        let (rows, depth) = a.dim();
        let whole_pages = (a.strides()[0] * size_of::<F>() as isize) % 4096 == 0;
        if rows == 1 || (a.strides()[1] == 1 && !whole_pages) {
            return Left::AsItIs(a);
        }
        // SAFETY: all rows are laid out below.
        let mut blocks = unsafe { unwritten_list(rows * depth) };
        let parts: Vec<_> = blocks.chunks_mut((BLOCK * depth).max(1)).zip(a.axis_chunks_iter(Axis(0), BLOCK)).collect();
        parts.into_par_iter().for_each(|(block, rows)| lay_out(rows, block));
        Left::LaidOut { blocks, depth, rows }
    }

    /// C = A·P for some rows and some columns of A and one panel, or C += A·P. The rows begin with a block.
    pub fn multiply(
        &self,
        rows: Range<usize>,
        columns: Range<usize>,
        panel: &[F],
        mut c: ArrayViewMut2<F>,
        adds: bool,
    ) {
        match self {
            Left::AsItIs(a) => multiply_panel(a.slice(s![rows, columns]), panel, c, adds),
            Left::LaidOut { blocks, depth, rows: all } => {
                for (first, c) in rows.step_by(BLOCK).zip(c.axis_chunks_iter_mut(Axis(0), BLOCK)) {
                    let count = BLOCK.min(all - first);
                    let block = &blocks[first * depth + columns.start * count..][..columns.len() * count];
                    let block = ArrayView2::from_shape((columns.len(), count), block).expect("a block of rows");
                    multiply_panel(block.reversed_axes(), panel, c, adds);
                }
            }
        }
    }
}

/// Up to 8 rows, column by column.
fn lay_out<F: Real>(rows: ArrayView2<F>, block: &mut [F]) {
    let count = rows.nrows();
    for (column, places) in rows.axis_iter(Axis(1)).zip(block.chunks_exact_mut(count)) {
        match column.to_slice() {
            Some(column) => places.copy_from_slice(column),
            None => places.iter_mut().zip(column).for_each(|(place, &x)| *place = x),
        }
    }
}
