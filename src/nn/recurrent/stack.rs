//! Layers of one kind of cell, one upon the other, in one direction or both.

use super::{Cell, Direction, Gru, Input, Lstm, RecurrentConfig, RecurrentKind, Rnn, Way, Weights, sequence};
use crate::{
    Result,
    autograd::{Parameters, Var, concat, for_f32_and_f64},
    math::{Real, uniform},
    nn::{Dropout, Module, named},
};
use ndarray::{Array2, ArrayD};
use std::{borrow::Cow, sync::Arc};

/// The states of a stack: for each layer, and in it for each direction, h or h and c, of shape (B, H) each.
pub type States<F = f32> = Vec<Vec<Var<F>>>;

/// One layer in one direction.
#[derive(Clone, Debug)]
pub struct Layer<F: Real = f32> {
    pub cell: Arc<dyn Cell<F>>,
    pub weights: Weights<F>,
}

/// A stack of recurrent layers.
#[derive(Debug)]
pub struct Recurrent<F: Real = f32> {
    config: RecurrentConfig,
    /// By layer, and in it by direction, as the states.
    layers: Vec<Layer<F>>,
    dropout: Dropout,
}

/// What comes into the first layer.
enum First<F: Real> {
    /// Shape: (B, T, D)
    Steps(Var<F>),
    /// Rows of a table of shape (V, D), by ids of shape (T, B).
    Rows(Var<F>, Arc<Array2<u32>>),
    /// x·Wₓ. Shape: (T, B, G·H)
    Sums(Var<F>),
}

/// A precision in which there are recurrent cells.
pub trait Cells: Real {
    fn cell(kind: RecurrentKind) -> Arc<dyn Cell<Self>>;
}

for_f32_and_f64! {
    impl Cells for F {
        fn cell(kind: RecurrentKind) -> Arc<dyn Cell<F>> {
            match kind {
                RecurrentKind::Rnn => Arc::new(Rnn),
                RecurrentKind::Lstm => Arc::new(Lstm),
                RecurrentKind::Gru(reset) => Arc::new(Gru { reset }),
            }
        }
    }
}

impl Recurrent {
    /// A stack with weights drawn evenly from ±1/√H.
    ///
    /// # Errors
    /// If a size is 0, or the dropout no probability.
    pub fn new(config: RecurrentConfig) -> Result<Recurrent> {
        Recurrent::init(config)
    }
}

impl<F: Cells> Recurrent<F> {
    /// As [`new`](Recurrent::new), of either precision.
    pub fn init(config: RecurrentConfig) -> Result<Recurrent<F>> {
        config.check()?;
        let cell = F::cell(config.kind);
        let (size, layout) = (config.hidden, cell.layout());
        let gates = layout.gates * size;
        let layer = |i: usize| {
            let inputs = if i < config.directions() { config.inputs } else { size * config.directions() };
            let bound = 1.0 / (size as f64).sqrt();
            let seed = config.seed.wrapping_mul(1000).wrapping_add(4 * i as u64);
            let draw = |shape: &[usize], k: u64| Var::leaf(uniform(shape, bound, seed.wrapping_add(k)), true);
            let b_h = layout.hidden_bias.map(|_| draw(&[size], 3));
            let weights =
                Weights { w_x: draw(&[inputs, gates], 0), w_h: draw(&[size, gates], 1), b: draw(&[gates], 2), b_h };
            Layer { cell: Arc::clone(&cell), weights }
        };
        let layers = (0..config.layers * config.directions()).map(layer).collect();
        let dropout = Dropout::new(config.dropout, config.seed);
        Ok(Recurrent { config, layers, dropout })
    }

    pub fn config(&self) -> &RecurrentConfig {
        &self.config
    }

    /// The layers, and in each its directions.
    pub fn layers(&self) -> &[Layer<F>] {
        &self.layers
    }

    /// States of zeros, for the beginning of a sequence.
    pub fn zero_states(&self, batch: usize) -> States<F> {
        let zeros = || Var::leaf(ArrayD::zeros(vec![batch, self.config.hidden]), false);
        let states = self.layers[0].cell.layout().states;
        self.layers.iter().map(|_| (0..states).map(|_| zeros()).collect()).collect()
    }
}

for_f32_and_f64! {
    impl Recurrent<F> {
        /// All outputs of the last layer, and the last states of every layer and direction.
        ///
        /// Shapes: x (B, T, D) → (B, T, H), or (B, T, 2H) for both directions. Where the mask, of shape (B, T), is
        /// false, states stay as they are and outputs are zero.
        ///
        /// # Panics
        /// If shapes do not fit.
        pub fn forward(
            &self,
            x: &Var<F>,
            states: &States<F>,
            mask: Option<&Array2<bool>>,
            training: bool,
        ) -> (Var<F>, States<F>) {
            self.stack(First::Steps(x.clone()), states, mask, training)
        }

        /// As [`forward`](Recurrent::forward), where x·Wₓ of the first layer was made elsewhere: a decoder's input may
        /// have parts of which one is known for all steps and another from step to step.
        ///
        /// Shapes: sums (T, B, G·H), in the order of time → (B, T, H).
        ///
        /// # Panics
        /// If shapes do not fit.
        pub fn forward_sums(&self, sums: &Var<F>, states: &States<F>, training: bool) -> (Var<F>, States<F>) {
            self.stack(First::Sums(sums.clone()), states, None, training)
        }

        /// As [`forward`](Recurrent::forward), for tokens: x is the whole embedding, of shape (V, D), and the ids, of
        /// shape (B, T), say which of its rows come in at each step.
        ///
        /// The same numbers as from the rows one by one. Where there are fewer tokens than steps, the first layer
        /// multiplies each row of the embedding by its weights once, and no row twice.
        pub fn forward_tokens(
            &self,
            embedding: &Var<F>,
            ids: &Array2<u32>,
            states: &States<F>,
            mask: Option<&Array2<bool>>,
            training: bool,
        ) -> (Var<F>, States<F>) {
            let by_step = ids.t().as_standard_layout().into_owned();
            if embedding.shape()[0] < ids.len() {
                return self.stack(First::Rows(embedding.clone(), Arc::new(by_step)), states, mask, training);
            }
            let (steps, batch) = by_step.dim();
            let x = embedding.rows(by_step.as_slice().expect("ids without gaps"));
            let x = x.reshape(&[steps, batch, embedding.shape()[1]]).permute(&[1, 0, 2]);
            self.stack(First::Steps(x), states, mask, training)
        }

        fn stack(
            &self,
            first: First<F>,
            states: &States<F>,
            mask: Option<&Array2<bool>>,
            training: bool,
        ) -> (Var<F>, States<F>) {
            let directions = self.config.directions();
            assert_eq!(states.len(), self.layers.len(), "states for every layer and direction");
            let mask = mask.map(|mask| Arc::new(mask.clone()));
            let (mut below, mut last_states) = (None, Vec::new());
            for (i, layers) in self.layers.chunks(directions).enumerate() {
                let x = below.map(|x| self.dropout.shared(&x, self.config.variational.then_some(1), training));
                let mut outputs = Vec::new();
                for (j, layer) in layers.iter().enumerate() {
                    let w_x = &layer.weights.w_x;
                    let input = match (&x, &first) {
                        (Some(x), _) | (None, First::Steps(x)) => Input::Steps(x.permute(&[1, 0, 2]).matmul(w_x)),
                        (None, First::Rows(table, ids)) => Input::Rows(table.matmul(w_x), Arc::clone(ids)),
                        (None, First::Sums(sums)) => Input::Steps(sums.clone()),
                    };
                    let way = Way { reversed: j == 1, mask: mask.clone() };
                    let cell = Arc::clone(&layer.cell);
                    let weights = self.thinned(&layer.weights, training);
                    let (y, last) = sequence(cell, &weights, input, &states[i * directions + j], way);
                    outputs.push(y);
                    last_states.push(last);
                }
                below = Some(match outputs.as_slice() {
                    [one] => one.clone(),
                    both => concat(&both.iter().collect::<Vec<_>>(), 2),
                });
            }
            (below.expect("at least one layer"), last_states)
        }

        /// A row of W_h belongs to one number of the state before, so that to drop rows is to drop these numbers.
        fn thinned<'a>(&self, weights: &'a Weights<F>, training: bool) -> Cow<'a, Weights<F>> {
            if !(self.config.variational && training && self.config.dropout > 0.0) {
                return Cow::Borrowed(weights);
            }
            Cow::Owned(Weights { w_h: self.dropout.along(&weights.w_h, 1, true), ..weights.clone() })
        }

        /// One step of every layer, in small operations: the formulas as they stand in the cells.
        ///
        /// Shapes: x (B, D) → (B, H).
        ///
        /// # Panics
        /// If the stack reads in both directions: the other one begins at the end.
        pub fn step(&self, x: &Var<F>, states: &States<F>) -> (Var<F>, States<F>) {
            assert_eq!(self.config.direction, Direction::Forward, "a stack of both directions has no single step");
            let mut x = x.clone();
            let mut next = Vec::new();
            for (layer, state) in self.layers.iter().zip(states) {
                let state = layer.cell.step(&layer.weights, &x, state);
                x = state[0].clone();
                next.push(state);
            }
            (x, next)
        }
    }
}

impl<F: Real> Module<F> for Layer<F> {
    fn parameters(&self) -> Parameters<F> {
        let Weights { w_x, w_h, b, b_h } = self.weights.clone();
        let always = [("w_x", w_x), ("w_h", w_h), ("b", b)];
        always.into_iter().chain(b_h.map(|b_h| ("b_h", b_h))).map(|(name, var)| (name.into(), var)).collect()
    }
}

impl<F: Real> Module<F> for Recurrent<F> {
    /// Named `layers.0.w_x` and so on; with both directions `layers.0.forward.w_x` and `layers.0.backward.w_x`.
    fn parameters(&self) -> Parameters<F> {
        let directions = self.config.directions();
        let name = |i: usize| match (directions, i % directions) {
            (1, _) => format!("layers.{i}"),
            (_, 0) => format!("layers.{}.forward", i / 2),
            _ => format!("layers.{}.backward", i / 2),
        };
        self.layers
            .iter()
            .enumerate()
            .flat_map(|(i, layer)| named(&name(i), layer.parameters()).collect::<Vec<_>>())
            .collect()
    }
}
