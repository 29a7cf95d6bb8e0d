//! Reading what PyTorch computed, and comparing.

use fabula::math::Real;
use ndarray::{Array2, ArrayD, IxDyn};
use serde_json::Value;

pub fn read(name: &str) -> Vec<Value> {
    let path = format!("{}/tests/fixtures/pytorch/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("a fixture")).expect("a list of cases")
}

pub fn numbers(value: &Value) -> Vec<usize> {
    value.as_array().expect("a list").iter().map(|n| n.as_u64().expect("a number") as usize).collect()
}

pub fn array<F: Real>(value: &Value) -> ArrayD<F> {
    let data = value["data"].as_array().expect("an array").iter().map(|x| F::of(x.as_f64().expect("a number")));
    ArrayD::from_shape_vec(IxDyn(&numbers(&value["shape"])), data.collect()).expect("as many numbers")
}

pub fn ids(value: &Value) -> Array2<u32> {
    let shape = numbers(&value["shape"]);
    let ids = numbers(&value["data"]).into_iter().map(|id| id as u32).collect();
    Array2::from_shape_vec((shape[0], shape[1]), ids).expect("as many ids")
}

/// |a − b| ≤ tolerance·(1 + |b|) for all numbers, with 1e-10 for f64 and 1e-5 for f32.
#[track_caller]
pub fn equal<F: Real>(what: &str, found: &ArrayD<F>, expected: &Value) {
    let tolerance = if size_of::<F>() == 8 { 1e-10 } else { 1e-5 };
    let expected: ArrayD<f64> = array(expected);
    assert_eq!(found.shape(), expected.shape(), "the shape of {what}");
    for (place, (&a, &b)) in found.iter().zip(&expected).enumerate() {
        let a = a.to_f64();
        assert!((a - b).abs() <= tolerance * (1.0 + b.abs()), "{what}, number {place}: {a}, by PyTorch {b}");
    }
}
