//! The gradients of what all steps share.

use super::{Kept, Run};
use crate::{
    autograd::Var,
    math::{Real, add_rows, column_sums, product::multiply_add, unwritten},
};
use ndarray::{Array1, Array2, ArrayView3, s};
use std::ops::Range;

/// dWₕ = Σₜ (left side)ᵀ·δₜ   db = Σₜ δₜ   d(x·Wₓ)ₜ = δₜ
///
/// They grow by some steps at a time, whose rows are multiplied at once.
pub(super) struct Sums<F: Real> {
    /// d(x·Wₓ): the rows of the table, or those of all steps. Shape: (V or T·B, G·H)
    source: Array2<F>,
    /// None if it is not wanted: it takes a product.
    w_h: Option<Array2<F>>,
    b: Array1<F>,
    b_h: Option<Array1<F>>,
}

impl<F: Real> Sums<F> {
    /// Of the parameters x·Wₓ, Wₕ, b, and bₕ where the cell has it.
    pub fn new(run: &Run<F>, parameters: &[Var<F>]) -> Sums<F> {
        let ((steps, batch), gates) = (run.dim, run.layout.gates * run.size);
        Sums {
            source: match &run.ids {
                Some(_) => Array2::zeros((parameters[0].shape()[0], gates)),
                // SAFETY: each step is written when its δ is added.
                None => unsafe { unwritten((steps * batch, gates)) },
            },
            w_h: parameters[1].wants_grad().then(|| Array2::zeros((run.size, gates))),
            b: Array1::zeros(gates),
            b_h: parameters.get(3).map(|b_h| Array1::zeros(b_h.shape()[0])),
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
        match &run.ids {
            Some(ids) => {
                let ids = ids.slice(s![times.clone(), ..]);
                add_rows(delta, ids.to_slice().expect("ids without gaps"), self.source.view_mut());
            }
            None => {
                self.source.slice_mut(s![times.start * batch..times.end * batch, ..]).assign(&delta);
                self.b += &column_sums(delta);
            }
        }
    }

    pub fn finish(mut self, run: &Run<F>, parameters: &[Var<F>]) {
        if run.ids.is_some() {
            // The table is shorter than all steps.
            self.b = column_sums(self.source.view());
        }
        let source = &parameters[0];
        source.add_grad(|| self.source.into_shape_with_order(source.shape()).expect("as many numbers"));
        self.w_h.into_iter().for_each(|dw| parameters[1].add_grad(|| dw));
        parameters[2].add_grad(|| self.b);
        if let (Some(b_h), Some(sum)) = (parameters.get(3), self.b_h) {
            b_h.add_grad(|| sum);
        }
    }
}
