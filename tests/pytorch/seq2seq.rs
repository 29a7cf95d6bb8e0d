//! An encoder and a decoder, with and without attention: logits, weights, loss, and all gradients.

use crate::fixture::{array, equal, ids, numbers, read};
use fabula::{
    models::{Attention, Seq2Seq, Seq2SeqConfig},
    nn::{Direction, Module, RecurrentKind, Reset},
    text::{Padded, PairBatch, Vocab},
};
use ndarray::Array2;
use serde_json::Value;

fn vocab(size: usize) -> Vocab {
    let mut vocab = Vocab::new();
    for i in Vocab::RESERVED.len()..size {
        vocab.add(&format!("w{i}"));
    }
    vocab
}

fn config(case: &Value) -> Seq2SeqConfig {
    Seq2SeqConfig {
        kind: match case["cell"].as_str() {
            Some("rnn") => RecurrentKind::Rnn,
            Some("lstm") => RecurrentKind::Lstm,
            _ => RecurrentKind::Gru(Reset::After),
        },
        attention: match case["attention"].as_str() {
            Some("none") => Attention::None,
            Some("additive") => Attention::Additive,
            _ => Attention::Dot,
        },
        direction: if case["directions"] == 2 { Direction::Both } else { Direction::Forward },
        layers: numbers(&serde_json::json!([case["layers"]]))[0],
        embed: 5,
        hidden: 6,
        ..Default::default()
    }
}

fn up_to(lengths: &Value, steps: usize) -> Array2<bool> {
    let lengths = numbers(lengths);
    Array2::from_shape_fn((lengths.len(), steps), |(row, t)| t < lengths[row])
}

macro_rules! seq2seq {
    ($test:ident, $float:ty) => {
        #[test]
        fn $test() {
            let cases = read("seq2seq");
            assert_eq!(cases.len(), 7);
            for case in &cases {
                let model = Seq2Seq::<$float>::init(config(case), vocab(9), vocab(8)).unwrap();
                let parameters = model.parameters();
                assert_eq!(parameters.len(), case["parameters"].as_object().unwrap().len(), "{model}");
                parameters.iter().for_each(|(name, var)| var.set(array(&case["parameters"][name])));
                let (source, inputs) = (ids(&case["tokens"]), ids(&case["inputs"]));
                let batch = PairBatch {
                    source: Padded { mask: up_to(&case["lengths"], source.ncols()), rows: vec![0, 1, 2], ids: source },
                    mask: up_to(&case["target_lengths"], inputs.ncols()),
                    targets: ids(&case["targets"]),
                    inputs,
                };
                let decoded = model.decode(&model.encode(&batch.source, true), &batch.inputs, true);
                equal(&format!("{model}: logits"), &decoded.logits.value().to_owned(), &case["logits"]);
                match decoded.weights {
                    Some(weights) => equal(&format!("{model}: weights"), &weights.value().to_owned(), &case["weights"]),
                    None => assert!(case["weights"].is_null()),
                }
                let loss = model.loss(&batch, true);
                equal(&format!("{model}: loss"), &loss.value().to_owned(), &case["loss"]);
                loss.backward();
                for (name, var) in &parameters {
                    let gradient = var.grad().unwrap_or_else(|| panic!("{name} has no gradient"));
                    equal(&format!("{model}: d {name}"), &gradient, &case["gradients"][name]);
                }
            }
        }
    };
}

seq2seq!(an_encoder_and_a_decoder_in_f64, f64);
seq2seq!(an_encoder_and_a_decoder_in_f32, f32);
