//! The left side of a product, laid out where its rows do not lie as the kernel reads them.

use super::{Real, unwritten_list};
use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;
use std::{marker::PhantomData, ops::Range};

/// How many rows are laid out side by side.
pub(super) const BLOCK: usize = 8;

/// Some rows and columns of a left side, as the kernel reads them.
#[derive(Clone, Copy)]
pub struct Rows<'a, F> {
    first: *const F,
    /// From 8 rows to the next 8, from a row to the next among them, and from one column to the next.
    block: isize,
    pub down: isize,
    pub right: isize,
    pub count: usize,
    pub depth: usize,
    owner: PhantomData<&'a F>,
}

impl<'a, F> Rows<'a, F> {
    pub fn of(a: ArrayView2<'a, F>) -> Rows<'a, F> {
        let (down, right) = (a.strides()[0], a.strides()[1]);
        let (first, block, (count, depth)) = (a.as_ptr(), BLOCK as isize * down, a.dim());
        Rows { first, block, down, right, count, depth, owner: PhantomData }
    }

    /// Where a row begins.
    #[inline(always)]
    pub fn row(&self, row: usize) -> *const F {
        self.first.wrapping_offset((row / BLOCK) as isize * self.block + (row % BLOCK) as isize * self.down)
    }
}

/// Rows whose numbers lie apart, as in a transposed matrix, would fetch a line of the cache for each number; rows that are
/// a multiple of a page apart would fight for the same places in it. Such rows are copied: 8 side by side, column by
/// column.
pub(super) enum Left<'a, F> {
    AsItIs(ArrayView2<'a, F>),
    LaidOut { blocks: Vec<F>, rows: usize, depth: usize },
}

impl<'a, F: Real> Left<'a, F> {
    pub fn new(a: ArrayView2<'a, F>) -> Left<'a, F> {
        let (rows, depth) = a.dim();
        let whole_pages = (a.strides()[0] * size_of::<F>() as isize) % 4096 == 0;
        if rows == 1 || (a.strides()[1] == 1 && !whole_pages) {
            return Left::AsItIs(a);
        }
        // SAFETY: all rows are laid out below; what the last block has beyond them, nothing reads.
        let mut blocks = unsafe { unwritten_list(rows.next_multiple_of(BLOCK) * depth) };
        let parts: Vec<_> = blocks.chunks_mut((BLOCK * depth).max(1)).zip(a.axis_chunks_iter(Axis(0), BLOCK)).collect();
        parts.into_par_iter().for_each(|(block, rows)| lay_out(rows, block));
        Left::LaidOut { blocks, rows, depth }
    }

    /// Some rows and some columns. The rows begin with a block.
    pub fn part(&self, rows: Range<usize>, columns: Range<usize>) -> Rows<'_, F> {
        let all = match self {
            Left::AsItIs(a) => Rows::of(a.view()),
            Left::LaidOut { blocks, rows, depth } => Rows {
                first: blocks.as_ptr(),
                block: (BLOCK * depth) as isize,
                down: 1,
                right: BLOCK as isize,
                count: *rows,
                depth: *depth,
                owner: PhantomData,
            },
        };
        assert!(rows.start.is_multiple_of(BLOCK) && rows.end <= all.count && columns.end <= all.depth, "no part of A");
        let first = all.row(rows.start).wrapping_offset(columns.start as isize * all.right);
        Rows { first, count: rows.len(), depth: columns.len(), ..all }
    }
}

/// Up to 8 rows, column by column.
fn lay_out<F: Real>(rows: ArrayView2<F>, block: &mut [F]) {
    for (column, places) in rows.axis_iter(Axis(1)).zip(block.chunks_exact_mut(BLOCK)) {
        match column.to_slice() {
            Some(column) => places[..column.len()].copy_from_slice(column),
            None => places.iter_mut().zip(column).for_each(|(place, &x)| *place = x),
        }
    }
}
