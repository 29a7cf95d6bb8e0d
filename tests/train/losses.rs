//! Cross-entropy: as the formula says, and what it refuses.

use super::random;
use fabula::{
    autograd::{Var, check_gradients},
    train::CrossEntropy,
};
use ndarray::{Array, Array2, arr2};
use proptest::prelude::*;

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
