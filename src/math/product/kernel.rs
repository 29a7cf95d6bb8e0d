//! The innermost loop of every product: a few rows times a panel, with all sums in registers.

use super::{PANEL, left::Rows, register::Register};

/// C = A·P, or C += A·P, for rows of A and one panel P of the right side.
///
/// Shapes: A (rows, depth) · P (depth, 32), row by row · C (rows, columns ≤ 32), `stride` apart.
pub struct Tile<'a, F> {
    pub a: Rows<'a, F>,
    pub panel: *const F,
    pub c: *mut F,
    pub stride: usize,
    pub columns: usize,
    /// Whether A·P is added to what C holds; else C is not read.
    pub adds: bool,
}

impl<F: Copy + Default> Tile<'_, F> {
    /// M rows at a time while there are so many, then half as many.
    ///
    /// # Safety
    /// A, P and C must be as the shapes say, and the processor must have the instructions of R.
    #[inline(always)]
    pub unsafe fn multiply<R: Register<F>, const M: usize>(self) {
        let mut done = 0;
        unsafe {
            done += self.rows_from::<R, M>(done);
            done += if M > 4 { self.rows_from::<R, 4>(done) } else { 0 };
            done += self.rows_from::<R, 2>(done);
            self.rows_from::<R, 1>(done);
        }
    }

    #[inline(always)]
    unsafe fn rows_from<R: Register<F>, const M: usize>(&self, first: usize) -> usize {
        let blocks = (self.a.count - first) / M;
        for row in (0..blocks).map(|block| first + block * M) {
            let width = 2 * R::LANES;
            let mut column = 0;
            unsafe {
                while column + width <= self.columns {
                    self.block::<R, M, 2>(row, column, self.c.add(row * self.stride + column), self.stride);
                    column += width;
                }
                while column < self.columns {
                    self.edge::<R, M>(row, column, R::LANES.min(self.columns - column));
                    column += R::LANES;
                }
            }
        }
        blocks * M
    }

    /// Fewer columns than a register holds: summed in a buffer of a full row.
    #[inline(always)]
    unsafe fn edge<R: Register<F>, const M: usize>(&self, row: usize, column: usize, columns: usize) {
        let mut buffer = [[F::default(); PANEL]; M];
        unsafe {
            for (i, line) in buffer.iter_mut().enumerate().filter(|_| self.adds) {
                let c = self.c.add((row + i) * self.stride + column);
                line.as_mut_ptr().copy_from_nonoverlapping(c, columns);
            }
            self.block::<R, M, 1>(row, column, buffer.as_mut_ptr().cast(), PANEL);
            for (i, line) in buffer.iter().enumerate() {
                let c = self.c.add((row + i) * self.stride + column);
                c.copy_from_nonoverlapping(line.as_ptr(), columns);
            }
        }
    }

    /// M rows of A times N registers of the panel: each number of A is read once for all of them.
    ///
    /// Every sum is taken in the order of the depth, whatever M and N are, so that an element of a product does not
    /// depend on how the product is cut.
    #[inline(always)]
    unsafe fn block<R: Register<F>, const M: usize, const N: usize>(
        &self,
        row: usize,
        column: usize,
        c: *mut F,
        stride: usize,
    ) {
        let Rows { down, right, .. } = self.a;
        unsafe {
            let mut a = self.a.row(row);
            let mut p = self.panel.add(column);
            let mut sums = [[R::splat(F::default()); N]; M];
            for (i, sums) in sums.iter_mut().enumerate() {
                for (j, sum) in sums.iter_mut().enumerate() {
                    let c = c.add(i * stride + j * R::LANES);
                    // Where C is not read, it may come into the cache while the sums are taken.
                    if self.adds { *sum = R::load(c) } else { R::prefetch(c) }
                }
            }
            for _ in 0..self.a.depth {
                let mut b = [R::splat(F::default()); N];
                for (j, b) in b.iter_mut().enumerate() {
                    *b = R::load(p.add(j * R::LANES));
                }
                for (i, sums) in sums.iter_mut().enumerate() {
                    let x = R::splat(*a.offset(i as isize * down));
                    for (sum, &b) in sums.iter_mut().zip(&b) {
                        *sum = x.multiply_add(b, *sum);
                    }
                }
                a = a.wrapping_offset(right);
                p = p.add(PANEL);
            }
            for (i, sums) in sums.iter().enumerate() {
                for (j, sum) in sums.iter().enumerate() {
                    sum.store(c.add(i * stride + j * R::LANES));
                }
            }
        }
    }
}
