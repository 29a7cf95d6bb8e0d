//! Losses, optimisers and the loop: what must hold whatever the numbers are, and what goes wrong.

mod checkpoints;
mod descent;
mod losses;
mod penalties;
mod training;

use fabula::{
    autograd::{Parameters, Var},
    math::rng,
    train::{Limit, Schedule, Trainer},
};
use ndarray::{Array1, Array2, ArrayD, arr1};
use ndarray_rand::{RandomExt, rand_distr::StandardNormal};

fn random(shape: (usize, usize), seed: u64) -> Array2<f64> {
    Array2::random_using(shape, StandardNormal, &mut rng(seed))
}

fn one(value: Array1<f32>) -> Parameters {
    vec![("w".into(), Var::parameter(value))]
}

fn numbers(parameters: &Parameters) -> Vec<ArrayD<f32>> {
    parameters.iter().map(|(_, var)| var.value().into_owned()).collect()
}

/// A bigram model, whose loss falls to the entropy of what follows what; one parameter is never used.
fn bigram() -> Parameters {
    let scores = Var::parameter(random((7, 7), 3).mapv(|x| x as f32));
    vec![("scores".into(), scores), ("unused".into(), Var::parameter(arr1(&[5.0])))]
}

fn batch(model: &Parameters) -> impl FnMut(usize) -> (Var, usize) {
    let scores = model[0].1.clone();
    move |step| {
        let inputs: Vec<u32> = (0..21).map(|i| (i + step as u32) % 7).collect();
        let targets: Vec<u32> = inputs.iter().enumerate().map(|(i, x)| (x * 3 + i as u32 % 2) % 7).collect();
        (scores.rows(&inputs).cross_entropy(&targets), inputs.len())
    }
}

fn trainer(steps: usize) -> Trainer {
    let schedule = Schedule::Cosine { peak: 0.1, floor: 0.01, warm_up: 5, steps: 60 };
    Trainer { limit: Limit::Steps(steps), schedule, evaluate_every: 10, quiet: true, ..Trainer::default() }
}
