//! Optimisers, clipping, schedules, penalties.

use super::{one, random};
use fabula::{
    autograd::{Parameters, Var},
    train::{Adam, Optimiser, Schedule, Sgd, clip_by_norm},
};
use ndarray::{Array1, ArrayD, arr1, arr2};

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
