//! Losses, optimisers and the loop: what must hold whatever the numbers are, and what goes wrong.

use fabula::{
    Error,
    autograd::{Parameters, Var, check_gradients},
    math::rng,
    train::{
        Adam, Checkpoint, CrossEntropy, EarlyStopping, Limit, Optimiser, Penalty, Schedule, Sgd, Trainer, clip_by_norm,
        read_config, read_parameters, write_parameters,
    },
};
use ndarray::{Array, Array1, Array2, ArrayD, arr1, arr2};
use ndarray_rand::{RandomExt, rand_distr::StandardNormal};
use proptest::prelude::*;
use serde_json::json;
use std::{fs, path::Path};

fn random(shape: (usize, usize), seed: u64) -> Array2<f64> {
    Array2::random_using(shape, StandardNormal, &mut rng(seed))
}

fn one(value: Array1<f32>) -> Parameters {
    vec![("w".into(), Var::parameter(value))]
}

fn numbers(parameters: &Parameters) -> Vec<ArrayD<f32>> {
    parameters.iter().map(|(_, var)| var.value().into_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn the_node_is_what_its_formula_says(n in 1usize..9, v in 1usize..80, epsilon in 0.0..1.0f64, seed: u64) {
        let x = Var::parameter_f64(random((n, v), seed) * 3.0);
        let mask = Array2::from_shape_fn((1, n), |(_, i)| i == 0 || (seed >> (i % 60)) & 1 == 1);
        let targets = Array2::from_shape_fn((1, n), |(_, i)| match mask[[0, i]] {
            true => (seed as usize % 97 + i * i) as u32 % v as u32,
            false => 4_000_000_000,
        });
        let options = CrossEntropy { mask: Some(&mask), label_smoothing: epsilon };
        let logits = || x.reshape(&[1, n, v]);
        let q = Array::from_shape_fn((1, n, v), |(b, i, j)| match mask[[b, i]] {
            true => epsilon / v as f64 + if targets[[b, i]] as usize == j { 1.0 - epsilon } else { 0.0 },
            false => 0.0,
        });
        let counts = mask.iter().filter(|&&m| m).count() as f64;
        let by_small_operations = || -(logits().log_softmax() * &Var::new_f64(q.clone())).sum() / counts;
        let (found, expected) = (logits().cross_entropy_with(&targets, options).item(), by_small_operations().item());
        prop_assert!((found - expected).abs() < 1e-10 * (1.0 + expected), "{found} instead of {expected}");
        let check = check_gradients(&[&x], 1e-5, || logits().cross_entropy_with(&targets, options));
        prop_assert!(check.error < 1e-7, "{check}");
    }
}

#[test]
fn large_logits_neither_overflow_nor_lose_the_loss() {
    let x = Var::parameter(arr2(&[[1e4, 1e4, -1e4], [0.0, 1e30, 0.0]]));
    let loss = x.cross_entropy(&[0, 1]);
    assert!((loss.item() - 2f32.ln() / 2.0).abs() < 1e-6, "{loss}");
    loss.backward();
    assert!(x.grad().unwrap().iter().all(|g| g.is_finite()));
    assert!(Var::new(arr2(&[[f32::NAN, 0.0]])).cross_entropy(&[1]).item().is_nan());
    assert!(Var::new(arr2(&[[f32::INFINITY, 0.0]])).cross_entropy(&[1]).item().is_nan());
}

#[test]
fn the_gradient_of_a_loss_is_scaled_by_what_comes_back() {
    let x = Var::parameter_f64(random((4, 5), 1).into_shape_with_order((2, 2, 5)).unwrap());
    let targets = Array2::from_shape_fn((2, 2), |(i, j)| (i + j) as u32);
    let found = check_gradients(&[&x], 1e-5, || (x.permute(&[1, 0, 2]).cross_entropy(&targets) * 3.0).square());
    assert!(found.error < 1e-7, "{found}");
}

#[test]
#[should_panic(expected = "target 3 at place 1: expected a number below V = 3")]
fn targets_outside_the_vocabulary_are_named() {
    Var::new(arr2(&[[0.0; 3]; 2])).cross_entropy(&[2, 3]);
}

#[test]
#[should_panic(expected = "logits of shape [2, 3] for targets of shape [3]")]
fn targets_of_another_shape_are_named() {
    Var::new(arr2(&[[0.0; 3]; 2])).cross_entropy(&vec![0, 1, 2]);
}

#[test]
#[should_panic(expected = "no target counts of 2")]
fn a_mask_of_zeros_only_is_named() {
    let options = CrossEntropy { mask: Some(&arr2(&[[false, false]])), label_smoothing: 0.0 };
    Var::new(Array::zeros((1, 2, 3))).cross_entropy_with(&arr2(&[[0, 1]]), options);
}

#[test]
#[should_panic(expected = "a mask of shape [1, 2] for targets of shape [2]")]
fn a_mask_of_another_shape_is_named() {
    let options = CrossEntropy { mask: Some(&arr2(&[[true, false]])), label_smoothing: 0.0 };
    Var::new(arr2(&[[0.0; 3]; 2])).cross_entropy_with(&[0, 1], options);
}

/// Everything that is cut into pieces, on so many threads.
fn on_threads(threads: usize) -> Vec<ArrayD<f32>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let x = Var::parameter(random((300, 400), 1).mapv(|x| x as f32));
        let targets: Vec<u32> = (0..300).collect();
        let parameters = vec![("x".into(), x.clone())];
        let mut adam = Adam::default();
        let mut norms = Vec::new();
        for _ in 0..3 {
            x.zero_grad();
            x.cross_entropy(&targets).backward();
            norms.push(clip_by_norm(&parameters, 1e-3).unwrap() as f32);
            adam.step(&parameters, 0.01);
        }
        vec![x.value().into_owned(), x.grad().unwrap(), Array1::from(norms).into_dyn()]
    })
}

#[test]
fn the_same_bits_on_one_thread_and_on_three() {
    assert_eq!(on_threads(1), on_threads(3));
}

#[test]
fn a_parameter_without_gradient_stays_as_it_is() {
    let (a, b) = (Var::parameter(arr1(&[1.0])), Var::parameter(arr1(&[1.0])));
    let parameters: Parameters = vec![("a".into(), a.clone()), ("b".into(), b.clone())];
    let mut adam = Adam { weight_decay: 0.1, ..Adam::default() };
    a.add_grad(|| arr1(&[1.0]));
    (0..3).for_each(|_| adam.step(&parameters, 0.1));
    assert_eq!(b.item(), 1.0);
    let before = a.item();
    b.add_grad(|| arr1(&[1.0]));
    a.zero_grad();
    adam.step(&parameters, 0.1);
    // The first step of b, though the fourth of the optimiser: η against the gradient, η·λ by decay.
    assert!((b.item() - (1.0 - 0.1 - 0.01)).abs() < 1e-6, "{b}");
    assert_eq!(a.item(), before);
}

#[test]
fn a_transposed_gradient_moves_the_right_weights() {
    let w = Var::parameter(arr2(&[[0.0f32; 3]; 2]));
    w.add_grad(|| arr2(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]).reversed_axes());
    Sgd::default().step(&vec![("w".into(), w.clone())], 1.0);
    assert_eq!(w.value(), arr2(&[[-1.0, -3.0, -5.0], [-2.0, -4.0, -6.0]]).into_dyn().into_shared());
}

#[test]
#[should_panic(expected = "w has the shape [2], but had [1] before")]
fn an_optimiser_belongs_to_its_parameters() {
    let mut adam = Adam::default();
    for parameters in [one(arr1(&[1.0])), one(arr1(&[1.0, 2.0]))] {
        parameters[0].1.add_grad(|| Array1::ones(parameters[0].1.shape()[0]));
        adam.step(&parameters, 0.1);
    }
}

#[test]
fn clipping_shortens_what_is_too_long_and_names_what_is_no_number() {
    let (a, b) = (one(arr1(&[0.0; 2])).remove(0).1, Var::parameter(arr1(&[0.0])));
    let parameters = vec![("a".into(), a.clone()), ("b".into(), b.clone())];
    assert_eq!(clip_by_norm(&parameters, 1.0).unwrap(), 0.0);
    a.add_grad(|| arr1(&[2.0, 3.0]));
    b.add_grad(|| arr1(&[6.0]));
    assert_eq!(clip_by_norm(&parameters, 7.1).unwrap(), 7.0);
    assert_eq!(b.grad().unwrap()[0], 6.0);
    assert_eq!(clip_by_norm(&parameters, 0.7).unwrap(), 7.0);
    assert!((clip_by_norm(&parameters, f64::INFINITY).unwrap() - 0.7).abs() < 1e-6);
    b.with_grad(|g| g.unwrap()[0] = f32::NAN);
    let before = a.grad();
    let error = clip_by_norm(&parameters, 0.1).unwrap_err();
    assert!(error.to_string().contains("gradient of b holds"), "{error}");
    assert_eq!(a.grad(), before);
}

#[test]
fn schedules() {
    let root = Schedule::InverseRoot { peak: 0.1, warm_up: 4 };
    let rates: Vec<f64> = (0..16).map(|t| root.at(t)).collect();
    assert!((rates[0] - 0.025).abs() < 1e-12 && rates[3] == 0.1 && (rates[15] - 0.05).abs() < 1e-12, "{rates:?}");
    let cosine = Schedule::Cosine { peak: 1.0, floor: 0.1, warm_up: 10, steps: 100 };
    assert_eq!((cosine.at(4), cosine.at(10), cosine.at(10_000)), (0.5, 1.0, 0.1));
    assert_eq!((cosine.at_part(4, 0.9), cosine.at_part(50, 0.5), cosine.at_part(50, 1.5)), (0.5, 0.55, 0.1));
    assert_eq!(Schedule::Constant(0.3).at(99), 0.3);
}

#[test]
fn penalties_have_the_gradients_they_say() {
    let penalty = Penalty { l1: 0.3, l2: 0.2 };
    let parameters = one(arr1(&[2.0, -1.0, 0.0]));
    let w = &parameters[0].1;
    assert!((penalty.of(&parameters) - (0.3 * 3.0 + 0.1 * 5.0)).abs() < 1e-12);
    penalty.add_gradients(&parameters);
    assert!(w.grad().is_none(), "only where there is a gradient");
    w.add_grad(|| arr1(&[1.0; 3]));
    penalty.add_gradients(&parameters);
    assert_eq!(w.grad().unwrap(), arr1(&[1.7, 0.5, 1.0]).into_dyn());
}

#[test]
fn early_stopping_keeps_the_best_weights() {
    let parameters = one(arr1(&[0.0]));
    let mut stopping = EarlyStopping::new(2);
    let stops = [3.0, 2.0, f64::NAN, 1.0, 1.0, 1.5].map(|loss| {
        parameters[0].1.update(|w| *w += 1.0);
        stopping.observe(loss, &parameters)
    });
    assert_eq!(stops, [false, false, false, false, false, true]);
    stopping.restore(&parameters);
    assert_eq!((stopping.best(), parameters[0].1.item()), (Some(1.0), 4.0));
}

/// A bigram model, whose loss falls to the entropy of what follows what.
fn bigram() -> Parameters {
    vec![
        ("scores".into(), Var::parameter(random((7, 7), 3).mapv(|x| x as f32))),
        ("unused".into(), one(arr1(&[5.0])).remove(0).1),
    ]
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

#[test]
fn a_bigram_model_learns_and_its_history_says_so() {
    let model = bigram();
    let mut looks = 0;
    let mut held_out = || {
        looks += 1;
        2.0 - f64::from(looks) / 10.0
    };
    let trainer = Trainer { limit: Limit::Epochs { epochs: 5, batches: 13 }, ..trainer(0) };
    let history = trainer.run(&model, &mut Adam::default(), &mut batch(&model), Some(&mut held_out)).unwrap();
    let steps: Vec<usize> = history.records.iter().map(|record| record.step).collect();
    assert_eq!(steps, [10, 20, 30, 40, 50, 60, 65], "and at the end");
    let losses = history.column(|record| record.loss);
    assert!(losses[0] > 1.5 && losses[6] < 0.8, "{losses:?}");
    assert_eq!(history.best(), Some((65, 1.3)));
    assert!(history.to_string().contains("best held-out loss 1.3000 nats per token at step 65"), "{history}");
    assert!(history.picture().draw().svg().contains("held out"));
}

#[test]
fn time_is_a_limit_too() {
    let model = bigram();
    let schedule = Schedule::Cosine { peak: 0.1, floor: 0.01, warm_up: 5, steps: 0 };
    let trainer = Trainer { limit: Limit::Seconds(0.2), schedule, ..trainer(0) };
    let history = trainer.run(&model, &mut Adam::default(), &mut batch(&model), None).unwrap();
    let last = history.records.last().unwrap();
    assert!(last.seconds >= 0.2 && last.seconds < 2.0 && last.learning_rate < 0.012, "{last}");
}

#[test]
fn a_resumed_training_ends_with_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.safetensors");
    let run = |trainer: Trainer| {
        let model = bigram();
        let mut losses = [3.0, 2.0, 2.5, 1.0, 4.0, 4.0].into_iter();
        let done = fs::exists(&path).unwrap() && trainer.resume;
        losses.by_ref().take(if done { 3 } else { 0 }).for_each(drop);
        let mut held_out = || losses.next().unwrap();
        let history = trainer.run(&model, &mut Adam::default(), &mut batch(&model), Some(&mut held_out)).unwrap();
        (numbers(&model), history.column(|record| record.loss))
    };
    let patient = |steps| Trainer { patience: Some(3), ..trainer(steps) };
    let with_file = |steps| Trainer { checkpoint: Some(path.clone()), resume: true, ..patient(steps) };
    let whole = run(patient(60));
    let half = run(with_file(30));
    assert_ne!(half, whole);
    assert_eq!(run(with_file(60)), whole);
    let once = fs::read(&path).unwrap();
    assert_eq!(run(with_file(60)).0, whole.0, "nothing is left to do");
    assert_eq!(fs::read(&path).unwrap(), once);
}

#[test]
fn the_best_weights_come_back_when_patience_ends() {
    let model = bigram();
    let mut held_out = [3.0, 2.0, 2.5, 2.4].into_iter();
    let mut weights = Vec::new();
    let mut observe = || {
        weights.push(numbers(&model));
        held_out.next().unwrap()
    };
    let trainer = Trainer { patience: Some(2), ..trainer(1000) };
    let history = trainer.run(&model, &mut Adam::default(), &mut batch(&model), Some(&mut observe)).unwrap();
    assert!(history.stopped_early && history.records.len() == 4);
    assert_eq!(numbers(&model), weights[1]);
}

#[track_caller]
fn stops(trainer: &Trainer, model: &Parameters, loss: &mut dyn FnMut(usize) -> (Var, usize), expected: &[&str]) {
    let error = trainer.run(model, &mut Sgd::default(), loss, None).unwrap_err();
    assert!(matches!(error, Error::Diverged { .. }), "{error}");
    for expected in expected {
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn a_loss_that_is_no_number_stops_with_the_step_and_the_likely_cause() {
    let model = one(arr1(&[1.0]));
    let w = model[0].1.clone();
    let far = Trainer { clip: None, schedule: Schedule::Constant(100.0), ..trainer(1000) };
    stops(&far, &model, &mut |_| (w.powi(4).sum(), 1), &["stopped at step", "learning rate, 100, is too high", "in w"]);

    let model = one(arr1(&[1.0]));
    let w = model[0].1.clone();
    let mut dirty = |step| ((&w * if step == 7 { f32::NAN } else { 0.01 }).sum(), 1);
    stops(&trainer(1000), &model, &mut dirty, &["step 7: the loss is NaN", "an input of this step"]);

    let model = one(arr1(&[1.0]));
    let w = model[0].1.clone();
    stops(&trainer(10), &model, &mut |_| ((&w / 0.0).sum(), 1), &["step 0: the loss is inf", "no step was taken yet"]);

    let model = one(arr1(&[0.0]));
    let w = model[0].1.clone();
    stops(&trainer(10), &model, &mut |_| (w.sqrt().sum(), 1), &["step 0: the gradient of w is no number"]);
}

#[test]
fn configs_out_of_range_are_named() {
    let seconds = |s| Trainer { limit: Limit::Seconds(s), ..trainer(1) };
    let rate = |schedule| Trainer { schedule, ..trainer(1) };
    let floor = Schedule::Cosine { peak: 0.1, floor: 0.2, warm_up: 0, steps: 1 };
    let cases = [
        (trainer(0), "the length of the training is 0 steps"),
        (seconds(f64::NAN), "NaN seconds"),
        (Trainer { limit: Limit::Epochs { epochs: 3, batches: 0 }, ..trainer(1) }, "3 epochs of 0 batches"),
        (rate(Schedule::Constant(-1.0)), "the learning rate is -1"),
        (rate(floor), "the floor of the learning rate is 0.2: expected 0 to the peak, 0.1"),
        (Trainer { clip: Some(0.0), ..trainer(1) }, "the norm to clip to is 0"),
        (Trainer { evaluate_every: 0, ..trainer(1) }, "the steps from look to look is 0"),
        (Trainer { patience: Some(3), ..trainer(1) }, "the patience is 3: expected none without held-out text"),
    ];
    for (trainer, expected) in cases {
        let model = bigram();
        let error = trainer.run(&model, &mut Adam::default(), &mut batch(&model), None).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

fn written(path: &Path) -> Parameters {
    let model = bigram();
    let trainer = Trainer { checkpoint: Some(path.into()), config: json!({"layers": 1}), seed: 9, ..trainer(10) };
    trainer.run(&model, &mut Adam::default(), &mut batch(&model), None).unwrap();
    model
}

#[track_caller]
fn refused(path: &Path, model: &Parameters, expected: &[&str]) {
    let before = numbers(model);
    let error = Checkpoint::read(path, model).unwrap_err().to_string();
    assert!(error.contains(path.to_str().unwrap()), "{error}");
    expected.iter().for_each(|expected| assert!(error.contains(expected), "{error}"));
    assert_eq!(numbers(model), before, "a refused checkpoint changes nothing");
}

#[test]
fn a_checkpoint_of_another_model_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.safetensors");
    let model = written(&path);
    let found = Checkpoint::read(&path, &bigram()).unwrap();
    assert_eq!((found.step, found.seed, found.config), (10, 9, json!({"layers": 1})));
    assert_eq!(found.history.records.len(), 1);

    let other: Parameters =
        vec![("scores".into(), Var::parameter(Array2::zeros((7, 8)))), ("new".into(), model[1].1.clone())];
    refused(
        &path,
        &other,
        &["scores has the shape [7, 7] instead of [7, 8]", "it has no new", "the model has no unused"],
    );
    let many: Parameters = (0..20).map(|i| (format!("w{i}"), model[0].1.clone())).collect();
    refused(&path, &many, &["it has no w7", "and 14 more"]);

    let resumed = Trainer { checkpoint: Some(path), resume: true, ..trainer(20) };
    let error = resumed.run(&model, &mut Sgd::default(), &mut batch(&model), None).unwrap_err();
    assert!(error.to_string().contains("another optimiser"), "{error}");
}

#[test]
fn a_truncated_or_edited_checkpoint_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.safetensors");
    written(&path);
    let whole = fs::read(&path).unwrap();
    for length in [0, 5, 100, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        refused(&path, &bigram(), &["truncated or damaged"]);
    }
    for place in (8..whole.len()).step_by(61).chain([whole.len() - 1]) {
        let mut edited = whole.clone();
        edited[place] ^= 1;
        fs::write(&path, &edited).unwrap();
        refused(&path, &bigram(), &[]);
    }
    let seed = br#"seed\":9"#;
    let at = whole.windows(seed.len()).position(|bytes| bytes == seed).unwrap();
    let mut edited = whole.clone();
    edited[at + seed.len() - 1] = b'8';
    fs::write(&path, &edited).unwrap();
    refused(&path, &bigram(), &["it was changed after it was written"]);
    fs::write(&path, "no checkpoint at all").unwrap();
    refused(&path, &bigram(), &["truncated or damaged"]);
    fs::remove_file(&path).unwrap();
    refused(&path, &bigram(), &["cannot read or write"]);
}

#[test]
fn where_nothing_can_be_written_the_old_checkpoint_is_still_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.safetensors");
    let model = written(&path);
    let old = fs::read(&path).unwrap();
    // A folder in the way of the temporary file: writing fails, also for root.
    let blocker = dir.path().join(format!(".a.safetensors.{}.tmp", std::process::id()));
    fs::create_dir(&blocker).unwrap();
    let again = Trainer { checkpoint: Some(path.clone()), ..trainer(10) };
    let error = again.run(&model, &mut Adam::default(), &mut batch(&model), None).unwrap_err();
    assert!(error.to_string().contains("cannot read or write"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), old);
    for nowhere in ["/dev/full", "/no/such/folder/a.safetensors"] {
        let trainer = Trainer { checkpoint: Some(nowhere.into()), ..trainer(10) };
        let error = trainer.run(&model, &mut Adam::default(), &mut batch(&model), None).unwrap_err();
        assert!(matches!(&error, Error::Io { path, .. } if path == Path::new(nowhere)), "{error}");
    }
}

#[test]
fn weights_alone_are_written_and_read_with_their_config() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("weights.safetensors");
    let (model, other) = (bigram(), bigram());
    model[0].1.update(|w| *w *= 0.1);
    write_parameters(&path, &model, &json!({"hidden": 7, "rate": 0.1})).unwrap();
    let once = fs::read(&path).unwrap();
    assert_eq!(read_config(&path).unwrap(), json!({"hidden": 7, "rate": 0.1}));
    read_parameters(&path, &other).unwrap();
    assert_eq!(numbers(&model), numbers(&other));
    write_parameters(&path, &other, &read_config(&path).unwrap()).unwrap();
    assert_eq!(fs::read(&path).unwrap(), once);
    let error = read_parameters(&path, &one(arr1(&[1.0]))).unwrap_err();
    assert!(error.to_string().contains("it has no w; the model has no scores; the model has no unused"), "{error}");
    let error = Checkpoint::read(&path, &model).unwrap_err();
    assert!(error.to_string().contains("it holds something else than expected"), "{error}");
}
