//! The Transformer that reads one text and writes another.

use fabula::{
    Error,
    autograd::{no_grad, without_gradient},
    decode::{Beam, LanguageModel, Limits, greedy},
    math::{log_sum_exp, normal},
    models::{EncoderDecoder, Seq2SeqTraining},
    nn::{Module, NormOrder, PositionKind, TransformerConfig},
    text::{
        Bitext, Level, Vocab,
        sources::{Pair, sides},
    },
    train::Limit,
};
use ndarray::{Array1, Array2, Axis, s};

const POSITIONS: [PositionKind; 3] = [PositionKind::Learned, PositionKind::Sinusoidal, PositionKind::Rotary];

fn texts(pairs: &[Pair]) -> Bitext {
    Bitext::build(pairs, vec![], [Level::Char; 2], 1).unwrap()
}

fn some() -> Bitext {
    texts(&[("fox", "狐狸"), ("a crow", "乌鸦"), ("grapes", "葡萄很酸"), ("so", "所以")].map(Pair::from))
}

fn small(positions: PositionKind, order: NormOrder) -> TransformerConfig {
    TransformerConfig { width: 12, heads: 3, layers: 2, context: 12, positions, order, ..Default::default() }
}

fn shaken(config: TransformerConfig, texts: &Bitext) -> EncoderDecoder {
    let model = EncoderDecoder::new(config, texts.source.vocab().clone(), texts.target.vocab().clone()).unwrap();
    for (i, (_, var)) in model.parameters().iter().enumerate() {
        var.set(normal(&var.shape(), 0.3, i as u64));
    }
    model
}

/// ln p of the tokens that can come.
fn log_probs(logits: impl Iterator<Item = f32>) -> Array1<f64> {
    let mut scores: Array1<f64> = logits.map(f64::from).collect();
    scores[Vocab::BOS as usize] = f64::NEG_INFINITY;
    let sum = log_sum_exp(&scores);
    scores - sum
}

#[test]
fn a_batch_says_of_each_pair_what_the_pair_says_alone_and_so_does_a_cache() {
    let texts = some();
    let batch = texts.train.batch();
    for positions in POSITIONS {
        for order in [NormOrder::Pre, NormOrder::Post] {
            let model = shaken(small(positions, order), &texts);
            let (memory, mask) = model.encode(&batch.source, false);
            let together = model.decode((&memory, &mask), &batch.inputs, false).value();
            let translator = model.translator();
            for (row, (source, target)) in texts.train.sources().zip(texts.train.targets()).enumerate() {
                let translation = translator.given(&source[..source.len() - 1]).unwrap();
                let mut state = translation.start();
                for t in 0..target.len() - 1 {
                    let expected = log_probs(together.slice(s![row, t, ..]).iter().copied());
                    let found = translation.log_probs(&state);
                    for (a, b) in found.iter().zip(&expected).filter(|(a, _)| a.is_finite()) {
                        assert!((a - b).abs() < 1e-5 * (1.0 + b.abs()), "{positions:?} {order:?}: {a} and {b}");
                    }
                    state = translation.advance(&state, target[t + 1]);
                }
            }
        }
    }
}

#[test]
fn every_parameter_gets_a_gradient() {
    let texts = some();
    for positions in POSITIONS {
        let config = TransformerConfig { context: 7, ..small(positions, NormOrder::Pre) };
        let model = EncoderDecoder::new(config, texts.source.vocab().clone(), texts.target.vocab().clone()).unwrap();
        model.loss(&texts.train.batch(), true).backward();
        assert_eq!(without_gradient(&model.parameters()), Vec::<String>::new());
    }
}

#[test]
fn alignments_are_distributions_over_the_source() {
    let texts = some();
    let model = shaken(small(PositionKind::Learned, NormOrder::Pre), &texts);
    let source = texts.source.encode("a crow").unwrap();
    let target = texts.target.encode("乌鸦").unwrap();
    let weights = model.translator().given(&source).unwrap().alignment(&target);
    assert_eq!(weights.dim(), (3, 7));
    assert!(weights.sum_axis(Axis(1)).iter().all(|sum| (sum - 1.0).abs() < 1e-5));
    let [encoder, decoder] = no_grad(|| model.weights(&texts.train.batch().source, &Array2::from_elem((4, 2), 1)));
    assert_eq!((encoder.attention.len(), encoder.cross.len()), (2, 0));
    assert_eq!((decoder.attention.len(), decoder.cross.len()), (2, 2));
    assert_eq!(decoder.cross[0].dim(), (4, 3, 2, 7));
}

#[test]
fn it_learns_to_reverse_and_its_files_bring_it_back() {
    let words = ["fox", "crow", "owl", "so", "a", "grape", "cheese", "wolf", "lamb", "sun", "wind", "reed", "oak"];
    let pairs = words.map(|word| Pair::from((word, word.chars().rev().collect::<String>())));
    let texts = texts(&pairs);
    let config = TransformerConfig { width: 32, heads: 2, layers: 1, context: 12, ..Default::default() };
    let model = EncoderDecoder::new(config, texts.source.vocab().clone(), texts.target.vocab().clone()).unwrap();
    let training =
        Seq2SeqTraining { batch: 13, limit: Limit::Steps(400), learning_rate: 3e-3, quiet: true, ..model.training() };
    model.fit(&texts.train, None, &training).unwrap();
    let dir = tempfile::tempdir().unwrap();
    model.save(&dir.path().join("model"), &texts.source, &texts.target).unwrap();
    let (again, source, target) = EncoderDecoder::load(&dir.path().join("model")).unwrap();
    let translator = again.translator();
    assert_eq!(again.answers(&texts, &pairs, &Limits::default()).unwrap(), sides(&pairs).1);
    for Pair { source: word, target: reversed } in &pairs {
        let translation = translator.given(&source.encode(word).unwrap()).unwrap();
        let found = greedy(&translation, &Limits::default()).unwrap();
        assert_eq!(target.decode(&found.tokens).unwrap(), *reversed);
        let beam = Beam { width: 3, ..Beam::default() }.search(&translation).unwrap();
        assert_eq!(target.decode(&beam[0].tokens).unwrap(), *reversed);
    }
}

#[test]
fn what_cannot_be_is_said() {
    let texts = some();
    let model = shaken(small(PositionKind::Learned, NormOrder::Pre), &texts);
    let translator = model.translator();
    assert!(matches!(translator.given(&[]).err().unwrap(), Error::EmptySequence { .. }));
    assert!(matches!(translator.given(&[99]).err().unwrap(), Error::Symbol { found: 99, .. }));
    let too_long = translator.given(&[4; 12]).err().unwrap().to_string();
    assert!(too_long.contains("13") && too_long.contains("at most 12"), "{too_long}");
    let long = self::texts(&[Pair::from(("a fox that goes on and on", "b"))]);
    let training = Seq2SeqTraining { quiet: true, ..model.training() };
    assert!(matches!(model.fit(&long.train, None, &training), Err(Error::Config { .. })));
    let config = TransformerConfig { heads: 7, ..small(PositionKind::None, NormOrder::Pre) };
    let error = EncoderDecoder::new(config, Vocab::new(), Vocab::new()).unwrap_err().to_string();
    assert!(error.contains("12") && error.contains("multiple of 7"), "{error}");
}
