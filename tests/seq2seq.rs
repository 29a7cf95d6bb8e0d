//! Encoders and decoders: what padding may not change, what a step may not change, and that they learn.

use fabula::{
    autograd::{Var, check_gradients, without_gradient},
    decode::{Beam, LanguageModel, Limits, greedy},
    math::{log_sum_exp, normal},
    models::{Attention, RecurrentLm, RecurrentLmConfig, Seq2Seq, Seq2SeqConfig, Seq2SeqTraining},
    nn::{AdditiveAttention, Direction, Module, RecurrentKind, Reset, attention::attend},
    text::{
        Bitext, Corpus, Level, PairBatch, ParallelCorpus, Vocab,
        sources::{Pair, Strings, hold_out},
    },
    train::Limit,
};
use ndarray::{Array1, Array2, Axis, s};
use std::sync::Arc;

const KINDS: [RecurrentKind; 3] = [RecurrentKind::Rnn, RecurrentKind::Lstm, RecurrentKind::Gru(Reset::After)];
const ATTENTIONS: [Attention; 3] = [Attention::None, Attention::Additive, Attention::Dot];

fn some() -> Bitext {
    let pairs = [("fox", "狐狸"), ("a crow", "乌鸦"), ("grapes", "葡萄很酸"), ("so", "所以")].map(Pair::from);
    Bitext::build(&pairs, vec![], [Level::Char; 2], 1).unwrap()
}

fn small(kind: RecurrentKind, attention: Attention, direction: Direction, layers: usize) -> Seq2SeqConfig {
    Seq2SeqConfig { kind, attention, direction, layers, embed: 6, hidden: 8, ..Default::default() }
}

fn all() -> impl Iterator<Item = Seq2SeqConfig> {
    let ways = [(Direction::Forward, 2), (Direction::Both, 1)];
    let all = KINDS.into_iter().flat_map(|kind| ATTENTIONS.map(|attention| (kind, attention)));
    all.flat_map(move |(kind, attention)| ways.map(|(direction, layers)| small(kind, attention, direction, layers)))
}

fn model(config: Seq2SeqConfig, texts: &Bitext) -> Seq2Seq {
    Seq2Seq::new(config, texts.source.vocab().clone(), texts.target.vocab().clone()).unwrap()
}

/// ln p of the tokens that can come, as a translation has them.
fn log_probs(logits: impl Iterator<Item = f32>) -> Array1<f64> {
    let mut scores: Array1<f64> = logits.map(f64::from).collect();
    scores[Vocab::BOS as usize] = f64::NEG_INFINITY;
    let sum = log_sum_exp(&scores);
    scores - sum
}

fn close(a: &Array1<f64>, b: &Array1<f64>) -> bool {
    a.iter().zip(b).all(|(a, b)| a == b || (a - b).abs() < 1e-5)
}

#[test]
fn step_by_step_and_all_at_once_say_the_same_whatever_is_padded() {
    let texts = some();
    let batch = texts.train.batch();
    for config in all() {
        let model = model(config, &texts);
        let decoded = model.decode(&model.encode(&batch.source, false), &batch.inputs, false);
        let translator = model.translator();
        for (row, (source, target)) in texts.train.sources().zip(texts.train.targets()).enumerate() {
            // Alone, so that nothing is padded; and without `</s>`, which the translator adds.
            let translation = translator.given(&source[..source.len() - 1]).unwrap();
            let mut state = translation.start();
            for (t, &token) in target[1..].iter().enumerate() {
                let logits = decoded.logits.value();
                let logits = logits.index_axis(Axis(0), row);
                let expected = log_probs(logits.index_axis(Axis(0), t).iter().copied());
                assert!(close(&translation.log_probs(&state), &expected), "{model}: row {row}, step {t}");
                if let Some(weights) = &decoded.weights {
                    let weights = weights.value();
                    let weights = weights.index_axis(Axis(0), row);
                    let weights = weights.index_axis(Axis(0), t);
                    let (seen, padding) = weights.as_slice().unwrap().split_at(source.len());
                    assert!(state.weights.iter().zip(seen).all(|(a, b)| (a - b).abs() < 1e-5), "{model}");
                    assert!(padding.iter().all(|&weight| weight == 0.0) && (state.weights.sum() - 1.0).abs() < 1e-5);
                }
                state = translation.advance(&state, token);
            }
        }
    }
}

#[test]
fn several_states_at_once_are_advanced_as_each_alone() {
    let texts = some();
    for config in all() {
        let model = model(config, &texts);
        let translator = model.translator();
        same_at_once(&translator.given(&[3, 4, 5, 3]).unwrap());
    }
    for kind in [RecurrentKind::Rnn, RecurrentKind::Lstm, RecurrentKind::Gru(Reset::Before)] {
        for tied in [false, true] {
            let config = RecurrentLmConfig { kind, embed: 10, hidden: 10, layers: 2, tied, ..Default::default() };
            same_at_once(&RecurrentLm::new(config, texts.target.vocab().clone()).unwrap());
        }
    }
}

fn same_at_once<M: LanguageModel>(model: &M) {
    let start = model.start();
    let states = [model.advance(&start, 4), model.advance(&start, 3), start];
    let (states, tokens): (Vec<_>, _) = (states.iter().collect(), [5, 0, 3]);
    let at_once = model.advance_all(&states, &tokens);
    let log_probs = model.log_probs_all(&at_once.iter().collect::<Vec<_>>());
    for (i, (state, token)) in states.iter().zip(tokens).enumerate() {
        let alone = model.log_probs(&model.advance(state, token));
        assert!(close(&log_probs.row(i).to_owned(), &alone), "state {i}");
    }
}

#[test]
fn every_parameter_gets_a_gradient() {
    let texts = some();
    for config in all() {
        let model = model(config, &texts);
        model.loss(&texts.train.batch(), true).backward();
        // A dot product with keys that are the values themselves needs no more parameters.
        assert!(
            without_gradient(&model.parameters()).is_empty(),
            "{model}: {:?}",
            without_gradient(&model.parameters())
        );
    }
}

#[test]
fn attention_is_what_small_operations_make_of_it() {
    let draw = |shape: &[usize], seed| Var::leaf(normal::<f64>(shape, 1.0, seed), true);
    let (q, k, values) = (draw(&[2, 3, 4], 1), draw(&[2, 5, 6], 2), draw(&[2, 5, 7], 3));
    let attention = AdditiveAttention::<f64>::init(4, 6, 5, 9);
    let mask = Array2::from_shape_fn((2, 5), |(row, place)| row == 1 || place < 3);
    let hidden = Var::new_f64(mask.mapv(|counts| if counts { 0.0 } else { -1e30 }).insert_axis(Axis(1)));
    let small = || {
        let (q, k) = (q.matmul(&attention.w_q), k.matmul(&attention.w_k));
        let sums = q.reshape(&[2, 3, 1, 5]) + k.reshape(&[2, 1, 5, 5]);
        let scores = (sums.tanh() * &attention.v).sum_axis(3).reshape(&[2, 3, 5]);
        (scores + &hidden).softmax().matmul(&values)
    };
    let mask = Arc::new(mask);
    let node = || attend(&attention.scores(&q, &attention.keys(&k)), &values, Some(&mask));
    let difference = (small() - node().context).abs().value().iter().copied().fold(0.0, f64::max);
    assert!(difference < 1e-12, "{difference}");
    let inputs = [&q, &k, &values, &attention.w_q, &attention.w_k, &attention.v];
    // Gradients through the context and through the weights themselves.
    let loss = || {
        let answer = node();
        answer.context.square().sum() + (answer.weights.powf(3.0)).sum()
    };
    let check = check_gradients(&inputs, 1e-5, loss);
    assert!(check.error < 1e-7, "{check:?}");
    let dot = || attend(&q.dot_scores(&values.slice(2, 0, 4)), &values, Some(&mask)).context.square().sum();
    let check = check_gradients(&[&q, &values], 1e-5, dot);
    assert!(check.error < 1e-7, "{check:?}");
}

#[test]
fn short_texts_are_learned_to_be_reversed() {
    let strings = Strings { alphabet: "abcdef".into(), min: 2, max: 5 };
    let pairs = strings.reverse(700, 1).unwrap();
    let (train, test) = hold_out(&pairs, 60, 2).unwrap();
    let texts = Bitext::build(&train, test, [Level::Char; 2], 1).unwrap();
    let config = Seq2SeqConfig { embed: 16, hidden: 32, ..Default::default() };
    let model = model(config, &texts);
    let training = Seq2SeqTraining { limit: Limit::Steps(400), learning_rate: 1e-2, quiet: true, ..Default::default() };
    let history = model.fit(&texts.train, None, &training).unwrap();
    assert_eq!(history.steps(), 400);
    let translator = model.translator();
    let answers = model.answers(&texts, &texts.held_out, &Limits::default()).unwrap();
    let right = texts.held_out.iter().zip(&answers).filter(|(pair, answer)| {
        let translation = translator.given(&texts.source.encode(&pair.source).unwrap()).unwrap();
        let found = greedy(&translation, &Limits::default()).unwrap();
        let beam = &Beam { n_best: 4, ..Beam::default() }.search(&translation).unwrap()[0];
        assert!(beam.score >= found.log_prob / found.len() as f64 - 1e-9 || beam.tokens != found.tokens);
        assert_eq!(texts.target.decode(&found.tokens).unwrap(), **answer);
        pair.target == **answer
    });
    assert!(right.count() >= 57, "of 60");
}

#[test]
fn batches_hold_every_pair_once() {
    let texts = some();
    let batches = texts.train.batches(3, 7).unwrap();
    let mut rows: Vec<usize> = batches.iter().flat_map(|batch| batch.source.rows.clone()).collect();
    rows.sort_unstable();
    assert_eq!(rows, [0, 1, 2, 3]);
    let targets: Vec<&[u32]> = texts.train.targets().collect();
    for batch in &batches {
        for (row, &pair) in batch.source.rows.iter().enumerate() {
            let length = targets[pair].len() - 1;
            assert_eq!(batch.inputs.row(row).as_slice().unwrap()[..length], targets[pair][..length]);
            assert_eq!(batch.targets.row(row).as_slice().unwrap()[..length], targets[pair][1..]);
            assert_eq!(batch.mask.row(row).iter().filter(|&&counts| counts).count(), length);
        }
    }
    assert_eq!(batches.iter().map(PairBatch::predicted).sum::<usize>(), 14);
    let in_order = texts.train.in_order(3);
    let rows: Vec<&[usize]> = in_order.iter().map(|batch| &batch.source.rows[..]).collect();
    assert_eq!(rows, [&[0, 1, 2][..], &[3]]);
    assert_eq!(in_order[1].targets, texts.train.batch().targets.slice(s![3.., ..3]));
}

#[test]
fn what_cannot_be_is_named() {
    let texts = some();
    let vocab = || texts.source.vocab().clone();
    for (config, expected) in [
        (Seq2SeqConfig { embed: 0, ..Default::default() }, "embed is 0"),
        (Seq2SeqConfig { hidden: 0, ..Default::default() }, "hidden is 0"),
        (Seq2SeqConfig { hidden: 7, ..Default::default() }, "hidden is 7: expected an even number"),
        (Seq2SeqConfig { layers: 0, ..Default::default() }, "layers is 0"),
        (Seq2SeqConfig { dropout: 1.0, ..Default::default() }, "dropout is 1"),
    ] {
        let error = Seq2Seq::new(config, vocab(), vocab()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let corpus = |lines: &[&str]| -> Corpus {
        texts.source.corpus(&lines.iter().map(|line| line.to_string()).collect::<Vec<_>>()).unwrap()
    };
    let error = ParallelCorpus::new(corpus(&["fox", "crow"]), corpus(&["fox"])).unwrap_err().to_string();
    assert!(error.contains("the number of targets is 1: expected 2"), "{error}");
    let error = ParallelCorpus::new(corpus(&["fox", ""]), corpus(&["fox", "so"])).unwrap_err().to_string();
    assert!(error.contains("there is nothing in sequence 1"), "{error}");
    let model = model(Seq2SeqConfig::default(), &texts);
    let translator = model.translator();
    assert!(translator.given(&[]).is_err());
    let error = translator.given(&[3, 99]).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("place 1") && error.contains("99"), "{error}");
    // A source of unknown tokens is a source like others.
    assert!(greedy(&translator.given(&[0, 0]).unwrap(), &Limits::default()).is_ok());
    let training = Seq2SeqTraining { batch: 0, ..Default::default() };
    assert!(model.fit(&texts.train, None, &training).unwrap_err().to_string().contains("the batch size is 0"));
}
