//! What large weights cost.

use super::{one, trainer};
use fabula::{
    Error,
    autograd::{Parameters, Var},
    train::{Limit, Penalty, Schedule, Sgd, Trainer},
};
use ndarray::{arr1, arr2};

#[test]
fn the_gradient_is_that_of_l2_and_the_cost_that_of_both() {
    let penalty = Penalty { l1: 0.3, l2: 0.2 };
    let parameters: Parameters = vec![("w".into(), Var::parameter(arr2(&[[2.0, -1.0, 0.0]])))];
    let w = &parameters[0].1;
    assert!((penalty.of(&parameters) - (0.3 * 3.0 + 0.1 * 5.0)).abs() < 1e-12);
    penalty.add_gradients(&parameters);
    assert!(w.grad().is_none(), "only where there is a gradient");
    w.add_grad(|| arr2(&[[1.0; 3]]));
    penalty.add_gradients(&parameters);
    assert_eq!(w.grad().unwrap(), arr2(&[[1.4, 0.8, 1.0]]).into_dyn());
}

#[test]
fn l1_pulls_all_alike_and_not_beyond_zero() {
    let parameters: Parameters = vec![("w".into(), Var::parameter(arr2(&[[1.0, -0.75, 0.25, -0.125, 0.0]])))];
    Penalty { l1: 2.5, l2: 0.0 }.shrink(&parameters, 0.1);
    assert_eq!(parameters[0].1.value(), arr2(&[[0.75, -0.5, 0.0, 0.0, 0.0]]).into_dyn());
}

#[test]
fn biases_and_gains_are_spared() {
    let penalty = Penalty { l1: 1.0, l2: 1.0 };
    let parameters = one(arr1(&[2.0, 0.01]));
    parameters[0].1.add_grad(|| arr1(&[0.5, 0.5]));
    penalty.add_gradients(&parameters);
    penalty.shrink(&parameters, 0.1);
    assert_eq!(penalty.of(&parameters), 0.0);
    assert_eq!(parameters[0].1.value(), arr1(&[2.0, 0.01]).into_dyn());
    assert_eq!(parameters[0].1.grad().unwrap(), arr1(&[0.5, 0.5]).into_dyn());
}

/// ½‖w − a‖² with a penalty has its minimum at a soft threshold of a (L1), and at a/(1 + λ) (L2).
#[test]
fn training_ends_where_the_penalty_says() {
    let a = [1.5, -0.8, 0.3, -0.1, 0.0, 0.52];
    let learn = |penalty: Penalty| {
        let w = Var::parameter(arr2(&[[0.7_f32; 6]]));
        let parameters = vec![("w".into(), w.clone())];
        let mut loss = |_| ((&w - &Var::new(arr2(&[a]))).square().sum() * 0.5, 6);
        let (limit, schedule) = (Limit::Steps(400), Schedule::Constant(0.1));
        let trainer = Trainer { limit, schedule, penalty, clip: None, ..trainer(0) };
        trainer.run(&parameters, &mut Sgd::default(), &mut loss, None).unwrap();
        w.value().iter().copied().collect::<Vec<f32>>()
    };
    let zeros = learn(Penalty { l1: 0.5, l2: 0.0 });
    for (w, a) in zeros.iter().zip(a) {
        let best = a.signum() * (a.abs() - 0.5).max(0.0);
        assert!((w - best).abs() < 1e-5, "{w} instead of {best}");
    }
    assert_eq!(zeros.iter().filter(|&&w| w == 0.0).count(), 3, "zero, not nearly zero: {zeros:?}");
    for (w, a) in learn(Penalty { l1: 0.0, l2: 0.5 }).iter().zip(a) {
        assert!((w - a / 1.5).abs() < 1e-5, "{w}, of {a}");
    }
}

#[test]
fn a_negative_penalty_is_refused() {
    let parameters = one(arr1(&[1.0]));
    for penalty in [Penalty { l1: -1.0, l2: 0.0 }, Penalty { l1: 0.0, l2: f64::NAN }] {
        let trainer = Trainer { limit: Limit::Steps(1), penalty, ..trainer(0) };
        let loss = &mut |_| (parameters[0].1.sum(), 1);
        let error = trainer.run(&parameters, &mut Sgd::default(), loss, None).unwrap_err();
        assert!(matches!(error, Error::Config { name: "the penalty", .. }), "{error}");
    }
}
