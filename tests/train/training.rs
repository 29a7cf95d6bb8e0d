//! The loop: when it ends, and what it says.

use super::{batch, bigram, numbers, one, trainer};
use fabula::{
    Error,
    autograd::{Parameters, Var},
    train::{Adam, EarlyStopping, Limit, Schedule, Sgd, Trainer},
};
use ndarray::arr1;

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
    stops(
        &far,
        &model,
        &mut |_| (w.powf(4.0).sum(), 1),
        &["stopped at step", "learning rate, 100, is too high", "in w"],
    );

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
