//! The way forward.

use super::{Kept, Run, matrix, rows_per_task};
use crate::{
    autograd::{Values, Var},
    math::{Real, product::Packed, sum, unwritten},
    nn::recurrent::cell::{Cell, Forward, Layout, Weights},
};
use ndarray::{ArrayView2, ArrayViewMut2, ArrayViewMut3, Axis, Slice, s};
use rayon::prelude::*;

impl<F: Real> Run<F> {
    pub(super) fn forward(
        &self,
        w_h: ArrayView2<F>,
        source: &Values<F>,
        weights: &Weights<F>,
        states: &[Var<F>],
    ) -> Kept<F> {
        let ((steps, batch), size) = (self.dim, self.size);
        let sizes = [size, if self.layout.states == 2 { size } else { 0 }];
        // SAFETY: the first state is written here, and that behind a step, and what is saved of it, in that step.
        let [mut h, mut c] = sizes.map(|size| unsafe { unwritten((steps + 1, batch, size)) });
        let mut saved = unsafe { unwritten((steps, batch, self.width())) };
        let first = if self.way.reversed { steps } else { 0 };
        for (all, state) in [&mut h, &mut c].into_iter().zip(states) {
            all.index_axis_mut(Axis(0), first).assign(&matrix(state.value()));
        }
        let rows = rows_per_task(batch);
        let pack = |product| {
            let packed = Packed::new(self.part(w_h, product));
            if rows < batch { packed } else { packed.on_all_threads() }
        };
        let packed: Vec<Packed<F>> = self.layout.products.iter().map(pack).collect();
        let b: Vec<F> = weights.b.value().iter().copied().collect();
        let b_h: Option<Vec<F>> = weights.b_h.as_ref().map(|b_h| b_h.value().iter().copied().collect());
        let source = source.as_slice().expect("an array without gaps");

        let tasks = h.axis_chunks_iter_mut(Axis(1), rows).zip(c.axis_chunks_iter_mut(Axis(1), rows));
        let tasks: Vec<_> = tasks.zip(saved.axis_chunks_iter_mut(Axis(1), rows)).enumerate().collect();
        tasks.into_par_iter().for_each(|(task, ((h, c), saved))| {
            self.forward_rows(task * rows, &packed, (&b, b_h.as_deref()), source, (h, c, saved));
        });
        Kept { h: h.into_shared(), c, saved }
    }

    /// Some rows of the batch, through all steps.
    fn forward_rows(
        &self,
        first_row: usize,
        packed: &[Packed<F>],
        (b, b_h): (&[F], Option<&[F]>),
        source: &[F],
        (mut h, mut c, mut saved): (ArrayViewMut3<F>, ArrayViewMut3<F>, ArrayViewMut3<F>),
    ) {
        let (size, layout) = (self.size, &self.layout);
        let (input, gates) = (layout.input * size, b.len());
        for t in self.way.steps(0..saved.len_of(Axis(0))) {
            let (before, after) = self.way.around(t);
            let (h_before, mut h) = h.multi_slice_mut((s![before, .., ..], s![after, .., ..]));
            let (c_before, mut c) = c.multi_slice_mut((s![before, .., ..], s![after, .., ..]));
            let (h_before, c_before) = (h_before.view(), c_before.view());
            let mut saved = saved.index_axis_mut(Axis(0), t);
            for (r, saved) in saved.outer_iter_mut().enumerate() {
                let saved = saved.into_slice().expect("rows without gaps");
                let x = self.input_row(source, t, first_row + r, gates);
                sum(x, b, &mut saved[input..input + gates]);
                if let (Some(block), Some(b_h)) = (layout.hidden_bias, b_h) {
                    saved[block * size..][..size].copy_from_slice(b_h);
                }
            }
            step(&*self.cell, layout, packed, [h_before, c_before], saved.view_mut(), [h.view_mut(), c.view_mut()]);
            for r in (0..h.nrows()).filter(|r| !self.way.counts(first_row + r, t)) {
                h.row_mut(r).assign(&h_before.row(r));
                c.row_mut(r).assign(&c_before.row(r));
            }
        }
    }

    /// x·Wₓ of one row of the batch at one step.
    fn input_row<'a>(&self, source: &'a [F], t: usize, row: usize, gates: usize) -> &'a [F] {
        let place = match &self.ids {
            None => t * self.dim.1 + row,
            Some(ids) => ids[[t, row]] as usize,
        };
        &source[place * gates..(place + 1) * gates]
    }

    /// The states behind each step, with zeros where the mask is false. Shape: (B, T, H)
    pub(super) fn outputs(&self, kept: &Kept<F>) -> Values<F> {
        let steps = kept.saved.len_of(Axis(0));
        let behind = if self.way.reversed { 0..steps } else { 1..steps + 1 };
        let mut y = kept.h.clone();
        y.slice_axis_inplace(Axis(0), Slice::from(behind));
        if self.way.mask.is_some() {
            for ((t, row), _) in y.clone().map_axis(Axis(2), |_| ()).indexed_iter() {
                if !self.way.counts(row, t) {
                    y.slice_mut(s![t, row, ..]).fill(F::zero());
                }
            }
        }
        y.permuted_axes([1, 0, 2]).into_dyn()
    }

    pub(super) fn last_states(&self, kept: &Kept<F>) -> Vec<Values<F>> {
        let last = if self.way.reversed { 0 } else { kept.saved.len_of(Axis(0)) };
        let h = kept.h.index_axis(Axis(0), last).to_owned();
        let c = kept.c.index_axis(Axis(0), last).to_owned();
        [h, c].into_iter().take(self.layout.states).map(|state| state.into_dyn().into_shared()).collect()
    }
}

/// One step of some rows, from the sums x·Wₓ + b, and bₕ where the cell has it, in `saved`.
///
/// Shapes: states (rows, H), c with no columns where the cell has none · saved (rows, at least the layout's blocks).
pub(in crate::nn::recurrent) fn step<F: Real>(
    cell: &dyn Cell<F>,
    layout: &Layout,
    packed: &[Packed<F>],
    [h_before, c_before]: [ArrayView2<F>; 2],
    mut saved: ArrayViewMut2<F>,
    [mut h, mut c]: [ArrayViewMut2<F>; 2],
) {
    let size = h.ncols();
    let mut each_row = |saved: &mut ArrayViewMut2<F>, f: &dyn Fn(Forward<F>)| {
        for (r, saved) in saved.outer_iter_mut().enumerate() {
            f(Forward {
                saved: &mut saved.into_slice().expect("rows without gaps")[..layout.blocks * size],
                h_before: h_before.index_axis(Axis(0), r).to_slice().expect("rows without gaps"),
                c_before: c_before.index_axis(Axis(0), r).to_slice().expect("rows without gaps"),
                h: h.index_axis_mut(Axis(0), r).into_slice().expect("rows without gaps"),
                c: c.index_axis_mut(Axis(0), r).into_slice().expect("rows without gaps"),
            });
        }
    };
    for (i, (product, packed)) in layout.products.iter().zip(packed).enumerate() {
        if i > 0 {
            each_row(&mut saved, &|row| cell.between(row));
        }
        let to = product.to * size..(product.to + product.weights.len()) * size;
        match product.left {
            None => packed.multiply_add(h_before.view(), saved.slice_mut(s![.., to])),
            Some(block) => {
                let left = s![.., block * size..(block + 1) * size];
                let (left, sums) = saved.multi_slice_mut((left, s![.., to]));
                packed.multiply_add(left.view(), sums);
            }
        }
    }
    each_row(&mut saved, &|row| cell.forward(row));
}
