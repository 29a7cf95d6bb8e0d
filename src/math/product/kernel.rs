//! The innermost loop of every product: a few rows times a panel, with all sums in registers.

use super::{PANEL, left::BLOCK, register::Register, tile::Tile};

impl<F: Copy + Default> Tile<'_, F> {
    /// M rows at a time while there are so many, then fewer.
    ///
    /// # Safety
    /// A, P and C must be as the shapes say, and the processor must have the instructions of R.
    #[inline(always)]
    pub unsafe fn multiply<R: Register<F>, const M: usize, const N: usize>(self) {
        let mut done = 0;
        unsafe {
            done += self.rows_from::<R, M, N>(done);
            done += if M > 4 { self.rows_from::<R, 4, N>(done) } else { 0 };
            done += self.rows_from::<R, 2, N>(done);
            self.rows_from::<R, 1, N>(done);
        }
    }

    #[inline(always)]
    unsafe fn rows_from<R: Register<F>, const M: usize, const N: usize>(&self, first: usize) -> usize {
        let blocks = (self.a.count - first) / M;
        for row in (0..blocks).map(|block| first + block * M) {
            let mut column = 0;
            unsafe {
                while column + N * R::LANES <= self.columns {
                    self.block::<R, M, N>(row, column, self.c.add(row * self.stride + column), self.stride);
                    column += N * R::LANES;
                }
                while N > 2 && column + 2 * R::LANES <= self.columns {
                    self.block::<R, M, 2>(row, column, self.c.add(row * self.stride + column), self.stride);
                    column += 2 * R::LANES;
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
        unsafe {
            let mut sums = [[R::splat(F::default()); N]; M];
            for (i, sums) in sums.iter_mut().enumerate() {
                for (j, sum) in sums.iter_mut().enumerate() {
                    let c = c.add(i * stride + j * R::LANES);
                    // Where C is not read, it may come into the cache while the sums are taken.
                    if self.adds { *sum = R::load(c) } else { R::prefetch(c) }
                }
            }
            let panel = self.panel.add(column);
            match self.a.laid_out {
                true => self.sum::<R, M, N, BLOCK>(self.a.row(row), 1, panel, &mut sums),
                false => self.sum::<R, M, N, 1>(self.a.row(row), self.a.down, panel, &mut sums),
            }
            for (i, sums) in sums.iter().enumerate() {
                for (j, sum) in sums.iter().enumerate() {
                    sum.store(c.add(i * stride + j * R::LANES));
                }
            }
        }
    }

    /// A·P for these rows, with a step from column to column of A that the compiler knows.
    ///
    /// What limits this loop is how many instructions a core takes in, above all if another thread shares it; so four
    /// columns are taken at a time, and their addresses need no instructions of their own.
    #[inline(always)]
    unsafe fn sum<R: Register<F>, const M: usize, const N: usize, const STEP: usize>(
        &self,
        a: *const F,
        down: isize,
        mut p: *const F,
        sums: &mut [[R; N]; M],
    ) {
        const AT_ONCE: usize = 4;
        let down = if STEP == BLOCK { 1 } else { down };
        let mut a: [*const F; M] = std::array::from_fn(|i| a.wrapping_offset(i as isize * down));
        for _ in 0..self.a.depth / AT_ONCE {
            unsafe { columns::<F, R, M, N, STEP, AT_ONCE>(&mut a, &mut p, sums) };
        }
        for _ in 0..self.a.depth % AT_ONCE {
            unsafe { columns::<F, R, M, N, STEP, 1>(&mut a, &mut p, sums) };
        }
    }
}

/// Some columns of A times as many rows of the panel.
#[inline(always)]
unsafe fn columns<
    F: Copy + Default,
    R: Register<F>,
    const M: usize,
    const N: usize,
    const STEP: usize,
    const K: usize,
>(
    a: &mut [*const F; M],
    p: &mut *const F,
    sums: &mut [[R; N]; M],
) {
    unsafe {
        for k in 0..K {
            let mut b = [R::splat(F::default()); N];
            for (j, b) in b.iter_mut().enumerate() {
                *b = R::load(p.add(k * PANEL + j * R::LANES));
            }
            for (a, sums) in a.iter().zip(sums.iter_mut()) {
                let x = R::splat(*a.add(k * STEP));
                for (sum, &b) in sums.iter_mut().zip(&b) {
                    *sum = x.multiply_add(b, *sum);
                }
            }
        }
    }
    for a in a {
        *a = a.wrapping_add(K * STEP);
    }
    *p = p.wrapping_add(K * PANEL);
}
