//! Step by step, without gradients: what generates text.

use super::{Cell, Cells, Layer, Layout, Product, Recurrent, States, sequence::step};
use crate::{
    autograd::Values,
    math::{Real, product::Packed, unwritten},
};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, Ix2, aview1, concatenate, s};
use std::sync::Arc;

/// The states of a stack as numbers: for each layer h, and c where the cell has it, of shape (B, H) each.
pub type Rows<F = f32> = Vec<Vec<Array2<F>>>;

/// A stack whose weights, as they are now, are laid out for one step after the other.
///
/// The same numbers as from [`Recurrent::step`], without its history, and without laying out the weights at each step.
#[derive(Clone)]
pub struct Stepper<F: Real = f32> {
    layers: Vec<Laid<F>>,
}

#[derive(Clone)]
struct Laid<F: Real> {
    cell: Arc<dyn Cell<F>>,
    layout: Layout,
    w_x: Packed<F>,
    /// The parts of Wₕ, as the cell multiplies by them.
    w_h: Vec<Packed<F>>,
    b: Vec<F>,
    b_h: Option<Vec<F>>,
}

impl<F: Cells> Stepper<F> {
    /// # Panics
    /// If the stack reads in both directions: the other one begins at the end.
    pub fn new(net: &Recurrent<F>) -> Stepper<F> {
        assert_eq!(net.config().directions(), 1, "a stack of both directions has no single step");
        let lay = |layer: &Layer<F>| {
            let (weights, layout) = (&layer.weights, layer.cell.layout());
            let (w_x, w_h) = (matrix(weights.w_x.value()), matrix(weights.w_h.value()));
            let size = w_h.nrows();
            let part = |product: &Product| {
                let blocks = product.weights.start * size..product.weights.end * size;
                Packed::new(w_h.slice(s![.., blocks])).on_all_threads()
            };
            Laid {
                w_x: Packed::new(w_x.view()).on_all_threads(),
                w_h: layout.products.iter().map(part).collect(),
                b: weights.b.value().iter().copied().collect(),
                b_h: weights.b_h.as_ref().map(|b_h| b_h.value().iter().copied().collect()),
                cell: Arc::clone(&layer.cell),
                layout,
            }
        };
        Stepper { layers: net.layers().iter().map(lay).collect() }
    }

    /// The states behind one more input of each row.
    ///
    /// Shapes: x (B, D) · states (B, H) each.
    pub fn step(&self, x: ArrayView2<F>, states: &Rows<F>) -> Rows<F> {
        let sums = self.layers[0].sums(x.nrows(), |layer, sums| layer.w_x.multiply_add(x, sums));
        self.step_from(sums, states)
    }

    /// As [`step`](Stepper::step), where a part of x·Wₓ of the first layer is known: `known` adds it to sums that start
    /// from the bias.
    ///
    /// Shapes: sums (B, G·H).
    pub fn step_with(&self, batch: usize, states: &Rows<F>, known: impl FnOnce(ArrayViewMut2<F>)) -> Rows<F> {
        let sums = self.layers[0].sums(batch, |_, sums| known(sums));
        self.step_from(sums, states)
    }

    /// From what the first layer's sums start with.
    fn step_from(&self, sums: Array2<F>, states: &Rows<F>) -> Rows<F> {
        let mut next: Rows<F> = Vec::with_capacity(self.layers.len());
        let mut sums = Some(sums);
        for (layer, state) in self.layers.iter().zip(states) {
            let saved = sums.take().unwrap_or_else(|| {
                let x = &next[next.len() - 1][0];
                layer.sums(x.nrows(), |layer, sums| layer.w_x.multiply_add(x.view(), sums))
            });
            next.push(layer.step(saved, state));
        }
        next
    }
}

impl<F: Real> Laid<F> {
    /// What the sums of a step start from: the biases, and x·Wₓ, which `add` adds.
    fn sums(&self, batch: usize, add: impl FnOnce(&Laid<F>, ArrayViewMut2<F>)) -> Array2<F> {
        let (layout, size) = (&self.layout, self.b.len() / self.layout.gates);
        let input = s![.., layout.input * size..(layout.input + layout.gates) * size];
        let mut saved = Array2::zeros((batch, layout.blocks * size));
        saved.slice_mut(input).outer_iter_mut().for_each(|mut row| row.assign(&aview1(&self.b)));
        if let (Some(block), Some(b_h)) = (layout.hidden_bias, &self.b_h) {
            let block = s![.., block * size..(block + 1) * size];
            saved.slice_mut(block).outer_iter_mut().for_each(|mut row| row.assign(&aview1(b_h)));
        }
        add(self, saved.slice_mut(input));
        saved
    }

    fn step(&self, mut saved: Array2<F>, state: &[Array2<F>]) -> Vec<Array2<F>> {
        let nothing = Array2::zeros((saved.nrows(), 0));
        let before = [&state[0], state.get(1).unwrap_or(&nothing)];
        // SAFETY: the cell writes its states.
        let mut after = before.map(|state| unsafe { unwritten(state.dim()) });
        let [h, c] = &mut after;
        let (before, after_views) = (before.map(|state| state.view()), [h.view_mut(), c.view_mut()]);
        step(&*self.cell, &self.layout, &self.w_h, before, saved.view_mut(), after_views);
        after.into_iter().take(self.layout.states).collect()
    }
}

/// States as numbers.
pub fn rows<F: Real>(states: &States<F>) -> Rows<F> {
    states.iter().map(|layer| layer.iter().map(|state| matrix(state.value())).collect()).collect()
}

/// The states of several rows, one under the other.
pub fn join<F: Real>(states: &[&Rows<F>]) -> Rows<F> {
    let part = |layer: usize, part: usize| {
        let rows: Vec<_> = states.iter().map(|state| state[layer][part].view()).collect();
        concatenate(Axis(0), &rows).expect("states of one model")
    };
    let shape = states[0];
    (0..shape.len()).map(|layer| (0..shape[layer].len()).map(|i| part(layer, i)).collect()).collect()
}

/// One row's states.
pub fn row_of<F: Real>(states: &Rows<F>, row: usize) -> Rows<F> {
    let one = |state: &Array2<F>| state.slice(s![row..row + 1, ..]).to_owned();
    states.iter().map(|layer| layer.iter().map(one).collect()).collect()
}

fn matrix<F: Real>(values: Values<F>) -> Array2<F> {
    values.into_dimensionality::<Ix2>().expect("2 axes").as_standard_layout().into_owned()
}
