//! Recurrent layers over whole sequences: one and two layers, one and both directions, with and without masks.

use crate::fixture::{array, equal, numbers, read};
use fabula::{
    autograd::without_gradient,
    nn::{Direction, Module, Recurrent, RecurrentConfig, RecurrentKind, Reset, recurrent::States},
};
use ndarray::{Array2, ArrayD, Axis, stack};
use serde_json::Value;

fn config(case: &Value) -> RecurrentConfig {
    let kind = match case["cell"].as_str().expect("a name") {
        "rnn" => RecurrentKind::Rnn,
        "lstm" => RecurrentKind::Lstm,
        "gru" => RecurrentKind::Gru(Reset::After),
        other => panic!("no cell {other}"),
    };
    let direction = if case["directions"] == 2 { Direction::Both } else { Direction::Forward };
    let layers = case["layers"].as_u64().expect("a number") as usize;
    RecurrentConfig { kind, inputs: 4, hidden: 6, layers, direction, ..Default::default() }
}

/// The name of a weight in the fixture.
fn theirs(name: &str) -> &str {
    match name.rsplit('.').next().expect("a name") {
        "b_h" => "b_n",
        name => name,
    }
}

macro_rules! recurrent {
    ($test:ident, $float:ty) => {
        #[test]
        fn $test() {
            type Var = fabula::autograd::Var<$float>;
            let cases = read("recurrent");
            assert_eq!(cases.len(), 24);
            for case in &cases {
                let what = format!(
                    "{} of {} layers, {} directions, lengths {}",
                    case["cell"], case["layers"], case["directions"], case["lengths"]
                );
                let net = Recurrent::<$float>::init(config(case)).unwrap();
                let per_layer = net.parameters().len() / net.layers().len();
                for (i, (name, var)) in net.parameters().iter().enumerate() {
                    var.set(array(&case["weights"][i / per_layer][theirs(name)]));
                }
                let x = Var::leaf(array(&case["x"]), true);
                let names: &[&str] = if case["c0"].is_null() { &["h"] } else { &["h", "c"] };
                let part =
                    |name: String, layer: usize| array::<$float>(&case[name]).index_axis(Axis(0), layer).to_owned();
                let states: States<$float> = (0..net.layers().len())
                    .map(|i| names.iter().map(|name| Var::leaf(part(format!("{name}0"), i), true)).collect())
                    .collect();
                let mask = case["lengths"].as_array().map(|_| {
                    let lengths = numbers(&case["lengths"]);
                    Array2::from_shape_fn((3, 5), |(row, t)| t < lengths[row])
                });
                let (y, last) = net.forward(&x, &states, mask.as_ref(), true);

                equal(&format!("y of {what}"), &y.value().to_owned(), &case["y"]);
                let mut loss = (&y * &Var::leaf(array(&case["dy"]), false)).sum();
                for (k, name) in names.iter().enumerate() {
                    for (i, last) in last.iter().enumerate() {
                        loss = loss + (&last[k] * &Var::leaf(part(format!("d{name}"), i), false)).sum();
                    }
                    let all: Vec<ArrayD<$float>> = last.iter().map(|last| last[k].value().to_owned()).collect();
                    let views: Vec<_> = all.iter().map(|x| x.view()).collect();
                    equal(&format!("last {name} of {what}"), &stack(Axis(0), &views).unwrap(), &case[*name]);
                }
                loss.backward();
                assert_eq!(without_gradient(&net.parameters()), [""; 0]);
                equal(&format!("dx of {what}"), &x.grad().unwrap(), &case["dx"]);
                for (k, name) in names.iter().enumerate() {
                    let all: Vec<ArrayD<$float>> = states.iter().map(|state| state[k].grad().unwrap()).collect();
                    let views: Vec<_> = all.iter().map(|x| x.view()).collect();
                    equal(&format!("d{name}0 of {what}"), &stack(Axis(0), &views).unwrap(), &case[format!("d{name}0")]);
                }
                for (i, (name, var)) in net.parameters().iter().enumerate() {
                    let expected = &case["dweights"][i / per_layer][theirs(name)];
                    equal(&format!("d{name} of {what}"), &var.grad().unwrap(), expected);
                }
            }
        }
    };
}

recurrent!(recurrent_networks_in_f64, f64);
recurrent!(recurrent_networks_in_f32, f32);
