//! Multi-head attention, and whole layers of encoders and decoders, normalised before and behind, with masks.

use crate::fixture::{array, equal, numbers, read};
use fabula::{
    autograd::{Parameters, Var},
    math::Real,
    nn::{
        Activation, Mask, Module, MultiHeadAttention, NormOrder, TransformerConfig, TransformerLayer, attention::Heads,
    },
};
use ndarray::{Array2, ArrayD, Axis};
use serde_json::Value;

const WIDTH: usize = 8;

fn mask(lengths: &Value, places: usize, causal: bool) -> Mask {
    let counts = lengths.as_array().map(|_| {
        let lengths = numbers(lengths);
        Array2::from_shape_fn((lengths.len(), places), |(row, t)| t < lengths[row])
    });
    Mask { causal, ..counts.map_or_else(Mask::none, Mask::padding) }
}

fn config(case: &Value) -> TransformerConfig {
    TransformerConfig {
        width: WIDTH,
        heads: 2,
        layers: 1,
        inner: Some(12),
        activation: if case["activation"] == "relu" { Activation::Relu } else { Activation::Gelu },
        order: if case["norm_first"] == true { NormOrder::Pre } else { NormOrder::Post },
        ..Default::default()
    }
}

fn set<F: Real>(parameters: &Parameters<F>, case: &Value) {
    let expected = case["parameters"].as_object().expect("named parameters");
    assert_eq!(parameters.len(), expected.len());
    parameters.iter().for_each(|(name, var)| var.set(array(&expected[name])));
}

fn equal_gradients<F: Real>(parameters: &Parameters<F>, case: &Value) {
    for (name, var) in parameters {
        let gradient = var.grad().unwrap_or_else(|| panic!("{name} has no gradient"));
        equal(&format!("d {name}"), &gradient, &case["gradients"][name]);
    }
}

fn grad<F: Real>(var: &Var<F>) -> ArrayD<F> {
    var.grad().expect("a gradient")
}

macro_rules! transformer {
    ($heads:ident, $layers:ident, $float:ty) => {
        #[test]
        fn $heads() {
            let cases = read("multi_head");
            assert_eq!(cases.len(), 6);
            for case in &cases {
                let attention = MultiHeadAttention::<$float>::init(WIDTH, 2, 0.0, 1);
                let parameters = attention.parameters();
                set(&parameters, case);
                let x = Var::leaf(array(&case["x"]), true);
                let memory = (case["crossed"] == true).then(|| Var::leaf(array(&case["memory"]), true));
                let places = memory.as_ref().unwrap_or(&x).shape()[1];
                let mask = mask(&case["lengths"], places, case["causal"] == true);
                let y = match &memory {
                    Some(memory) => attention.cross(&x, memory, &mask, true),
                    None => attention.forward(&x, &mask, true),
                };
                equal("y", &y.value().to_owned(), &case["y"]);
                let weights = attention.weights(&x, memory.as_ref(), &mask);
                equal("weights", &weights.into_dyn(), &case["weights"]);
                y.backward_from(array(&case["dy"]));
                equal("dx", &grad(&x), &case["dx"]);
                if let Some(memory) = &memory {
                    equal("dmemory", &grad(memory), &case["dmemory"]);
                }
                equal_gradients(&parameters, case);
            }
        }

        #[test]
        fn $layers() {
            let cases = read("transformer_layers");
            assert_eq!(cases.len(), 12);
            for case in &cases {
                let memory = case["memory"].as_object().map(|_| Var::leaf(array(&case["memory"]), true));
                let layer = TransformerLayer::<$float>::init(&config(case), memory.is_some(), 1);
                let parameters = layer.parameters();
                set(&parameters, case);
                let x = Var::leaf(array(&case["x"]), true);
                let of_itself = mask(&case["lengths"], x.shape()[1], case["causal"] == true);
                let places = memory.as_ref().map_or(0, |memory| memory.shape()[1]);
                let of_memory = mask(&case["memory_lengths"], places, false);
                let memory_and_mask = memory.as_ref().map(|memory| (memory, &of_memory));
                let y = layer.forward(&x, &of_itself, memory_and_mask, true, None);
                equal("y", &y.value().to_owned(), &case["y"]);
                y.backward_from(array(&case["dy"]));
                equal("dx", &grad(&x), &case["dx"]);
                if let Some(memory) = &memory {
                    equal("dmemory", &grad(memory), &case["dmemory"]);
                }
                equal_gradients(&parameters, case);
            }
        }
    };
}

transformer!(heads_in_f64, layers_in_f64, f64);
transformer!(heads_in_f32, layers_in_f32, f32);

/// The same numbers from small operations, as a chapter writes them.
#[test]
fn one_operation_is_many_small_ones() {
    let draw = |k: u64| Var::<f64>::leaf(fabula::math::normal(&[2, 70, 12], 1.0, k), true);
    let (q, k, v) = (draw(1), draw(2), draw(3));
    for causal in [false, true] {
        let heads = Heads::new(3, if causal { Mask::causal() } else { Mask::none() });
        let run = |c: Var<f64>| {
            [&q, &k, &v].iter().for_each(|x| x.zero_grad());
            c.square().sum().backward();
            (c.value().to_owned(), [&q, &k, &v].map(grad))
        };
        let (c, gradients) = run(q.scaled_attention(&k, &v, &heads));
        let future = Array2::from_shape_fn((70, 70), |(t, s)| if causal && s > t { -1e30 } else { 0.0 });
        let future = Var::new_f64(future);
        let parts = (0..3).map(|head| {
            let [q, k, v] = [&q, &k, &v].map(|x| x.slice(2, 4 * head, 4 * head + 4));
            let scores = q.matmul(&k.permute(&[0, 2, 1])) / 2.0;
            (scores + &future).softmax().matmul(&v)
        });
        let parts: Vec<_> = parts.collect();
        let (by_hand, gradients_by_hand) = run(fabula::autograd::concat(&parts.iter().collect::<Vec<_>>(), 2));
        let close = |a: &ArrayD<f64>, b: &ArrayD<f64>| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-11);
        assert!(close(&c, &by_hand));
        for (a, b) in gradients.iter().zip(&gradients_by_hand) {
            assert!(close(a, b));
        }
        let weights = q.scaled_weights(&k, &heads);
        assert!(weights.sum_axis(Axis(3)).iter().all(|sum| (sum - 1.0).abs() < 1e-12));
    }
}
