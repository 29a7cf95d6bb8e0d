//! The gradients of what all steps share.

use super::{Kept, Run};
use crate::{
    autograd::Var,
    math::{Real, add_rows, column_sums, product::multiply_add, unwritten},
};
use ndarray::{Array1, Array2, Array3, ArrayView3, s};
use std::ops::Range;

/// dWₕ = Σₜ (left side)ᵀ·δₜ   db = Σₜ δₜ   d(x·Wₓ)ₜ = δₜ
///
/// Each is there if it is wanted, and grows by some steps at a time: their rows are multiplied at once.
pub(super) struct Sums<F: Real> {
    w_h: Option<Array2<F>>,
    b: Array1<F>,
    b_h: Option<Array1<F>>,
    /// Of the table, or of each step.
    rows: Option<Array2<F>>,
    steps: Option<Array3<F>>,
}

impl<F: Real> Sums<F> {
    /// Of the parameters x·Wₓ, Wₕ, b, and bₕ where the cell has it.
    pub fn new(run: &Run<F>, parameters: &[Var<F>]) -> Sums<F> {
        let ((steps, batch), gates) = (run.dim, run.layout.gates * run.size);
        let [source, w_h] = [&parameters[0], &parameters[1]];
        let table = run.ids.is_some();
        Sums {
            w_h: w_h.wants_grad().then(|| Array2::zeros((run.size, gates))),
            b: Array1::zeros(gates),
            b_h: parameters.get(3).map(|b_h| Array1::zeros(b_h.shape()[0])),
            rows: table.then(|| Array2::zeros((source.shape()[0], gates))),
            // SAFETY: each step is written when its δ is added.
            steps: (!table && source.wants_grad()).then(|| unsafe { unwritten((steps, batch, gates)) }),
        }
    }

    /// Adds some steps. Shape: delta (steps, B, width)
    pub fn add(&mut self, run: &Run<F>, kept: &Kept<F>, times: &Range<usize>, delta: ArrayView3<F>) {
        let (size, layout, batch) = (run.size, &run.layout, run.dim.1);
        let rows = times.len() * batch;
        let flat = delta.to_shape((rows, run.width())).expect("an array without gaps");
        let before = if run.way.reversed { times.start + 1..times.end + 1 } else { times.clone() };
        let h_before = kept.h.slice(s![before, .., ..]);
        let h_before = h_before.to_shape((rows, size)).expect("an array without gaps");
        let saved = kept.saved.slice(s![times.clone(), .., ..]);
        let saved = saved.to_shape((rows, run.width())).expect("an array without gaps");
        let block = |from: usize, count: usize| s![.., from * size..(from + count) * size];

        if let Some(dw) = &mut self.w_h {
            for product in &layout.products {
                let left = product.left.map_or(h_before.view(), |left| saved.slice(block(left, 1)));
                let delta = flat.slice(block(product.to, product.weights.len()));
                let dw = dw.slice_mut(block(product.weights.start, product.weights.len()));
                multiply_add(left.t(), delta, dw);
            }
        }
        if let (Some(b_h), Some(from)) = (&mut self.b_h, layout.hidden_bias) {
            *b_h += &column_sums(flat.slice(block(from, 1)));
        }
        let delta = flat.slice(block(layout.input, layout.gates));
        if let (Some(table), Some(ids)) = (&mut self.rows, &run.ids) {
            let ids = ids.slice(s![times.clone(), ..]);
            add_rows(delta, ids.to_slice().expect("ids without gaps"), table.view_mut());
            return;
        }
        self.b += &column_sums(delta);
        if let Some(steps) = &mut self.steps {
            let steps = steps.slice_mut(s![times.clone(), .., ..]);
            steps.into_shape_with_order(delta.dim()).expect("an array without gaps").assign(&delta);
        }
    }

    pub fn finish(mut self, parameters: &[Var<F>]) {
        if let Some(table) = &self.rows {
            self.b = column_sums(table.view());
        }
        let [source, w_h, b] = [&parameters[0], &parameters[1], &parameters[2]];
        b.add_grad(|| self.b);
        for (parameter, sum) in [(w_h, self.w_h), (source, self.rows)] {
            sum.into_iter().for_each(|sum| parameter.add_grad(|| sum));
        }
        self.steps.into_iter().for_each(|steps| source.add_grad(|| steps));
        if let (Some(b_h), Some(sum)) = (parameters.get(3), self.b_h) {
            b_h.add_grad(|| sum);
        }
    }
}
