//! The right side of a product, laid out for the kernel once and used many times.

use super::{
    DEPTH, Real,
    left::{Left, Rows},
    tile::Tile,
    unwritten_list,
};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis};
use rayon::prelude::*;

/// How many columns stand side by side in a panel: the sums of 6 rows of it fill most of the widest registers.
pub const PANEL: usize = 64;

/// From so many numbers on, a product with one row is worth a second thread.
const WORTH_A_THREAD: usize = 1 << 16;

/// A matrix as panels of 64 columns, each row by row, so that the kernel reads it from front to back.
///
/// A recurrent layer multiplies by the same weights at every step: it packs them once for a whole sequence.
///
/// Shapes: (K, N), the last panel filled up with zeros.
#[derive(Clone)]
pub struct Packed<F> {
    panels: Vec<F>,
    depth: usize,
    columns: usize,
    on_all_threads: bool,
}

impl<F: Real> Packed<F> {
    /// Lays out a matrix of any strides, also a transposed one.
    pub fn new(b: ArrayView2<F>) -> Packed<F> {
        let (depth, columns) = b.dim();
        // SAFETY: `pack` writes every number.
        let mut panels = unsafe { unwritten_list(columns.div_ceil(PANEL) * depth * PANEL) };
        pack(b, &mut panels);
        Packed { panels, depth, columns, on_all_threads: false }
    }

    /// Has all threads multiply by it, each with some of its columns: for a few rows at a time, whose product takes as
    /// long as reading the matrix.
    pub fn on_all_threads(self) -> Packed<F> {
        Packed { on_all_threads: self.panels.len() >= WORTH_A_THREAD, ..self }
    }

    /// The shape (K, N) of the matrix.
    pub fn dim(&self) -> (usize, usize) {
        (self.depth, self.columns)
    }

    /// A·B
    ///
    /// Shapes: A (M, K) of any strides → (M, N).
    pub fn product(&self, a: ArrayView2<F>) -> Array2<F> {
        let mut c = Array2::zeros((a.nrows(), self.columns));
        self.multiply_add(a, c.view_mut());
        c
    }

    /// C += A·B, on this thread alone if not told otherwise.
    ///
    /// Shapes: A (M, K) of any strides · C (M, N), each row without gaps.
    pub fn multiply_add(&self, a: ArrayView2<F>, c: ArrayViewMut2<F>) {
        assert_eq!((a.ncols(), c.ncols()), self.dim(), "A has as many columns as B rows, and C as many as B");
        self.multiply_add_part(a, c);
    }

    /// C += A·B for the first rows of B, as many as A has columns, and its first columns, as many as C has.
    ///
    /// Shapes: A (M, K' ≤ K) of any strides · C (M, N' ≤ N), each row without gaps.
    pub fn multiply_add_part(&self, a: ArrayView2<F>, mut c: ArrayViewMut2<F>) {
        assert_eq!(a.nrows(), c.nrows(), "A·B has another shape than C");
        assert!(a.ncols() <= self.depth && c.ncols() <= self.columns, "no part of B");
        let left = Left::new(a);
        let multiply = |panels: &[F], mut c: ArrayViewMut2<F>| {
            let panels = panels.chunks((self.depth * PANEL).max(1));
            for (panel, mut c) in panels.zip(c.axis_chunks_iter_mut(Axis(1), PANEL)) {
                for (part, panel) in panel[..a.ncols() * PANEL].chunks(DEPTH * PANEL).enumerate() {
                    let columns = part * DEPTH..(part * DEPTH + panel.len() / PANEL);
                    multiply_panel(left.part(0..a.nrows(), columns), panel, c.view_mut(), true);
                }
            }
        };
        if !self.on_all_threads {
            return multiply(&self.panels, c);
        }
        let each = self.columns.div_ceil(PANEL).div_ceil(rayon::current_num_threads());
        let parts: Vec<_> = c.axis_chunks_iter_mut(Axis(1), each * PANEL).collect();
        let panels = self.panels.par_chunks(each * self.depth * PANEL);
        panels.zip(parts).with_max_len(1).for_each(|(panels, c)| multiply(panels, c));
    }
}

/// Lays out a matrix as panels of 64 columns, and writes every number of them.
pub(super) fn pack<F: Real>(b: ArrayView2<F>, panels: &mut [F]) {
    let size = (b.nrows() * PANEL).max(1);
    if b.strides()[1] == 1 {
        // Row by row through all panels, so that memory is read from front to back.
        for (k, row) in b.outer_iter().enumerate() {
            let row = row.to_slice().expect("a row without gaps");
            let (full, rest) = row.as_chunks::<PANEL>();
            let mut panels = panels.chunks_mut(size);
            for (part, panel) in full.iter().zip(&mut panels) {
                panel[k * PANEL..][..PANEL].copy_from_slice(part);
            }
            if let Some(panel) = panels.next().filter(|_| !rest.is_empty()) {
                panel[k * PANEL..][..rest.len()].copy_from_slice(rest);
                panel[k * PANEL..][rest.len()..PANEL].fill(F::zero());
            }
        }
        return;
    }
    for (b, panel) in b.axis_chunks_iter(Axis(1), PANEL).zip(panels.chunks_mut(size)) {
        // A transposed matrix, in squares: what is read and written at a time stays in the fastest memory.
        for (b, lines) in b.axis_chunks_iter(Axis(0), 16).zip(panel.chunks_mut(16 * PANEL)) {
            for line in lines.chunks_exact_mut(PANEL).filter(|_| b.ncols() < PANEL) {
                line[b.ncols()..].fill(F::zero());
            }
            for (j, column) in b.axis_iter(Axis(1)).enumerate() {
                let lines = lines.chunks_exact_mut(PANEL);
                match column.to_slice() {
                    Some(column) => lines.zip(column).for_each(|(line, &x)| line[j] = x),
                    None => lines.zip(column).for_each(|(line, &x)| line[j] = x),
                }
            }
        }
    }
}

/// C = A·P for one panel, or C += A·P.
pub(super) fn multiply_panel<F: Real>(a: Rows<F>, panel: &[F], mut c: ArrayViewMut2<F>, adds: bool) {
    let rows = panel.len() / PANEL;
    assert!(rows >= a.depth, "a product of {} columns with a panel of {rows} rows", a.depth);
    assert!(c.nrows() == a.count && c.ncols() <= PANEL && (c.ncols() < 2 || c.strides()[1] == 1), "C is no tile");
    let (stride, columns) = (c.strides()[0] as usize, c.ncols());
    let tile = Tile { a, panel: panel.as_ptr(), c: c.as_mut_ptr(), stride, columns, adds };
    // SAFETY: A and C come from views, and the assertions say the rest.
    unsafe { F::multiply(tile) }
}
