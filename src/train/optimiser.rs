//! What all optimisers have in common.

use crate::{
    autograd::{Parameters, Values},
    math::Real,
};
use ndarray::ArrayD;
use rayon::prelude::*;

/// How many numbers one task takes.
const TASK: usize = 1 << 15;

/// A way down: moves every parameter that has a gradient.
///
/// Values change in place. Where a graph still holds them (a loss that was not dropped), it keeps the old ones, and the
/// parameter gets a copy: right, but slower.
pub trait Optimiser<F: Real = f32> {
    /// One step with learning rate η. A parameter without gradient stays as it is.
    ///
    /// # Panics
    /// If the parameters are others than in the steps before.
    fn step(&mut self, parameters: &Parameters<F>, learning_rate: f64);

    /// How many averages of its gradients it keeps of each parameter.
    fn averages(&self) -> usize;

    /// What it remembers from step to step, for a checkpoint.
    fn state(&self) -> &State<F>;

    fn set_state(&mut self, state: State<F>);
}

/// What an optimiser remembers of each parameter, in the parameters' order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State<F: Real = f32>(pub(super) Vec<Slot<F>>);

/// What it remembers of one: how many steps it took, and averages of its gradients.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Slot<F: Real> {
    pub steps: u64,
    pub averages: Vec<ArrayD<F>>,
}

impl<F: Real> State<F> {
    /// Whether it is that of an optimiser with so many averages.
    pub(super) fn fits(&self, averages: usize) -> bool {
        self.0.iter().all(|slot| slot.steps == 0 || slot.averages.len() == averages)
    }
}

/// How many steps a parameter took, this one included, and how many axes it has.
pub(super) type Step = (u64, usize);

/// Calls `change` for pieces of each parameter: (step; values; gradient; N averages).
pub(super) fn update<F: Real, const N: usize>(
    parameters: &Parameters<F>,
    state: &mut State<F>,
    change: impl Fn(Step, &mut [F], &[F], [&mut [F]; N]) + Sync,
) {
    assert!(state.fits(N), "the state of another optimiser");
    let slots = &mut state.0;
    slots.resize_with(parameters.len().max(slots.len()), Slot::default);
    assert!(slots.len() == parameters.len(), "{} parameters, but {} before", parameters.len(), slots.len());
    for ((name, var), slot) in parameters.iter().zip(slots) {
        var.with_grad(|gradient| {
            let Some(gradient) = gradient else { return };
            standard(gradient);
            if slot.steps == 0 {
                slot.averages = vec![ArrayD::zeros(gradient.raw_dim()); N];
            }
            slot.steps += 1;
            let averages: &mut [ArrayD<F>; N] = slot.averages.as_mut_slice().try_into().expect("N averages");
            for average in averages.iter() {
                let (found, before) = (gradient.shape(), average.shape());
                assert!(found == before, "{name} has the shape {found:?}, but had {before:?} before");
            }
            let averages = averages.each_mut().map(|average| average.as_slice_mut().expect("an array without gaps"));
            let gradient = gradient.as_slice().expect("an array without gaps");
            let step = (slot.steps, var.shape().len());
            var.update(|values| in_pieces(step, numbers(values), gradient, averages, &change));
        });
    }
}

fn in_pieces<F: Real, const N: usize>(
    step: Step,
    mut values: &mut [F],
    mut gradient: &[F],
    mut averages: [&mut [F]; N],
    change: &(impl Fn(Step, &mut [F], &[F], [&mut [F]; N]) + Sync),
) {
    if values.len() <= TASK {
        return change(step, values, gradient, averages);
    }
    let mut pieces = Vec::with_capacity(values.len().div_ceil(TASK));
    while !values.is_empty() {
        let length = TASK.min(values.len());
        let taken = averages.each_mut().map(|average| average.split_off_mut(..length).expect("as many numbers"));
        let values = values.split_off_mut(..length).expect("as many numbers");
        pieces.push((values, gradient.split_off(..length).expect("as many numbers"), taken));
    }
    pieces.into_par_iter().for_each(|(values, gradient, averages)| change(step, values, gradient, averages));
}

/// A gradient may come transposed from a product; values and averages lie row by row.
fn standard<F: Real>(gradient: &mut ArrayD<F>) {
    if !gradient.is_standard_layout() {
        *gradient = gradient.as_standard_layout().into_owned();
    }
}

fn numbers<F: Real>(values: &mut Values<F>) -> &mut [F] {
    if !values.is_standard_layout() {
        *values = values.as_standard_layout().into_owned().into_shared();
    }
    values.as_slice_mut().expect("an array without gaps")
}
