//! The left side of a product, laid out where its rows do not lie as the kernel reads them.

use super::{Real, unwritten_list};
use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;
use std::{marker::PhantomData, ops::Range};

/// How many rows are laid out side by side.
pub(super) const BLOCK: usize = 6;
/// From so many numbers on, laying them out is worth a second thread.
const WORTH_A_THREAD: usize = 1 << 14;

/// Some rows and columns of a left side, as the kernel reads them: each row without gaps, or 6 rows side by side, column by
/// column.
#[derive(Clone, Copy)]
pub struct Rows<'a, F> {
    first: *const F,
    /// From 6 rows to the next 6, and from a row to the next among them.
    block: isize,
    pub down: isize,
    pub laid_out: bool,
    pub count: usize,
    pub depth: usize,
    owner: PhantomData<&'a F>,
}

impl<'a, F> Rows<'a, F> {
    /// Where a row begins.
    #[inline(always)]
    pub fn row(&self, row: usize) -> *const F {
        self.first.wrapping_offset((row / BLOCK) as isize * self.block + (row % BLOCK) as isize * self.down)
    }
}

/// Rows whose numbers lie apart, as in a transposed matrix, would fetch a line of the cache for each number: they are copied,
/// 6 side by side, column by column.
pub(super) enum Left<'a, F> {
    AsItIs(ArrayView2<'a, F>),
    LaidOut { blocks: Vec<F>, rows: usize, depth: usize },
}

impl<'a, F: Real> Left<'a, F> {
    /// For one use of each number, or a few.
    pub fn new(a: ArrayView2<'a, F>) -> Left<'a, F> {
        if a.strides()[1] == 1 || a.ncols() == 1 { Left::AsItIs(a) } else { Left::laid_out(a) }
    }

    /// For many uses: rows that are a multiple of a page apart would fight for the same places in the cache, and are copied,
    /// too.
    pub fn for_many(a: ArrayView2<'a, F>) -> Left<'a, F> {
        let whole_pages = (a.strides()[0] * size_of::<F>() as isize) % 4096 == 0;
        if whole_pages && a.nrows() > 1 { Left::laid_out(a) } else { Left::new(a) }
    }

    fn laid_out(a: ArrayView2<F>) -> Left<'a, F> {
        let (rows, depth) = a.dim();
        // SAFETY: all rows are laid out below; what the last block has beyond them, nothing reads.
        let mut blocks = unsafe { unwritten_list(rows.next_multiple_of(BLOCK) * depth) };
        let parts = blocks.chunks_mut((BLOCK * depth).max(1)).zip(a.axis_chunks_iter(Axis(0), BLOCK));
        if rows * depth < WORTH_A_THREAD {
            parts.for_each(|(block, rows)| lay_out(rows, block));
        } else {
            parts.collect::<Vec<_>>().into_par_iter().for_each(|(block, rows)| lay_out(rows, block));
        }
        Left::LaidOut { blocks, rows, depth }
    }

    /// Some rows and some columns. The rows begin with a block.
    pub fn part(&self, rows: Range<usize>, columns: Range<usize>) -> Rows<'_, F> {
        let (first, block, down, laid_out, dim) = match self {
            Left::AsItIs(a) => (a.as_ptr(), BLOCK as isize * a.strides()[0], a.strides()[0], false, a.dim()),
            Left::LaidOut { blocks, rows, depth } => {
                (blocks.as_ptr(), (BLOCK * depth) as isize, 1, true, (*rows, *depth))
            }
        };
        assert!(rows.start.is_multiple_of(BLOCK) && rows.end <= dim.0 && columns.end <= dim.1, "no part of A");
        let right = if laid_out { BLOCK } else { 1 };
        let first = first.wrapping_offset((rows.start / BLOCK) as isize * block).wrapping_add(columns.start * right);
        Rows { first, block, down, laid_out, count: rows.len(), depth: columns.len(), owner: PhantomData }
    }
}

/// Up to 6 rows, column by column.
fn lay_out<F: Real>(rows: ArrayView2<F>, block: &mut [F]) {
    let (places, _) = block.as_chunks_mut::<BLOCK>();
    for (column, places) in rows.axis_iter(Axis(1)).zip(places) {
        // A length that is known beforehand is copied without a call.
        match column.to_slice().and_then(|column| column.first_chunk::<BLOCK>()) {
            Some(column) => *places = *column,
            None => places.iter_mut().zip(column).for_each(|(place, &x)| *place = x),
        }
    }
}
