//! A recurrent layer over a whole sequence, as one operation.
//!
//! Memory is in the order of time: the rows of one step lie together, since one product takes them all. The weights
//! are laid out once for the whole sequence, and the rows of a batch, which never meet, are shared out to the threads,
//! so that each goes through the sequence without waiting for another.

mod back;
mod forward;
mod way;
mod weights;

use super::cell::{Cell, Layout, Product, Weights};
use crate::{
    autograd::{Values, Var, outputs, row_by_row},
    math::Real,
};
pub(super) use forward::step;
use ndarray::{ArcArray, Array2, Array3, ArrayView2, Ix2, Ix3, s};
use std::sync::Arc;
pub use way::{Input, Way};

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
    let kept = run.forward(w_h.view(), &row_by_row(source.value()), weights, states);

    let mut inputs = vec![&source, &weights.w_h, &weights.b];
    inputs.extend(&weights.b_h);
    let first_state = inputs.len();
    inputs.extend(states);
    let mut values = vec![run.outputs(&kept)];
    values.extend(run.last_states(&kept));
    let mut all = outputs(values, &inputs, move |gradients, inputs| {
        let (states, parameters) = (&inputs[first_state..], &inputs[..first_state]);
        run.backward(w_h.view(), &kept, gradients, parameters, states);
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
    h: ArcArray<F, Ix3>,
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

    /// The part of Wₕ in a product.
    fn part<'a>(&self, w_h: ArrayView2<'a, F>, product: &Product) -> ArrayView2<'a, F> {
        let blocks = product.weights.start * self.size..product.weights.end * self.size;
        w_h.slice_move(s![.., blocks])
    }
}

/// The rows of a batch that go through the sequence together. They never meet the others, so that no sum depends on
/// how many they are.
fn rows_per_task(batch: usize) -> usize {
    batch.div_ceil(rayon::current_num_threads()).max(1)
}

fn matrix<F: Real>(values: Values<F>) -> ArcArray<F, Ix2> {
    row_by_row(values).into_dimensionality().expect("2 axes")
}
