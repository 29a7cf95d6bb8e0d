//! The recurrent language model: logits, loss, all gradients, and three steps of AdamW with clipping.

use crate::fixture::{array, equal, ids, read};
use fabula::{
    models::{RecurrentLm, RecurrentLmConfig},
    nn::Module,
    text::{Block, Vocab},
    train::{Adam, Optimiser, clip_by_norm, clip_by_norm_f64},
};
use ndarray::Array2;
use serde_json::Value;

/// What the fixture says of a parameter.
fn theirs<'a>(all: &'a Value, name: &str) -> &'a Value {
    match name.split('.').collect::<Vec<_>>()[..] {
        ["embedding", _] => &all["embedding"],
        ["net", "layers", layer, name] => &all["layers"][layer.parse::<usize>().expect("a number")][name],
        ["output", name] => &all[format!("output_{name}")],
        _ => panic!("no parameter {name}"),
    }
}

macro_rules! language_model {
    ($test:ident, $float:ty, $clip:ident) => {
        #[test]
        fn $test() {
            let cases = read("language_model");
            assert_eq!(cases.len(), 2);
            for case in &cases {
                let number = |name: &str| case[name].as_f64().expect("a number");
                let tied = case["tied"] == true;
                let (embed, tokens) = (if tied { 6 } else { 5 }, ["a", "b", "c", "d", "e", "f", "g", "h"]);
                let config = RecurrentLmConfig { embed, hidden: 6, layers: 2, tied, ..Default::default() };
                let mut vocab = Vocab::new();
                for token in tokens {
                    vocab.add(token);
                }
                let model = RecurrentLm::<$float>::init(config, vocab).unwrap();
                let parameters = model.parameters();
                assert_eq!(parameters.len(), if tied { 8 } else { 9 });
                parameters.iter().for_each(|(name, var)| var.set(array(theirs(&case["parameters"], name))));

                let (inputs, targets) = (ids(&case["tokens"]), ids(&case["targets"]));
                let mask = Array2::from_elem(inputs.dim(), true);
                let block = Block { inputs, targets, mask };
                let first = model.zero_states(3);
                let (logits, _) = model.logits(&block.inputs, &first, false);
                equal("the logits", &logits.permute(&[1, 0, 2]).value().to_owned(), &case["logits"]);

                let beta = |i: usize| case["betas"][i].as_f64().expect("a number");
                let (beta1, beta2, epsilon) = (beta(0), beta(1), number("eps"));
                let mut adam = Adam { beta1, beta2, epsilon, decoupled: true, ..Adam::<$float>::default() };
                let scalar = |x: f64| ndarray::arr0(x as $float).into_dyn();
                let theirs_of = |x: &Value| serde_json::json!({ "shape": [], "data": [x] });
                for step in 0..3 {
                    parameters.iter().for_each(|(_, var)| var.zero_grad());
                    let (loss, _) = model.loss(&block, &first, true);
                    equal("the loss", &scalar(loss.item().into()), &theirs_of(&case["losses"][step]));
                    loss.backward();
                    if step == 0 {
                        for (name, var) in &parameters {
                            let expected = theirs(&case["gradients"], name);
                            equal(&format!("d {name}"), &var.grad().expect("a gradient"), expected);
                        }
                    }
                    let norm = $clip(&parameters, number("clip")).unwrap();
                    equal("the norm", &scalar(norm), &theirs_of(&case["norms"][step]));
                    adam.step(&parameters, number("lr"));
                }
                for (name, var) in &parameters {
                    let expected = theirs(&case["after"], name);
                    equal(&format!("{name} after three steps"), &var.value().to_owned(), expected);
                }
            }
        }
    };
}

language_model!(a_language_model_in_f64, f64, clip_by_norm_f64);
language_model!(a_language_model_in_f32, f32, clip_by_norm);
