//! Losses, optimisers, clipping and schedules: the same numbers as PyTorch's.

use fabula::{
    autograd::{Parameters, Var},
    train::{Adam, CrossEntropy, Optimiser, Schedule, Sgd, clip_by_norm, clip_by_norm_f64},
};
use ndarray::{Array2, ArrayD, IxDyn};
use serde_json::Value;
use std::{fs, path::Path};

fn cases(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pytorch").join(file);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn array<T>(value: &Value, element: impl Fn(&Value) -> T) -> ArrayD<T> {
    let shape: Vec<usize> = value["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    let data = value["data"].as_array().unwrap().iter().map(element).collect();
    ArrayD::from_shape_vec(IxDyn(&shape), data).unwrap()
}

fn numbers(value: &Value) -> ArrayD<f64> {
    array(value, |x| x.as_f64().unwrap())
}

/// |a − b| ≤ tolerance·(1 + |b|)
#[track_caller]
fn close(found: impl IntoIterator<Item = f64>, expected: impl IntoIterator<Item = f64>, tolerance: f64, what: &str) {
    for (i, (a, b)) in found.into_iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= tolerance * (1.0 + b.abs()), "{what}, number {i}: {a} instead of {b}");
    }
}

fn single(x: &ArrayD<f64>) -> ArrayD<f32> {
    x.mapv(|x| x as f32)
}

#[test]
fn cross_entropy_with_mask_and_label_smoothing() {
    let mut seen = 0;
    for case in cases("losses.json").iter().filter(|case| case["name"] == "cross_entropy") {
        let logits = numbers(&case["logits"]);
        let targets: Array2<u32> =
            array(&case["targets"], |id| id.as_u64().unwrap() as u32).into_dimensionality().unwrap();
        let mask: Array2<bool> = array(&case["mask"], |m| m.as_bool().unwrap()).into_dimensionality().unwrap();
        let options = CrossEntropy { mask: Some(&mask), label_smoothing: case["label_smoothing"].as_f64().unwrap() };
        let (loss, dlogits) = (case["loss"].as_f64().unwrap(), numbers(&case["dlogits"]));

        let x = Var::parameter_f64(logits.clone());
        let found = x.cross_entropy_with(&targets, options);
        found.backward();
        close([found.item()], [loss], 1e-10, "loss");
        close(x.grad().unwrap(), dlogits.clone(), 1e-10, "dlogits");

        let x = Var::parameter(single(&logits));
        let found = x.cross_entropy_with(&targets, options);
        found.backward();
        close([found.item().into()], [loss], 1e-5, "loss in f32");
        close(x.grad().unwrap().mapv(f64::from), dlogits, 1e-5, "dlogits in f32");
        seen += 1;
    }
    assert_eq!(seen, 4);
}

/// The optimiser of a case, in either precision.
macro_rules! optimiser {
    ($case:ident, $float:ty) => {{
        let of = |key: &str| $case[key].as_f64().unwrap_or(0.0);
        let (name, weight_decay) = ($case["name"].as_str().unwrap(), of("weight_decay"));
        let optimiser: Box<dyn Optimiser<$float>> = match name.starts_with("adam") {
            true => {
                let beta = |i: usize| $case["betas"][i].as_f64().unwrap();
                let (beta1, beta2, epsilon) = (beta(0), beta(1), of("eps"));
                let decoupled = name.starts_with("adamw");
                Box::new(Adam { beta1, beta2, epsilon, weight_decay, decoupled, ..Adam::default() })
            }
            false => Box::new(Sgd { momentum: of("momentum"), weight_decay, ..Sgd::default() }),
        };
        optimiser
    }};
}

macro_rules! ten_steps {
    ($name:ident, $float:ty, $clip:ident, $tolerance:literal) => {
        #[test]
        fn $name() {
            let cases = cases("optimisers.json");
            assert_eq!(cases.len(), 9);
            for case in &cases {
                let name = case["name"].as_str().unwrap();
                let mut optimiser = optimiser!(case, $float);
                let start = case["start"].as_array().unwrap().iter().enumerate();
                let parameters: Parameters<$float> =
                    start.map(|(i, p)| (i.to_string(), Var::leaf(numbers(p).mapv(|x| x as $float), true))).collect();
                for (step, expected) in case["steps"].as_array().unwrap().iter().enumerate() {
                    let what = format!("{name}, step {step}");
                    for (i, (_, var)) in parameters.iter().enumerate() {
                        var.zero_grad();
                        var.add_grad(|| numbers(&expected["gradients"][i]).mapv(|x| x as $float));
                    }
                    if let Some(clip) = case["clip"].as_f64() {
                        let norm = $clip(&parameters, clip).unwrap();
                        close([norm], [expected["norm"].as_f64().unwrap()], $tolerance, &what);
                    }
                    optimiser.step(&parameters, case["lr"].as_f64().unwrap());
                    for (i, (_, var)) in parameters.iter().enumerate() {
                        let found = var.value().mapv(f64::from);
                        close(found, numbers(&expected["parameters"][i]), $tolerance, &what);
                    }
                }
            }
        }
    };
}

ten_steps!(ten_steps_of_each_optimiser_in_f64, f64, clip_by_norm_f64, 1e-10);
ten_steps!(ten_steps_of_each_optimiser_in_f32, f32, clip_by_norm, 1e-5);

#[test]
fn rates_of_a_warm_up_and_a_cosine() {
    let cases = cases("schedules.json");
    assert_eq!(cases.len(), 3);
    for case in &cases {
        let of = |key: &str| case[key].as_f64().unwrap();
        let (warm_up, steps) = (of("warm_up") as usize, of("steps") as usize);
        let schedule = Schedule::Cosine { peak: of("lr"), floor: of("floor"), warm_up, steps };
        let rates: Vec<f64> = case["rates"].as_array().unwrap().iter().map(|rate| rate.as_f64().unwrap()).collect();
        close((0..rates.len()).map(|t| schedule.at(t)), rates, 1e-12, case["name"].as_str().unwrap());
    }
}
