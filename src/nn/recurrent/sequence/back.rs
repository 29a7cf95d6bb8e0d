//! The way back.

use super::{Kept, Run, matrix, rows_per_task, weights::Sums};
use crate::{
    autograd::{Gradients, Var},
    math::{Real, add, product::Packed, unwritten},
    nn::recurrent::cell::Backward,
};
use ndarray::{Array2, ArrayView2, ArrayView3, ArrayViewMut2, ArrayViewMut3, Axis, Ix3, s};
use rayon::prelude::*;
use std::ops::Range;

/// About how many rows of δ are made before they are summed up: they are then still in the fast memory.
const ROWS: usize = 256;

impl<F: Real> Run<F> {
    pub(super) fn backward(
        &self,
        w_h: ArrayView2<F>,
        kept: &Kept<F>,
        mut gradients: Gradients<F>,
        parameters: &[Var<F>],
        states: &[Var<F>],
    ) {
        let ((steps, batch), size) = (self.dim, self.size);
        let mut last = gradients.drain(1..).collect::<Vec<_>>().into_iter().map(|gradient| match gradient {
            Some(gradient) => matrix(gradient.into_shared()).into_owned(),
            None => Array2::zeros((batch, size)),
        });
        let mut dh = last.next().expect("every cell has the state h");
        let mut dc = last.next().unwrap_or_else(|| Array2::zeros((batch, 0)));
        drop(last);
        let dy = gradients.pop().expect("the outputs");
        let dy = dy.map(|dy| dy.into_dimensionality::<Ix3>().expect("3 axes").permuted_axes([1, 0, 2]));
        let dy = dy.map(|dy| if dy.is_standard_layout() { dy } else { dy.as_standard_layout().into_owned() });
        let transposed = self.layout.products.iter().map(|p| Packed::new(self.part(w_h, p).reversed_axes()));
        let transposed: Vec<Packed<F>> = transposed.collect();
        let mut sums = Sums::new(self, parameters);

        let at_once = ROWS.div_ceil(batch.max(1)).min(steps);
        // SAFETY: each step writes, of its rows, all that is read.
        let mut all = unsafe { unwritten((at_once, batch, self.width())) };
        let rows = rows_per_task(batch);
        for times in self.way.parts(steps, at_once).rev() {
            let mut delta = all.slice_mut(s![..times.len(), .., ..]);
            let tasks = dh.axis_chunks_iter_mut(Axis(0), rows).zip(dc.axis_chunks_iter_mut(Axis(0), rows));
            let tasks: Vec<_> = tasks.zip(delta.axis_chunks_iter_mut(Axis(1), rows)).enumerate().collect();
            tasks.into_par_iter().for_each(|(task, ((dh, dc), delta))| {
                let dy = dy.as_ref().map(|dy| dy.view());
                self.backward_rows(task * rows, &times, &transposed, kept, dy, (dh, dc, delta));
            });
            sums.add(self, kept, &times, delta.view());
        }
        for (state, gradient) in states.iter().zip([dh, dc]) {
            state.add_grad(|| gradient);
        }
        sums.finish(self, parameters);
    }

    /// Some rows of the batch, back through some steps.
    fn backward_rows(
        &self,
        first_row: usize,
        times: &Range<usize>,
        transposed: &[Packed<F>],
        kept: &Kept<F>,
        dy: Option<ArrayView3<F>>,
        (mut dh, mut dc, mut delta): (ArrayViewMut2<F>, ArrayViewMut2<F>, ArrayViewMut3<F>),
    ) {
        let (size, count) = (self.size, dh.nrows());
        let mut dm = Array2::zeros((count, size));
        for t in self.way.steps(times.clone()).rev() {
            let (before, after) = self.way.around(t);
            let mut delta = delta.index_axis_mut(Axis(0), t - times.start);
            let each_row = |dh: &mut ArrayViewMut2<F>,
                            dc: &mut ArrayViewMut2<F>,
                            delta: &mut ArrayViewMut2<F>,
                            dm: &Array2<F>,
                            f: &dyn Fn(Backward<F>)| {
                for r in (0..count).filter(|r| self.way.counts(first_row + r, t)) {
                    f(Backward {
                        saved: &row(kept.saved.view(), t, first_row + r)[..self.layout.blocks * size],
                        h_before: row(kept.h.view(), before, first_row + r),
                        c_before: row(kept.c.view(), before, first_row + r),
                        c: row(kept.c.view(), after, first_row + r),
                        delta: &mut delta.row_mut(r).into_slice().expect("rows without gaps")
                            [..self.layout.blocks * size],
                        dh: dh.row_mut(r).into_slice().expect("rows without gaps"),
                        dc: dc.row_mut(r).into_slice().expect("rows without gaps"),
                        dm: dm.row(r).to_slice().expect("rows without gaps"),
                    });
                }
            };
            for r in (0..count).filter(|r| !self.way.counts(first_row + r, t)) {
                delta.row_mut(r).fill(F::zero());
            }
            if let Some(dy) = &dy {
                for r in (0..count).filter(|r| self.way.counts(first_row + r, t)) {
                    let dh = dh.row_mut(r).into_slice().expect("rows without gaps");
                    add(dh, row(dy.view(), t, first_row + r));
                }
            }
            each_row(&mut dh, &mut dc, &mut delta, &dm, &|row| self.cell.backward(row));
            for (product, transposed) in self.layout.products.iter().zip(transposed).rev() {
                let from = product.to * size..(product.to + product.weights.len()) * size;
                match product.left {
                    None => transposed.multiply_add(delta.slice(s![.., from]), dh.view_mut()),
                    Some(_) => {
                        dm.fill(F::zero());
                        transposed.multiply_add(delta.slice(s![.., from]), dm.view_mut());
                        each_row(&mut dh, &mut dc, &mut delta, &dm, &|row| self.cell.back_between(row));
                    }
                }
            }
        }
    }
}

fn row<'a, F>(all: ArrayView3<'a, F>, t: usize, row: usize) -> &'a [F] {
    all.index_axis_move(Axis(0), t).index_axis_move(Axis(0), row).to_slice().expect("rows without gaps")
}
