//! Recurrent layers: whole sequences against the formulas step by step, tokens against their vectors, threads, masks.

use fabula::{
    autograd::{Var, check_gradients, stack},
    math::{normal, uniform},
    nn::{Direction, Module, Recurrent, RecurrentConfig, RecurrentKind, Reset, recurrent::States},
};
use ndarray::{Array2, ArrayD, s};

const KINDS: [RecurrentKind; 4] =
    [RecurrentKind::Rnn, RecurrentKind::Lstm, RecurrentKind::Gru(Reset::After), RecurrentKind::Gru(Reset::Before)];

fn net(kind: RecurrentKind, layers: usize) -> Recurrent<f64> {
    Recurrent::init(RecurrentConfig { kind, inputs: 3, hidden: 5, layers, ..Default::default() }).unwrap()
}

fn random(shape: &[usize], seed: u64) -> Var<f64> {
    Var::leaf(normal(shape, 1.0, seed), true)
}

fn states(net: &Recurrent<f64>, batch: usize) -> States<f64> {
    let mut seed = 100;
    let mut state = |var: &Var<f64>| {
        seed += 1;
        random(&var.shape(), seed)
    };
    net.zero_states(batch).iter().map(|layer| layer.iter().map(&mut state).collect()).collect()
}

/// The gradients of all parameters, inputs and first states.
fn gradients(net: &Recurrent<f64>, others: &[&Var<f64>]) -> Vec<ArrayD<f64>> {
    let parameters = net.parameters();
    let all: Vec<Var<f64>> =
        parameters.iter().map(|(_, var)| var.clone()).chain(others.iter().map(|&v| v.clone())).collect();
    let gradients = all.iter().map(|var| var.grad().expect("a gradient")).collect();
    all.iter().for_each(|var| var.zero_grad());
    gradients
}

#[track_caller]
fn close(a: &[ArrayD<f64>], b: &[ArrayD<f64>]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).iter().all(|d| d.abs() < 1e-12), "{a}\n{b}");
    }
}

#[test]
fn a_sequence_at_once_is_its_steps_one_by_one() {
    for kind in KINDS {
        let net = net(kind, 2);
        let (x, first) = (random(&[4, 6, 3], 1), states(&net, 4));
        let weigh = |y: &Var<f64>, last: &States<f64>| {
            let weights = Var::leaf(normal(&[4, 6, 5], 1.0, 2), false);
            last.iter().flatten().fold((y * &weights).sum(), |sum, state| sum + state.square().sum())
        };
        let mut others: Vec<&Var<f64>> = vec![&x];
        others.extend(first.iter().flatten());

        let (y, last) = net.forward(&x, &first, None, true);
        weigh(&y, &last).backward();
        let at_once = gradients(&net, &others);

        let (mut state, mut ys) = (first.clone(), Vec::new());
        for t in 0..6 {
            let (y, next) = net.step(&x.at(1, t), &state);
            ys.push(y);
            state = next;
        }
        let by_steps = stack(&ys.iter().collect::<Vec<_>>(), 1);
        close(&[y.value().to_owned()], &[by_steps.value().to_owned()]);
        weigh(&by_steps, &state).backward();
        close(&at_once, &gradients(&net, &others));
    }
}

#[test]
fn central_differences_agree() {
    for kind in KINDS {
        let net = net(kind, 1);
        let (x, first) = (random(&[2, 3, 3], 1), states(&net, 2));
        let mask = ndarray::arr2(&[[true, true, true], [true, false, true]]);
        let parameters = net.parameters();
        let mut inputs: Vec<&Var<f64>> = parameters.iter().map(|(_, var)| var).collect();
        inputs.push(&x);
        inputs.extend(first.iter().flatten());
        let found = check_gradients(&inputs, 1e-5, || net.forward(&x, &first, Some(&mask), true).0.square().sum());
        assert!(found.error < 1e-8, "{kind:?}: {found}");
    }
}

#[test]
fn tokens_are_the_rows_of_the_embedding() {
    for direction in [Direction::Forward, Direction::Both] {
        let config = RecurrentConfig { inputs: 3, hidden: 5, layers: 2, direction, ..Default::default() };
        let net = Recurrent::<f64>::init(config).unwrap();
        let (embedding, first) = (random(&[7, 3], 1), states(&net, 2));
        let ids = ndarray::arr2(&[[3, 0, 6, 3], [1, 1, 3, 5]]);
        let mask = ndarray::arr2(&[[true; 4], [true, true, false, false]]);
        let (y, _) = net.forward_tokens(&embedding, &ids, &first, Some(&mask), true);
        y.square().sum().backward();
        let tokens = gradients(&net, &[&embedding]);
        let x = embedding.rows(&ids.iter().copied().collect::<Vec<_>>()).reshape(&[2, 4, 3]);
        let (same, _) = net.forward(&x, &first, Some(&mask), true);
        close(&[y.value().to_owned()], &[same.value().to_owned()]);
        same.square().sum().backward();
        close(&tokens, &gradients(&net, &[&embedding]));
    }
}

#[test]
fn what_stands_behind_the_end_of_a_row_changes_nothing() {
    for kind in KINDS {
        let config = RecurrentConfig { kind, inputs: 3, hidden: 5, direction: Direction::Both, ..Default::default() };
        let net = Recurrent::<f64>::init(config).unwrap();
        let mask = Array2::from_shape_fn((2, 6), |(row, t)| t < [6, 3][row]);
        let x = normal(&[2, 6, 3], 1.0, 1);
        let mut other = x.clone();
        other.slice_mut(s![1, 3.., ..]).fill(9.0);
        let run = |x: ArrayD<f64>| net.forward(&Var::leaf(x, false), &net.zero_states(2), Some(&mask), true).0.value();
        assert_eq!(run(x.clone()), run(other));
        let alone = x.slice(s![1..2, ..3, ..]).to_owned().into_dyn();
        let alone = net.forward(&Var::leaf(alone, false), &net.zero_states(1), None, true).0.value();
        assert_eq!(run(x).slice(s![1..2, ..3, ..]), alone.slice(s![.., .., ..]));
    }
}

#[test]
fn one_thread_and_two_give_the_same_bytes() {
    let run = || {
        let net = Recurrent::new(RecurrentConfig { inputs: 8, hidden: 96, layers: 2, ..Default::default() }).unwrap();
        let x = Var::leaf(uniform::<f32>(&[13, 20, 8], 1.0, 1), true);
        let (y, _) = net.forward(&x, &net.zero_states(13), None, true);
        y.square().sum().backward();
        let mut all: Vec<ArrayD<f32>> = net.parameters().iter().map(|(_, var)| var.grad().unwrap()).collect();
        all.push(x.grad().unwrap());
        all.push(y.value().to_owned());
        all
    };
    let threads = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap().install(run);
    assert_eq!(threads(1), threads(2));
    assert_eq!(threads(1), threads(3));
}

#[test]
fn a_new_seed_gives_new_weights_and_the_same_seed_the_same() {
    let weights = |seed| {
        let net = Recurrent::new(RecurrentConfig { seed, ..Default::default() }).unwrap();
        net.parameters().iter().map(|(_, var)| var.value()).collect::<Vec<_>>()
    };
    assert_eq!(weights(1), weights(1));
    assert_ne!(weights(1), weights(2));
}

#[test]
fn sizes_of_zero_and_impossible_dropout_are_refused() {
    let refused = |config| Recurrent::new(config).unwrap_err().to_string();
    let default = RecurrentConfig::default;
    assert!(refused(RecurrentConfig { hidden: 0, ..default() }).contains("hidden is 0: expected at least 1"));
    assert!(refused(RecurrentConfig { layers: 0, ..default() }).contains("layers is 0"));
    assert!(refused(RecurrentConfig { dropout: 1.0, ..default() }).contains("dropout is 1"));
    assert!(refused(RecurrentConfig { dropout: f64::NAN, ..default() }).contains("dropout is NaN"));
}

#[test]
#[should_panic(expected = "a state of a batch of 2 rows")]
fn states_of_another_batch_are_named() {
    let net = net(RecurrentKind::Rnn, 1);
    net.forward(&random(&[2, 3, 3], 1), &net.zero_states(4), None, true);
}

#[test]
fn no_steps_leave_the_states_as_they_are() {
    let net = net(RecurrentKind::Lstm, 1);
    let first = states(&net, 2);
    let (y, last) = net.forward(&random(&[2, 0, 3], 1), &first, None, true);
    assert_eq!(y.shape(), [2, 0, 5]);
    assert_eq!(last[0][1].value(), first[0][1].value());
}
