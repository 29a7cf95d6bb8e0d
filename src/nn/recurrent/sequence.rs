//! A recurrent layer over a whole sequence, as one operation.
//!
//! Memory is in the order of time: the rows of one step lie together, since one product takes them all. The weights
//! are laid out once for the whole sequence, and the rows of a batch, which never meet, are shared out to the threads,
//! so that each goes through the sequence without waiting for another.

use super::cell::{Backward, Cell, Forward, Layout, Weights};
use crate::{
    autograd::{Gradients, Values, Var, outputs, row_by_row},
    math::{
        Real, add_rows, column_sums,
        product::{Packed, multiply_add},
        unwritten,
    },
};
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewMut2, ArrayViewMut3, Axis, Ix2, Ix3, Slice, s};
use rayon::prelude::*;
use std::sync::Arc;

/// What a layer adds to its sums at each step: x·Wₓ.
#[derive(Clone)]
pub enum Input<F: Real = f32> {
    /// For each step. Shape: (T, B, G·H)
    Steps(Var<F>),
    /// Row `ids[t, b]` of a table. Where every input is one of V rows and V is less than the number of steps, the
    /// product of all rows with Wₓ costs less than that of all inputs. Shapes: table (V, G·H) · ids (T, B)
    Rows(Var<F>, Arc<Array2<u32>>),
}

impl<F: Real> Input<F> {
    fn var(&self) -> &Var<F> {
        match self {
            Input::Steps(var) | Input::Rows(var, _) => var,
        }
    }

    /// (T, B)
    fn dim(&self) -> (usize, usize) {
        match self {
            Input::Steps(var) => (var.shape()[0], var.shape()[1]),
            Input::Rows(_, ids) => ids.dim(),
        }
    }
}

/// The way of a layer through time.
#[derive(Clone, Default)]
pub struct Way {
    /// From the last step to the first.
    pub reversed: bool,
    /// Where false, the state stays as it is and the output is zero. Shape: (B, T)
    pub mask: Option<Arc<Array2<bool>>>,
}

impl Way {
    /// Where the states before and after step t stand among T + 1 states.
    fn around(&self, t: usize) -> (usize, usize) {
        if self.reversed { (t + 1, t) } else { (t, t + 1) }
    }

    /// The steps in the order in which they are taken.
    fn steps(&self, count: usize) -> Vec<usize> {
        if self.reversed { (0..count).rev().collect() } else { (0..count).collect() }
    }

    fn counts(&self, row: usize, t: usize) -> bool {
        self.mask.as_ref().is_none_or(|mask| mask[[row, t]])
    }
}

/// All outputs of a layer, shape (B, T, H), and its last states, each of shape (B, H).
///
/// Shapes: states (B, H), as many as the cell has.
pub fn sequence<F: Real>(
    cell: Arc<dyn Cell<F>>,
    weights: &Weights<F>,
    input: Input<F>,
    states: &[Var<F>],
    way: Way,
) -> (Var<F>, Vec<Var<F>>) {
    let layout = cell.layout();
    let size = weights.w_h.shape()[0];
    check(&layout, size, weights, &input, states, &way);
    let dim = input.dim();
    let (source, ids) = match input {
        Input::Steps(sums) => (sums, None),
        Input::Rows(table, ids) => (table, Some(ids)),
    };
    let run = Run { cell, layout, size, dim, ids, way };
    let w_h = matrix(weights.w_h.value());
    let kept = run.forward(&w_h.view(), &row_by_row(source.value()), weights, states);

    let mut inputs = vec![&source, &weights.w_h, &weights.b];
    inputs.extend(&weights.b_h);
    let first_state = inputs.len();
    inputs.extend(states);
    let mut values = vec![run.outputs(&kept)];
    values.extend(run.last_states(&kept));
    let mut all = outputs(values, &inputs, move |gradients, inputs| {
        let (states, parameters) = (&inputs[first_state..], &inputs[..first_state]);
        run.backward(&w_h.view(), &kept, gradients, parameters, states);
    });
    let y = all.remove(0);
    (y, all)
}

fn check<F: Real>(layout: &Layout, size: usize, weights: &Weights<F>, input: &Input<F>, states: &[Var<F>], way: &Way) {
    let (steps, batch) = input.dim();
    let gates = layout.gates * size;
    assert_eq!(weights.w_h.shape(), [size, gates], "Wₕ of {} gates", layout.gates);
    assert_eq!(weights.b.shape(), [gates], "b of {} gates", layout.gates);
    assert_eq!(input.var().shape().last(), Some(&gates), "x·Wₓ of {} gates", layout.gates);
    assert_eq!(states.len(), layout.states, "the number of states");
    for state in states {
        assert_eq!(state.shape(), [batch, size], "a state of a batch of {batch} rows");
    }
    if let Some(mask) = &way.mask {
        assert_eq!(mask.dim(), (batch, steps), "the mask of a batch of {batch} rows and {steps} steps");
    }
}

struct Run<F: Real> {
    cell: Arc<dyn Cell<F>>,
    layout: Layout,
    /// H
    size: usize,
    /// (T, B)
    dim: (usize, usize),
    /// Which row of the table comes in, if x·Wₓ is a table.
    ids: Option<Arc<Array2<u32>>>,
    way: Way,
}

/// What the way forward leaves for the way back.
///
/// Shapes: h (T + 1, B, H) · c likewise, or (T + 1, B, 0) · saved (T, B, width)
struct Kept<F: Real> {
    h: ndarray::ArcArray<F, Ix3>,
    c: Array3<F>,
    saved: Array3<F>,
}

impl<F: Real> Run<F> {
    /// The numbers of a row of `saved`: all blocks, and where rows would be whole pages long, so that they would fight for
    /// the same places in the cache, a few more that nothing uses.
    fn width(&self) -> usize {
        let width = self.layout.blocks * self.size;
        if (width * size_of::<F>()).is_multiple_of(4096) { width + 16 } else { width }
    }

    fn forward(&self, w_h: &ArrayView2<F>, source: &Values<F>, weights: &Weights<F>, states: &[Var<F>]) -> Kept<F> {
        let ((steps, batch), size) = (self.dim, self.size);
        let sizes = [size, if self.layout.states == 2 { size } else { 0 }];
        // SAFETY: the first state is written here, and that behind a step, and what is saved of it, in that step.
        let [mut h, mut c] = sizes.map(|size| unsafe { unwritten((steps + 1, batch, size)) });
        let mut saved = unsafe { unwritten((steps, batch, self.width())) };
        let first = if self.way.reversed { steps } else { 0 };
        for (all, state) in [&mut h, &mut c].into_iter().zip(states) {
            all.index_axis_mut(Axis(0), first).assign(&matrix(state.value()));
        }
        let packed: Vec<Packed<F>> = self.layout.products.iter().map(|p| Packed::new(self.part(w_h, p))).collect();
        let b: Vec<F> = weights.b.value().iter().copied().collect();
        let b_h: Option<Vec<F>> = weights.b_h.as_ref().map(|b_h| b_h.value().iter().copied().collect());
        let source = source.as_slice().expect("an array without gaps");

        let rows = rows_per_task(batch);
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
        for t in self.way.steps(saved.len_of(Axis(0))) {
            let (before, after) = self.way.around(t);
            let (h_before, mut h) = h.multi_slice_mut((s![before, .., ..], s![after, .., ..]));
            let (c_before, mut c) = c.multi_slice_mut((s![before, .., ..], s![after, .., ..]));
            let mut saved = saved.index_axis_mut(Axis(0), t);
            for (r, saved) in saved.outer_iter_mut().enumerate() {
                let saved = saved.into_slice().expect("rows without gaps");
                let x = self.input_row(source, t, first_row + r, gates);
                for ((sum, &x), &b) in saved[input..input + gates].iter_mut().zip(x).zip(b) {
                    *sum = x + b;
                }
                if let (Some(block), Some(b_h)) = (layout.hidden_bias, b_h) {
                    saved[block * size..][..size].copy_from_slice(b_h);
                }
            }
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
                    each_row(&mut saved, &|row| self.cell.between(row));
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
            each_row(&mut saved, &|row| self.cell.forward(row));
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
    fn outputs(&self, kept: &Kept<F>) -> Values<F> {
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

    fn last_states(&self, kept: &Kept<F>) -> Vec<Values<F>> {
        let last = if self.way.reversed { 0 } else { kept.saved.len_of(Axis(0)) };
        let h = kept.h.index_axis(Axis(0), last).to_owned();
        let c = kept.c.index_axis(Axis(0), last).to_owned();
        [h, c].into_iter().take(self.layout.states).map(|state| state.into_dyn().into_shared()).collect()
    }

    /// The part of Wₕ in a product.
    fn part<'a>(&self, w_h: &ArrayView2<'a, F>, product: &super::cell::Product) -> ArrayView2<'a, F> {
        let blocks = product.weights.start * self.size..product.weights.end * self.size;
        w_h.clone().slice_move(s![.., blocks])
    }

    fn backward(
        &self,
        w_h: &ArrayView2<F>,
        kept: &Kept<F>,
        mut gradients: Gradients<F>,
        parameters: &[Var<F>],
        states: &[Var<F>],
    ) {
        let ((_, batch), size) = (self.dim, self.size);
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
        // SAFETY: each step writes all of its rows.
        let mut delta = unsafe { unwritten(kept.saved.raw_dim()) };
        let transposed = self.layout.products.iter().map(|p| Packed::new(self.part(w_h, p).reversed_axes()));
        let transposed: Vec<Packed<F>> = transposed.collect();

        let rows = rows_per_task(batch);
        let tasks = dh.axis_chunks_iter_mut(Axis(0), rows).zip(dc.axis_chunks_iter_mut(Axis(0), rows));
        let tasks: Vec<_> = tasks.zip(delta.axis_chunks_iter_mut(Axis(1), rows)).enumerate().collect();
        tasks.into_par_iter().for_each(|(task, ((dh, dc), delta))| {
            self.backward_rows(task * rows, &transposed, kept, dy.as_ref().map(|dy| dy.view()), (dh, dc, delta));
        });
        for (state, gradient) in states.iter().zip([dh, dc]) {
            state.add_grad(|| gradient);
        }
        self.gradients_of_weights(kept, delta, parameters);
    }

    /// Some rows of the batch, back through all steps.
    fn backward_rows(
        &self,
        first_row: usize,
        transposed: &[Packed<F>],
        kept: &Kept<F>,
        dy: Option<ArrayView3<F>>,
        (mut dh, mut dc, mut delta): (ArrayViewMut2<F>, ArrayViewMut2<F>, ArrayViewMut3<F>),
    ) {
        let (size, count) = (self.size, dh.nrows());
        let mut dm = Array2::zeros((count, size));
        for t in self.way.steps(delta.len_of(Axis(0))).into_iter().rev() {
            let (before, after) = self.way.around(t);
            let mut delta = delta.index_axis_mut(Axis(0), t);
            let each_row = |dh: &mut ArrayViewMut2<F>,
                            dc: &mut ArrayViewMut2<F>,
                            delta: &mut ArrayViewMut2<F>,
                            dm: &Array2<F>,
                            f: &dyn Fn(Backward<F>)| {
                for r in (0..count).filter(|r| self.way.counts(first_row + r, t)) {
                    f(Backward {
                        saved: &row(&kept.saved.view(), t, first_row + r)[..self.layout.blocks * size],
                        h_before: row(&kept.h.view(), before, first_row + r),
                        c_before: row(&kept.c.view(), before, first_row + r),
                        c: row(&kept.c.view(), after, first_row + r),
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
                    let mut dh = dh.row_mut(r);
                    dh += &dy.slice(s![t, first_row + r, ..]);
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

    /// dWₕ = Σₜ (left side)ᵀ·δₜ   db = Σₜ δₜ   d(x·Wₓ)ₜ = δₜ, each a single pass over all steps.
    fn gradients_of_weights(&self, kept: &Kept<F>, delta: Array3<F>, parameters: &[Var<F>]) {
        let (size, layout) = (self.size, &self.layout);
        let ((steps, batch), gates) = (self.dim, layout.gates * size);
        let rows = steps * batch;
        let flat = delta.to_shape((rows, self.width())).expect("an array without gaps");
        let before = if self.way.reversed { 1..steps + 1 } else { 0..steps };
        let h_before = kept.h.slice(s![before, .., ..]);
        let h_before = h_before.to_shape((rows, size)).expect("an array without gaps");
        let saved = kept.saved.view().into_shape_with_order((rows, self.width()));
        let saved = saved.expect("an array without gaps");
        let block = |from: usize, count: usize| s![.., from * size..(from + count) * size];

        parameters[1].add_grad(|| {
            let mut dw = Array2::zeros((size, gates));
            for product in &layout.products {
                let left = product.left.map_or(h_before.view(), |left| saved.slice(block(left, 1)));
                let delta = flat.slice(block(product.to, product.weights.len()));
                let dw = dw.slice_mut(block(product.weights.start, product.weights.len()));
                multiply_add(left.t(), delta, dw);
            }
            dw
        });
        if let (Some(b_h), Some(from)) = (parameters.get(3), layout.hidden_bias) {
            b_h.add_grad(|| column_sums(flat.slice(block(from, 1))));
        }
        let delta = flat.slice(block(layout.input, layout.gates));
        match &self.ids {
            None => {
                parameters[2].add_grad(|| column_sums(delta));
                parameters[0]
                    .add_grad(|| delta.to_owned().into_shape_with_order((steps, batch, gates)).expect("as many"));
            }
            Some(ids) => {
                let mut table = Array2::zeros((parameters[0].shape()[0], gates));
                add_rows(delta, ids.as_slice().expect("ids without gaps"), table.view_mut());
                parameters[2].add_grad(|| column_sums(table.view()));
                parameters[0].add_grad(|| table);
            }
        }
    }
}

/// The rows of a batch that go through the sequence together. They never meet the others, so that no sum depends on
/// how many they are.
fn rows_per_task(batch: usize) -> usize {
    batch.div_ceil(rayon::current_num_threads()).next_multiple_of(4).min(batch.max(1))
}

fn matrix<F: Real>(values: Values<F>) -> ndarray::ArcArray<F, Ix2> {
    row_by_row(values).into_dimensionality().expect("2 axes")
}

fn row<'a, F>(all: &ArrayView3<'a, F>, t: usize, row: usize) -> &'a [F] {
    all.clone().index_axis_move(Axis(0), t).index_axis_move(Axis(0), row).to_slice().expect("rows without gaps")
}
