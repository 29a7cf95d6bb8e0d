//! Transformers: what they see and what they do not, with every kind of positions and both orders of normalisation.

use fabula::{
    Error,
    autograd::{Var, check_gradients, no_grad, without_gradient},
    decode::{LanguageModel, Limits, greedy},
    math::normal,
    models::{LmTraining, TransformerLm},
    nn::{
        Activation, Dropout, Mask, Module, MultiHeadAttention, NormOrder, PositionKind, Transformer, TransformerConfig,
        TransformerInput,
        attention::Heads,
        positions::{Rotary, sinusoidal},
    },
    text::{Block, Codec, Level, Vocab},
    train::Limit,
};
use ndarray::{Array2, Axis, arr2, s};

const POSITIONS: [PositionKind; 4] =
    [PositionKind::None, PositionKind::Learned, PositionKind::Sinusoidal, PositionKind::Rotary];
const ORDERS: [NormOrder; 2] = [NormOrder::Pre, NormOrder::Post];

fn small(positions: PositionKind, order: NormOrder) -> TransformerConfig {
    TransformerConfig { width: 12, heads: 3, layers: 2, context: 40, positions, order, ..Default::default() }
}

fn codec() -> (Codec, Vec<String>) {
    let text = "the fox saw the crow\nthe crow saw the cheese\n\nso did the fox\n".repeat(8);
    let text: Vec<String> = text.lines().map(String::from).collect();
    (Codec::build(&text, Level::Char, 1).unwrap(), text)
}

fn random(shape: &[usize], seed: u64) -> Var<f64> {
    Var::leaf(normal(shape, 1.0, seed), true)
}

/// Weights far from where they start: 0.02 would hide what they do.
fn shaken(config: TransformerConfig, vocab: &Vocab) -> TransformerLm {
    let model = TransformerLm::new(config, vocab.clone()).unwrap();
    for (i, (_, var)) in model.parameters().iter().enumerate() {
        var.set(normal(&var.shape(), 0.3, i as u64));
    }
    model
}

fn farthest<'a>(a: impl IntoIterator<Item = &'a f32>, b: impl IntoIterator<Item = &'a f32>) -> f32 {
    a.into_iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn a_later_token_never_changes_an_earlier_score() {
    let (codec, _) = codec();
    let ids = Array2::from_shape_fn((2, 37), |(b, t)| 3 + ((7 * b + 3 * t) % 10) as u32);
    for positions in POSITIONS {
        for order in ORDERS {
            let model = shaken(small(positions, order), codec.vocab());
            let before = model.logits(&ids, false).value();
            for place in [1, 20, 36] {
                let mut changed = ids.clone();
                changed[[1, place]] = 14;
                let after = model.logits(&changed, false).value();
                assert_eq!(before.slice(s![.., ..place, ..]), after.slice(s![.., ..place, ..]));
                assert_eq!(before.slice(s![0, .., ..]), after.slice(s![0, .., ..]));
                assert!(farthest(before.slice(s![1, place.., ..]), after.slice(s![1, place.., ..])) > 1e-3);
            }
        }
    }
}

#[test]
fn padding_never_changes_an_output_nor_a_gradient() {
    let attention = MultiHeadAttention::<f64>::init(8, 2, 0.0, 1);
    attention.qkv.w.set(normal(&[8, 24], 0.5, 2));
    let (short, filler) = (random(&[1, 5, 8], 3), random(&[1, 3, 8], 4));
    let run = |x: &Var<f64>, mask: &Mask| {
        attention.parameters().iter().for_each(|(_, var)| var.zero_grad());
        let y = attention.forward(x, mask, true).slice(1, 0, 5);
        y.square().sum().backward();
        (y.value(), attention.parameters().iter().map(|(_, var)| var.grad().unwrap()).collect::<Vec<_>>())
    };
    let (y, gradients) = run(&short, &Mask::none());
    let padded = fabula::autograd::concat(&[&short, &filler], 1);
    let counts = Array2::from_shape_fn((1, 8), |(_, t)| t < 5);
    let (with_padding, gradients_with_padding) = run(&padded, &Mask::padding(counts));
    assert!(y.iter().zip(&with_padding).all(|(a, b)| (a - b).abs() < 1e-14));
    for (a, b) in gradients.iter().flatten().zip(gradients_with_padding.iter().flatten()) {
        assert!((a - b).abs() < 1e-12, "{a} and {b}");
    }
}

#[test]
fn a_row_from_which_everything_is_hidden_finds_zeros_and_no_nan() {
    let (q, k, v) = (random(&[2, 3, 4], 1), random(&[2, 3, 4], 2), random(&[2, 3, 4], 3));
    let hidden = arr2(&[[false, false, false], [false, true, true]]);
    let heads = Heads::new(2, Mask::padding(hidden).and_causal());
    let c = q.scaled_attention(&k, &v, &heads);
    assert!(c.value().slice(s![0, .., ..]).iter().chain(c.value().slice(s![1, 0, ..])).all(|&c| c == 0.0));
    assert!(c.value().slice(s![1, 1.., ..]).iter().all(|&c| c != 0.0));
    c.square().sum().backward();
    for var in [&q, &k, &v] {
        assert!(var.grad().unwrap().iter().all(|d| d.is_finite()));
        assert!(var.grad().unwrap().index_axis(Axis(0), 0).iter().all(|&d| d == 0.0));
    }
}

#[test]
fn without_positions_an_encoder_does_not_see_the_order_and_with_them_it_does() {
    let ids = arr2(&[[3, 5, 4, 7, 6, 4]]);
    let order = [4, 2, 0, 5, 1, 3];
    let shuffled = ids.select(Axis(1), &order);
    for positions in POSITIONS {
        let config = small(positions, NormOrder::Pre);
        let (input, layers) =
            (TransformerInput::<f32>::init(&config, 8, 1), Transformer::<f32>::init(&config, false).unwrap());
        for (i, (_, var)) in layers.parameters().iter().enumerate() {
            var.set(normal(&var.shape(), 0.3, i as u64));
        }
        if let Some(table) = &input.positions.table {
            table.set(normal(&table.shape(), 0.3, 99));
        }
        let run = |ids: &Array2<u32>| layers.forward(&input.forward(ids, false), &Mask::none(), None, false, None);
        let there = run(&ids).value().select(Axis(1), &order);
        let difference = farthest(&there, &run(&shuffled).value());
        match positions {
            PositionKind::None => assert!(difference < 1e-5, "{difference}"),
            _ => assert!(difference > 1e-3, "{positions:?}: {difference}"),
        }
    }
}

#[test]
fn a_rotation_keeps_lengths_and_sees_only_distances() {
    let x = random(&[1, 9, 8], 1);
    let rotary = Rotary { heads: 2 };
    let y = x.rotate(rotary);
    let norms = |x: &Var<f64>| x.square().sum_axis(2).value();
    assert!(norms(&x).iter().zip(&norms(&y)).all(|(a, b)| (a - b).abs() < 1e-12));
    // The same two vectors at places t and t + 3: their product is everywhere the same.
    let same = Var::new_f64(ndarray::Array3::from_shape_fn((1, 9, 8), |(_, _, i)| (i as f64 + 1.0).sin()));
    let turned = same.rotate(rotary).value();
    let product = |t: usize| (0..8).map(|i| turned[[0, t, i]] * turned[[0, t + 3, i]]).sum::<f64>();
    assert!((1..6).all(|t| (product(t) - product(0)).abs() < 1e-12));
    assert!(check_gradients(&[&x], 1e-5, || x.rotate(rotary).square().square().sum()).error < 1e-8);
}

#[test]
fn sines_and_cosines_stand_side_by_side() {
    let p = sinusoidal::<f64>(0, 50, 6);
    assert_eq!(p.row(0).to_vec(), [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
    assert!((p[[7, 0]] - 7f64.sin()).abs() < 1e-15 && (p[[7, 1]] - 7f64.cos()).abs() < 1e-15);
    let slow = 7.0 * 10_000f64.powf(-4.0 / 6.0);
    assert!((p[[7, 4]] - slow.sin()).abs() < 1e-15 && (p[[7, 5]] - slow.cos()).abs() < 1e-15);
    assert_eq!(sinusoidal::<f64>(10, 3, 6), p.slice(s![10..13, ..]));
}

#[test]
fn gradients_with_dropped_weights_are_those_of_the_function_that_was_computed() {
    let (q, k, v) = (random(&[1, 35, 4], 1), random(&[1, 35, 4], 2), random(&[1, 35, 4], 3));
    let attention = MultiHeadAttention::<f64>::init(4, 2, 0.4, 7);
    attention.qkv.w.set(normal(&[4, 12], 0.5, 2));
    // The same draws each time: a new dropout from the same seed.
    let run = || {
        let again = MultiHeadAttention {
            qkv: attention.qkv.clone(),
            output: attention.output.clone(),
            heads: 2,
            rotary: false,
            dropout: Dropout::new(0.4, 7),
        };
        again.forward(&q, &Mask::causal(), true).square().sum()
    };
    assert!(check_gradients(&[&q, &attention.qkv.w], 1e-5, run).error < 1e-7);
    drop((k, v));
    let rows = |training| attention.forward(&q, &Mask::none(), training).value();
    assert_ne!(rows(true), rows(true));
    assert_eq!(rows(false), rows(false));
}

#[test]
fn every_parameter_gets_a_gradient() {
    let (codec, text) = codec();
    let corpus = codec.corpus(&text).unwrap();
    let stream: Vec<u32> = corpus.sentences().flat_map(|sentence| &sentence[1..]).copied().collect();
    let block = Block::drawn(&stream, 3, 20, 1).unwrap();
    for positions in POSITIONS {
        for order in ORDERS {
            let model =
                TransformerLm::new(TransformerConfig { context: 20, ..small(positions, order) }, codec.vocab().clone());
            let model = model.unwrap();
            model.loss(&block, true).backward();
            assert_eq!(without_gradient(&model.parameters()), Vec::<String>::new());
        }
    }
}

#[test]
fn with_a_cache_the_scores_are_those_without() {
    let (codec, _) = codec();
    let ids: Vec<u32> = (0..39).map(|t| 3 + (5 * t * t % 11)).collect();
    for positions in POSITIONS {
        for (order, activation) in [(NormOrder::Pre, Activation::GeluTanh), (NormOrder::Post, Activation::Relu)] {
            let model = shaken(TransformerConfig { activation, ..small(positions, order) }, codec.vocab());
            let stream: Vec<u32> = [Vocab::EOS].into_iter().chain(ids.iter().copied()).collect();
            let stream = Array2::from_shape_vec((1, 40), stream).unwrap();
            let logits = no_grad(|| model.logits(&stream, false)).value();
            let mut state = model.start();
            for (t, &token) in ids.iter().enumerate() {
                let cached = model.log_probs(&state);
                let whole = logits.slice(s![0, t, ..]).mapv(f64::from);
                let normed = {
                    let mut whole = whole.to_owned();
                    whole[Vocab::BOS as usize] = f64::NEG_INFINITY;
                    let sum = fabula::math::log_sum_exp(&whole);
                    whole - sum
                };
                for (a, b) in cached.iter().zip(&normed).filter(|(a, _)| a.is_finite()) {
                    assert!((a - b).abs() < 1e-5 * (1.0 + b.abs()), "{positions:?} {order:?}, place {t}: {a} and {b}");
                }
                state = model.advance(&state, token);
            }
        }
    }
}

#[test]
fn texts_that_begin_alike_go_on_side_by_side() {
    let (codec, _) = codec();
    let model = shaken(small(PositionKind::Rotary, NormOrder::Pre), codec.vocab());
    let trunk = [5, 6, 7].iter().fold(model.start(), |state, &token| model.advance(&state, token));
    let branches = model.advance_all(&[&trunk, &trunk, &trunk], &[3, 4, 5]);
    for (branch, token) in branches.iter().zip([3, 4, 5]) {
        let alone = model.advance(&trunk, token);
        let difference = (model.log_probs(branch) - model.log_probs(&alone)).mapv(f64::abs);
        assert!(difference.iter().filter(|d| !d.is_nan()).all(|&d| d < 1e-5));
    }
}

#[test]
fn beyond_the_places_that_were_learned_a_text_goes_on_with_its_newer_half() {
    let (codec, _) = codec();
    let model = shaken(TransformerConfig { context: 8, ..small(PositionKind::Learned, NormOrder::Pre) }, codec.vocab());
    let limits = Limits { max_tokens: 50, min_tokens: 50, ..Default::default() };
    let long = greedy(&model, &limits).unwrap();
    assert_eq!(long.tokens.len(), 50);
    // Eight places are full with </s> and seven tokens; the four newest are read again, and then one more.
    let state = long.tokens[..8].iter().fold(model.start(), |state, &token| model.advance(&state, token));
    let window = Array2::from_shape_vec((1, 5), long.tokens[3..8].to_vec()).unwrap();
    let logits = model.logits(&window, false).value();
    let best = |row: Vec<f64>| {
        let likelier = |a: &usize, b: &usize| row[*a].total_cmp(&row[*b]);
        (0..row.len()).filter(|&i| i != Vocab::BOS as usize).max_by(likelier).unwrap()
    };
    let cached = best(model.log_probs(&state).to_vec());
    assert_eq!(cached, best(logits.slice(s![0, 4, ..]).iter().map(|&x| f64::from(x)).collect()));
}

#[test]
fn it_learns_and_its_files_bring_it_back() {
    let (codec, text) = codec();
    let corpus = codec.corpus(&text).unwrap();
    let config = TransformerConfig { width: 24, heads: 2, layers: 2, context: 16, dropout: 0.05, ..Default::default() };
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (vocab, config) = (codec.vocab().clone(), config.clone());
        pool.install(|| {
            let model = TransformerLm::new(config, vocab).unwrap();
            let training = LmTraining { limit: Limit::Steps(60), quiet: true, learning_rate: 3e-3, ..model.training() };
            model.fit(&corpus, Some(&corpus), &training).unwrap();
            let score = model.score(&corpus, 16).unwrap();
            let values: Vec<_> = model.parameters().iter().map(|(_, var)| var.value().to_owned()).collect();
            let dir = tempfile::tempdir().unwrap();
            model.save(&dir.path().join("model"), &codec).unwrap();
            let (again, _) = TransformerLm::load(&dir.path().join("model")).unwrap();
            assert_eq!(again.score(&corpus, 16).unwrap().nats, score.nats);
            (score.nats_per_token(), values)
        })
    };
    let (nats, values) = run(1);
    assert!(
        nats < 2.0,
        "{nats} nats per token, where a guess among all costs {:.2}",
        (codec.vocab().len() as f64).ln()
    );
    assert_eq!(values, run(2).1);
}

#[test]
fn each_window_is_scored_by_itself() {
    let (codec, text) = codec();
    let corpus = codec.corpus(&text[..3]).unwrap();
    let model = shaken(small(PositionKind::Learned, NormOrder::Pre), codec.vocab());
    let stream = corpus.stream();
    let mut nats = 0.0;
    for start in (0..stream.len() - 1).step_by(10) {
        let end = (start + 10).min(stream.len() - 1);
        let window = Array2::from_shape_vec((1, end - start), stream[start..end].to_vec()).unwrap();
        let logits = model.logits(&window, false).value();
        for t in start..end {
            let row = logits.slice(s![0, t - start, ..]);
            let predicted = row.iter().enumerate().filter(|(i, _)| *i != Vocab::BOS as usize);
            let sum: f64 = predicted.map(|(_, &x)| f64::from(x).exp()).sum();
            nats -= f64::from(row[stream[t + 1] as usize]) - sum.ln();
        }
    }
    let score = model.score(&corpus, 10).unwrap();
    assert_eq!(score.tokens, stream.len() - 1);
    assert!((score.nats - nats).abs() < 1e-4 * nats, "{} and {nats}", score.nats);
}

#[test]
fn what_cannot_be_is_said() {
    let (codec, text) = codec();
    let corpus = codec.corpus(&text).unwrap();
    let error = |config: TransformerConfig| TransformerLm::new(config, codec.vocab().clone()).unwrap_err().to_string();
    let base = small(PositionKind::Learned, NormOrder::Pre);
    for (config, words) in [
        (TransformerConfig { heads: 5, ..base.clone() }, ["12", "multiple of 5"]),
        (TransformerConfig { heads: 0, ..base.clone() }, ["heads", "at least 1"]),
        (TransformerConfig { width: 0, ..base.clone() }, ["width", "at least 1"]),
        (TransformerConfig { layers: 0, ..base.clone() }, ["layers", "at least 1"]),
        (TransformerConfig { context: 0, ..base.clone() }, ["context", "at least 1"]),
        (TransformerConfig { dropout: 1.0, ..base.clone() }, ["dropout", "below 1"]),
        (TransformerConfig { heads: 4, positions: PositionKind::Rotary, ..base.clone() }, ["3", "even"]),
    ] {
        let message = error(config);
        assert!(words.iter().all(|word| message.contains(word)), "{message}");
    }
    let model = TransformerLm::new(base, codec.vocab().clone()).unwrap();
    let too_long = model.score(&corpus, 41).unwrap_err().to_string();
    assert!(too_long.contains("41") && too_long.contains("at most 40") && too_long.contains("rotary"), "{too_long}");
    let training = LmTraining { steps: 41, quiet: true, ..model.training() };
    assert!(matches!(model.fit(&corpus, None, &training), Err(Error::Config { .. })));
    for positions in [PositionKind::Rotary, PositionKind::Sinusoidal, PositionKind::None] {
        let model = TransformerLm::new(small(positions, NormOrder::Pre), codec.vocab().clone()).unwrap();
        model.score(&corpus, 100).unwrap();
    }
    let one = TransformerLm::new(small(PositionKind::Learned, NormOrder::Pre), Vocab::new()).unwrap();
    assert!((one.log_probs(&one.start()).mapv(f64::exp).sum() - 1.0).abs() < 1e-12);
}

#[test]
#[should_panic(expected = "a cache of another model")]
fn caches_of_two_models_do_not_mix() {
    let (codec, _) = codec();
    let [one, other] = [2, 3]
        .map(|layers| shaken(TransformerConfig { layers, ..small(PositionKind::None, NormOrder::Pre) }, codec.vocab()));
    one.advance_all(&[&one.start(), &other.start()], &[4, 4]);
}
