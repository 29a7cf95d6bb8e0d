//! Sums over the rows of a matrix, in the order of the rows, whatever the number of threads.

use super::{Real, vectorised};
use ndarray::{Array1, ArrayView2, ArrayViewMut2, Axis};
use rayon::prelude::*;

/// How many columns a thread takes at a time.
const COLUMNS: usize = 256;

/// The sum of all rows.
pub(crate) fn column_sums<F: Real>(rows: ArrayView2<F>) -> Array1<F> {
    let mut sums = Array1::zeros(rows.ncols());
    let parts: Vec<_> =
        sums.axis_chunks_iter_mut(Axis(0), COLUMNS).zip(rows.axis_chunks_iter(Axis(1), COLUMNS)).collect();
    parts.into_par_iter().for_each(|(mut sums, rows)| {
        let sums = sums.as_slice_mut().expect("a part of a list");
        rows.outer_iter().for_each(|row| add(sums, row.to_slice().expect("rows without gaps")));
    });
    sums
}

/// Adds row i to the row of a table with the i-th of the numbers.
pub(crate) fn add_rows<F: Real>(rows: ArrayView2<F>, ids: &[u32], mut table: ArrayViewMut2<F>) {
    let parts: Vec<_> =
        table.axis_chunks_iter_mut(Axis(1), COLUMNS).zip(rows.axis_chunks_iter(Axis(1), COLUMNS)).collect();
    parts.into_par_iter().for_each(|(mut table, rows)| {
        for (row, &id) in rows.outer_iter().zip(ids) {
            let sum = table.row_mut(id as usize).into_slice().expect("rows without gaps");
            add(sum, row.to_slice().expect("rows without gaps"));
        }
    });
}

vectorised! {
    /// a ← a + b
    pub(crate) fn add<F: Real>(a: &mut [F], b: &[F]) {
        for (a, &b) in a.iter_mut().zip(b) {
            *a += b;
        }
    }

    /// c ← a + b
    pub(crate) fn sum<F: Real>(a: &[F], b: &[F], c: &mut [F]) {
        for ((c, &a), &b) in c.iter_mut().zip(a).zip(b) {
            *c = a + b;
        }
    }
}
