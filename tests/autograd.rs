//! Gradients: every operation against central differences, and what a graph must bear.

use fabula::{
    autograd::{Var, check_gradients, concat, no_grad, outputs, stack, without_gradient},
    math::rng,
};
use ndarray::{Array, ArrayD, IxDyn, arr1, arr2};
use ndarray_rand::{RandomExt, rand_distr::Uniform};

type Function = fn(&Var<f64>) -> Var<f64>;
type Operation = fn(&Var<f64>, &Var<f64>) -> Var<f64>;

/// A parameter with numbers from 0.3 to 1.7, so that every operation is defined and smooth there.
fn parameter(shape: &[usize], seed: u64) -> Var<f64> {
    let uniform = Uniform::new(0.3, 1.7).unwrap();
    Var::parameter_f64(Array::random_using(IxDyn(shape), uniform, &mut rng(seed)))
}

/// A weighted sum with weights that differ, so that no error cancels.
fn weighed(y: &Var<f64>) -> Var<f64> {
    let mut next = 0.0;
    let weights = ArrayD::from_shape_simple_fn(IxDyn(&y.shape()), || {
        next += 1.0;
        f64::sin(next)
    });
    (y * &Var::new_f64(weights)).sum()
}

#[track_caller]
fn check(shapes: &[&[usize]], f: impl Fn(&[&Var<f64>]) -> Var<f64>) {
    let inputs: Vec<Var<f64>> = shapes.iter().enumerate().map(|(i, shape)| parameter(shape, i as u64)).collect();
    let inputs: Vec<&Var<f64>> = inputs.iter().collect();
    let found = check_gradients(&inputs, 1e-5, || weighed(&f(&inputs)));
    assert!(found.error < 1e-8, "{found}");
}

#[test]
fn functions_of_a_number() {
    let functions: [Function; 10] = [
        |x| x.exp(),
        |x| x.ln(),
        |x| x.sqrt(),
        |x| x.square(),
        |x| x.powf(2.5),
        |x| (x - 1.0).abs(),
        |x| x.tanh(),
        |x| x.sigmoid(),
        |x| (x - 1.0).relu(),
        |x| -x,
    ];
    for f in functions {
        check(&[&[3, 4]], |x| f(x[0]));
    }
}

#[test]
fn arithmetic_with_broadcasting() {
    let operations: [Operation; 4] = [|a, b| a + b, |a, b| a - b, |a, b| a * b, |a, b| a / b];
    let shapes: [[&[usize]; 2]; 6] =
        [[&[2, 3], &[2, 3]], [&[2, 3], &[3]], [&[3], &[2, 3]], [&[2, 1], &[1, 3]], [&[4, 2, 3], &[2, 1]], [&[2], &[]]];
    for operation in operations {
        for shapes in shapes {
            check(&shapes, |x| operation(x[0], x[1]));
        }
        check(&[&[2, 3]], |x| operation(&(2.0 - x[0]), &(3.0 / (x[0] * 0.5))));
    }
}

#[test]
fn products() {
    check(&[&[2, 3], &[3, 4]], |x| x[0].matmul(x[1]));
    check(&[&[2, 5, 3], &[3, 4]], |x| x[0].matmul(x[1]));
    check(&[&[2, 5, 3], &[2, 3, 4]], |x| x[0].matmul(x[1]));
    check(&[&[3, 2], &[4, 3]], |x| x[0].t().matmul(&x[1].t()));
}

#[test]
fn sums_and_shapes() {
    check(&[&[3, 4]], |x| x[0].mean());
    check(&[&[3, 4]], |x| x[0].sum_axis(0));
    check(&[&[2, 3, 4]], |x| x[0].mean_axis(1));
    check(&[&[2, 3, 4]], |x| x[0].max_axis(1));
    check(&[&[2, 6]], |x| x[0].reshape(&[3, 4]).tanh());
    check(&[&[2, 3, 4]], |x| x[0].permute(&[2, 0, 1]).reshape(&[8, 3]));
    check(&[&[5, 3]], |x| x[0].slice(0, 1, 4));
    check(&[&[5, 3]], |x| x[0].at(1, 2));
    check(&[&[4, 3]], |x| x[0].rows(&[2, 0, 2, 2]));
    check(&[&[2, 3], &[2, 4]], |x| concat(&[x[0], x[1], x[0]], 1));
    check(&[&[2, 3], &[2, 3]], |x| stack(&[x[0], x[1]], 1));
    check(&[&[2, 5]], |x| x[0].log_softmax());
    check(&[&[2, 2, 5]], |x| x[0].softmax());
}

#[test]
fn several_outputs_go_back_once_with_all_that_came_from_them() {
    let sum_and_product = |a: &Var<f64>, b: &Var<f64>| {
        let (va, vb) = (a.value(), b.value());
        outputs(vec![(&va + &vb).into_shared(), (&va * &vb).into_shared()], &[a, b], move |dy, inputs| {
            let zeros = ArrayD::zeros(va.raw_dim());
            let (ds, dp) = (dy[0].as_ref().unwrap_or(&zeros), dy[1].as_ref().unwrap_or(&zeros));
            inputs[0].add_grad(|| ds + dp * &vb);
            inputs[1].add_grad(|| ds + dp * &va);
        })
    };
    check(&[&[3], &[3]], |x| {
        let both = sum_and_product(x[0], x[1]);
        &both[0].tanh() * &both[1] + &both[1]
    });
    check(&[&[3], &[3]], |x| sum_and_product(x[0], x[1])[1].clone());
}

#[test]
fn a_value_that_is_used_often_gets_the_sum() {
    let x = Var::parameter(arr1(&[2.0]));
    let square = &x * &x;
    let y = (&square * &square + &square * &x).sum();
    y.backward();
    assert_eq!(x.grad().unwrap()[0], 4.0 * 8.0 + 3.0 * 4.0);
    y.backward();
    assert_eq!(x.grad().unwrap()[0], 2.0 * 44.0, "a second backward adds");
    x.zero_grad();
    assert!(x.grad().is_none());
}

/// An embedding that is the output's weights, too: its gradient comes through a transposition, and to single rows.
#[test]
fn a_matrix_that_is_transposed_and_whose_rows_are_taken() {
    check(&[&[5, 3], &[2, 3]], |v| {
        let rows = v[0].rows(&[4, 1, 4]);
        weighed(&rows) + weighed(&v[1].matmul(&v[0].t()))
    });
    check(&[&[5, 3], &[2, 3]], |v| weighed(&v[1].matmul(&v[0].t())) + weighed(&v[0].rows(&[0, 2])));
}

#[test]
fn inner_gradients_on_request_only() {
    let x = Var::parameter(arr1(&[1.0, 2.0]));
    let kept = (&x * 3.0).keep_grad();
    let other = &kept * 2.0;
    other.sum().backward();
    assert_eq!(kept.grad().unwrap(), arr1(&[2.0, 2.0]).into_dyn());
    assert!(other.grad().is_none());
}

#[test]
fn nothing_is_remembered_where_no_gradient_is_wanted() {
    let (x, w) = (Var::new(arr1(&[1.0])), Var::parameter(arr1(&[2.0])));
    assert!(!(&x * &x).wants_grad());
    assert!(!no_grad(|| &x * &w).wants_grad());
    assert!((&x * &w).wants_grad(), "remembering goes on behind no_grad");
    assert!(!(&x * &w).detach().wants_grad());
    let caught = std::panic::catch_unwind(|| no_grad(|| panic!("inside")));
    assert!(caught.is_err() && (&x * &w).wants_grad(), "also behind a panic");
}

#[test]
fn an_old_graph_keeps_the_values_it_was_made_from() {
    let w = Var::parameter(arr1(&[3.0]));
    let y = (&w * &w).sum();
    w.update(|w| *w *= 10.0);
    y.backward();
    assert_eq!((w.item(), w.grad().unwrap()[0]), (30.0, 6.0));
}

#[test]
fn parameters_without_gradient_are_named() {
    let (a, b) = (Var::parameter(arr1(&[1.0])), Var::parameter(arr1(&[1.0])));
    (&a * 2.0).sum().backward();
    assert_eq!(without_gradient(&vec![("a".into(), a), ("b".into(), b)]), ["b"]);
}

/// How many megabytes this process holds.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    status.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok()).unwrap_or(0.0) * 4096.0 / 1e6
}

#[test]
fn a_chain_of_a_hundred_thousand_values_neither_overflows_nor_leaks() {
    let x = Var::parameter(arr1(&[1.0; 64]));
    let chain = || {
        let mut y = &x * 1.0;
        for _ in 0..100_000 {
            y = &y + 1e-6;
        }
        y.sum().backward();
        x.zero_grad();
    };
    chain();
    let before = resident();
    (0..5).for_each(|_| chain());
    assert!(resident() < before + 30.0, "{} MB before, {} MB after five more", before, resident());
}

#[test]
#[should_panic(expected = "[2, 3] + [4]")]
fn shapes_that_do_not_broadcast_are_named() {
    let _ = Var::new(arr2(&[[1.0; 3]; 2])) + Var::new(arr1(&[1.0; 4]));
}

#[test]
#[should_panic(expected = "[1, 2] and [3, 1]")]
fn shapes_that_do_not_multiply_are_named() {
    Var::new(arr2(&[[1.0, 2.0]])).matmul(&Var::new(arr2(&[[1.0], [2.0], [3.0]])));
}

#[test]
#[should_panic(expected = "sum it up to a single number first")]
fn only_a_number_goes_back() {
    Var::parameter(arr1(&[1.0, 2.0])).backward();
}

#[test]
#[should_panic(expected = "row 7 of a matrix of 3 rows")]
fn ids_outside_the_matrix_are_named() {
    Var::new(arr2(&[[1.0]; 3])).rows(&[0, 7]);
}

#[test]
#[should_panic(expected = "another shape than the value")]
fn a_derivative_of_the_wrong_shape_is_caught() {
    let x = Var::parameter(arr1(&[1.0, 2.0]));
    Var::node(arr1(&[1.0]), [&x], |dy, [x]| x.add_grad(|| dy.clone())).backward();
}

#[test]
fn a_wrong_derivative_is_found() {
    let x = Var::parameter_f64(arr1(&[0.5, 0.7]));
    let wrong = |x: &Var<f64>| Var::node(x.value().mapv(f64::sin), [x], move |dy, [x]| x.add_grad(|| dy * 0.9));
    let found = check_gradients(&[&x], 1e-5, || wrong(&x).sum());
    assert!(found.error > 0.02 && found.to_string().contains("number"), "{found}");
}
