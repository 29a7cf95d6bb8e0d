//! The gradients of what all steps share.

use super::{Kept, Run};
use crate::{
    autograd::Var,
    math::{Real, add_rows, column_sums, product::multiply_add},
};
use ndarray::{Array2, Array3, s};

impl<F: Real> Run<F> {
    /// dWₕ = Σₜ (left side)ᵀ·δₜ   db = Σₜ δₜ   d(x·Wₓ)ₜ = δₜ, each a single pass over all steps.
    pub(super) fn gradients_of_weights(&self, kept: &Kept<F>, delta: Array3<F>, parameters: &[Var<F>]) {
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
