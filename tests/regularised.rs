//! What is to keep a model from learning its text by heart: that each remedy does in a training what it promises.

use fabula::{
    Error,
    autograd::{Parameters, Var},
    decode::LanguageModel,
    math::{draw, normal, rng},
    models::{
        Classifier, EncoderDecoder, LmTraining, MaskedLm, RecurrentLm, RecurrentLmConfig, Refill, Seq2Seq,
        Seq2SeqConfig, Seq2SeqTraining, TransformerLm,
    },
    nn::{Dropout, Module, PositionKind, Recurrent, RecurrentConfig, RecurrentKind, Reset, TransformerConfig},
    text::{Augment, Codec, Corpus, Delete, Level, Masking, Padded, ParallelCorpus, Replace, Swap, Vocab},
    train::{Limit, Penalty},
};
use ndarray::{Array1, Array2, Axis, s};
use ndarray_rand::rand::rngs::StdRng;
use std::rc::Rc;

/// Letters of which each says which comes next: a, b, c, d and again a.
fn circle() -> (Codec, Corpus) {
    let lines = vec!["abcd".repeat(10); 40];
    let codec = Codec::build(&lines, Level::Char, 1).unwrap();
    let corpus = codec.corpus(&lines).unwrap();
    (codec, corpus)
}

fn training(updates: usize) -> LmTraining {
    LmTraining {
        batch: 16,
        steps: 16,
        limit: Limit::Steps(updates),
        learning_rate: 1e-2,
        quiet: true,
        ..Default::default()
    }
}

fn recurrent(codec: &Codec, config: RecurrentLmConfig) -> RecurrentLm {
    RecurrentLm::new(RecurrentLmConfig { embed: 8, hidden: 16, ..config }, codec.vocab().clone()).unwrap()
}

fn transformer() -> TransformerConfig {
    let positions = PositionKind::Rotary;
    TransformerConfig { width: 16, heads: 2, layers: 2, context: 16, positions, ..Default::default() }
}

/// What a model says of the letter that must follow "ab".
fn sure<M: LanguageModel>(model: &M, codec: &Codec) -> f64 {
    let [a, b, c] = ["a", "b", "c"].map(|letter| codec.vocab().id(letter));
    let state = [a, b].iter().fold(model.start(), |state, &token| model.advance(&state, token));
    model.log_probs(&state)[c as usize].exp()
}

/// Every letter becomes the first one, so that nothing can be learned from what is read.
#[derive(Debug)]
struct Blank;

impl Augment for Blank {
    fn change(&self, ids: &[u32], _: &mut StdRng) -> Vec<u32> {
        ids.iter().map(|&id| id.min(3)).collect()
    }

    fn keeps_places(&self) -> bool {
        true
    }
}

fn blank() -> Option<Rc<dyn Augment>> {
    Some(Rc::new(Blank))
}

/// With smoothed labels the loss is least where the sure letter has 1 − ε + ε/V, scores of V tokens being given.
#[test]
fn smoothed_labels_make_a_model_less_sure_by_as_much_as_they_say() {
    let (codec, corpus) = circle();
    let settings = LmTraining { label_smoothing: 0.3, ..training(500) };
    let v = codec.vocab().len() as f64;
    // `<s>` is given a share in training, too, and is left out of what a model says in the end.
    let expected = (0.7 + 0.3 / v) / (1.0 - 0.3 / v);
    let lstm = recurrent(&codec, Default::default());
    lstm.fit(&corpus, None, &settings).unwrap();
    let gpt = TransformerLm::new(transformer(), codec.vocab().clone()).unwrap();
    gpt.fit(&corpus, None, &settings).unwrap();
    for found in [sure(&lstm, &codec), sure(&gpt, &codec)] {
        assert!((found - expected).abs() < 0.02, "{found} instead of {expected}");
    }
    lstm.fit(&corpus, None, &training(500)).unwrap();
    assert!(sure(&lstm, &codec) > 0.98);
}

#[test]
fn a_penalty_of_the_settings_reaches_the_weights() {
    let (codec, corpus) = circle();
    let zeros = |l1| {
        let model = recurrent(&codec, Default::default());
        model.fit(&corpus, None, &LmTraining { penalty: Penalty { l1, l2: 0.0 }, ..training(600) }).unwrap();
        let matrices: Vec<Var> =
            model.parameters().into_iter().map(|(_, w)| w).filter(|w| w.shape().len() > 1).collect();
        let all: usize = matrices.iter().map(|w| w.value().len()).sum();
        let zeros: usize = matrices.iter().map(|w| w.value().iter().filter(|&&w| w == 0.0).count()).sum();
        (zeros as f64 / all as f64, sure(&model, &codec))
    };
    assert_eq!(zeros(0.0).0, 0.0);
    let (share, sure) = zeros(0.5);
    assert!(share > 0.4, "{share}");
    assert!(sure > 0.9, "the few that are left suffice: {sure}");
}

/// Letters that stand twice each: the second of a pair can be known from the first, which costs ln 4.
fn twins() -> (Codec, Corpus) {
    let mut rng = rng(1);
    let mut pair = || ["aa", "bb", "cc", "dd"][draw(&Array1::ones(4), &mut rng).unwrap()];
    let lines: Vec<String> = (0..400).map(|_| (0..6).map(|_| pair()).collect()).collect();
    let codec = Codec::build(&lines, Level::Char, 1).unwrap();
    let corpus = codec.corpus(&lines).unwrap();
    (codec, corpus)
}

#[test]
fn what_is_read_is_changed_and_what_is_to_be_said_is_not() {
    let (codec, corpus) = twins();
    let (alone, half) = (4f64.ln() * 12.0 / 13.0, 4f64.ln() * 6.0 / 13.0);
    let last = |augment| {
        let settings = LmTraining { augment, ..training(800) };
        let lstm = recurrent(&codec, Default::default()).fit(&corpus, None, &settings);
        let gpt = TransformerLm::new(transformer(), codec.vocab().clone()).unwrap().fit(&corpus, None, &settings);
        [lstm, gpt].map(|history| history.unwrap().records[7].loss)
    };
    let [lstm, gpt] = last(None);
    assert!(lstm < half + 0.15 && gpt < half + 0.3, "{lstm} {gpt} instead of {half}");
    for nats in last(blank()) {
        assert!(nats > alone - 0.1, "{nats}, but nothing can be known of a letter, which costs {alone}");
    }

    let (codec, corpus) = circle();
    let last = |augment| {
        let masked = MaskedLm::new(transformer(), codec.vocab().clone()).unwrap();
        let settings = LmTraining { augment, ..training(1000) };
        let always = Masking { masked: 1.0, random: 0.0, ..Default::default() };
        masked.fit_hiding(&corpus, None, &settings, &always).unwrap().records[9].loss
    };
    let (plain, blind) = (last(None), last(blank()));
    assert!(plain < 0.3 && blind > plain + 0.5, "{plain} {blind}");
}

#[test]
fn a_model_of_a_text_refuses_what_moves_its_tokens() {
    let (codec, corpus) = circle();
    let settings = LmTraining { augment: Some(Rc::new(Swap::new(0.1).unwrap())), ..training(10) };
    let deleting = LmTraining { augment: Some(Rc::new(Delete::new(0.1).unwrap())), ..training(10) };
    let errors = [
        recurrent(&codec, Default::default()).fit(&corpus, None, &settings),
        TransformerLm::new(transformer(), codec.vocab().clone()).unwrap().fit(&corpus, None, &deleting),
        MaskedLm::new(transformer(), codec.vocab().clone()).unwrap().fit(&corpus, None, &deleting),
    ];
    for error in errors.map(Result::unwrap_err) {
        assert!(matches!(error, Error::Config { name: "the augmentation", .. }));
        assert!(error.to_string().contains("which moves tokens"), "{error}");
    }
}

#[test]
fn sources_are_changed_and_targets_are_not() {
    let lines: Vec<String> = (0..64).map(|i| ["ab", "ba", "aab", "bba"][i % 4].into()).collect();
    let codec = Codec::build(&lines, Level::Char, 1).unwrap();
    let corpus = codec.corpus(&lines).unwrap();
    let pairs = ParallelCorpus::new(corpus.clone(), corpus).unwrap();
    let settings = |augment| Seq2SeqTraining {
        limit: Limit::Steps(500),
        learning_rate: 1e-2,
        augment,
        quiet: true,
        ..Default::default()
    };
    let last = |augment| {
        let config = Seq2SeqConfig { embed: 8, hidden: 16, ..Default::default() };
        let vocab = || codec.vocab().clone();
        let recurrent = Seq2Seq::new(config, vocab(), vocab()).unwrap();
        let learned = TransformerConfig { positions: PositionKind::Learned, ..transformer() };
        let transformer = EncoderDecoder::new(learned, vocab(), vocab()).unwrap();
        let settings = settings(augment);
        [recurrent.fit(&pairs, None, &settings), transformer.fit(&pairs, None, &settings)]
            .map(|history| history.unwrap().records[4].loss)
    };
    assert!(last(None).into_iter().all(|nats| nats < 0.1));
    // Lengths are left: they tell two of the four texts from the other two, whose first letter costs ln 2.
    let blind = last(blank());
    let expected = 2f64.ln() / 3.5;
    assert!(blind.into_iter().all(|nats| (nats - expected).abs() < 0.05), "{blind:?} instead of {expected}");
}

#[test]
fn texts_to_be_judged_are_changed_and_their_classes_are_not() {
    let texts: Vec<Vec<u32>> = (0..40).map(|i| vec![Vocab::BOS, 3 + i % 2, 3 + i % 2, Vocab::EOS]).collect();
    let classes: Vec<usize> = (0..40).map(|i| i % 2).collect();
    let (codec, _) = circle();
    let last = |augment| {
        let encoder = MaskedLm::new(transformer(), codec.vocab().clone()).unwrap();
        let classifier = Classifier::on(encoder, 2).unwrap();
        let settings = LmTraining { augment, ..training(100) };
        classifier.fit(&texts, &classes, &settings).unwrap().records[0].loss
    };
    assert!(last(None) < 0.3);
    assert!(last(blank()) > 0.65, "half of each, whatever is read: ln 2");
    let deleted: Vec<Vec<u32>> = {
        let batch = Padded::new(&texts, Vocab::EOS).changed(&Delete::new(1.0).unwrap(), Vocab::EOS, 1);
        batch.ids.outer_iter().map(|row| row.to_vec()).collect()
    };
    assert_eq!(deleted[1], [Vocab::BOS, 4, Vocab::EOS]);
}

#[test]
fn a_masked_model_puts_in_what_fits() {
    let (codec, corpus) = circle();
    let masked = MaskedLm::new(transformer(), codec.vocab().clone()).unwrap();
    masked.fit(&corpus, None, &LmTraining { learning_rate: 1e-2, ..training(1500) }).unwrap();
    let text: Vec<u32> = codec.encode("abcdabcdabcd").unwrap();
    let model = Rc::new(masked);
    let kept = |by: &dyn Augment| {
        let same = |seed| by.change(&text, &mut rng(seed)).iter().zip(&text).filter(|(a, b)| a == b).count();
        (0..50).map(same).sum::<usize>() as f64 / (50 * text.len()) as f64
    };
    let (fitting, any) = (Refill::new(0.25, model).unwrap(), Replace::unigram(0.25, &corpus).unwrap());
    assert!(kept(&fitting) > 0.93, "{}", kept(&fitting));
    assert!((kept(&any) - (1.0 - 0.25 * 0.75)).abs() < 0.05, "{}", kept(&any));
    assert!(fitting.keeps_places());
}

/// Rows of W_h dropped once are the numbers of the state before dropped at every step.
#[test]
fn variational_dropout_drops_the_same_numbers_at_every_step() {
    for kind in [RecurrentKind::Rnn, RecurrentKind::Lstm, RecurrentKind::Gru(Reset::After)] {
        let config = RecurrentConfig {
            kind,
            inputs: 5,
            hidden: 12,
            dropout: 0.5,
            variational: true,
            seed: 5,
            ..Default::default()
        };
        let net = Recurrent::new(config.clone()).unwrap();
        let still = Recurrent::new(RecurrentConfig { dropout: 0.0, variational: false, ..config }).unwrap();
        let w_h = &still.layers()[0].weights.w_h;
        w_h.set(Dropout::new(0.5, 5).along(w_h, 1, true).value().to_owned());
        let x = Var::new(normal::<f32>(&[3, 7, 5], 1.0, 1));
        let start = net.zero_states(3);
        let [dropped, expected] = [&net, &still].map(|net| net.forward(&x, &start, None, true).0.value().to_owned());
        assert_eq!(dropped, expected);
        let other = net.forward(&x, &start, None, true).0.value().to_owned();
        assert_ne!(dropped, other, "each call draws anew");
        let [a, b] = [(); 2].map(|()| net.forward(&x, &start, None, false).0.value().to_owned());
        assert_eq!(a, b, "nothing is dropped outside of training");
    }
}

#[test]
fn what_goes_from_layer_to_layer_and_out_loses_the_same_numbers_at_every_step() {
    let (codec, _) = circle();
    let config = RecurrentLmConfig { dropout: 0.5, variational: true, ..Default::default() };
    let model = recurrent(&codec, config.clone());
    let plain = recurrent(&codec, RecurrentLmConfig { variational: false, ..config });
    // With all inputs alike and no recurrence, only dropout can make one step differ from the next.
    for model in [&model, &plain] {
        model.net().layers()[0].weights.w_h.update(|w| w.fill(0.0));
        forget(&model.parameters());
    }
    let ids = Array2::from_elem((2, 9), 4);
    let differ = |model: &RecurrentLm| {
        let logits = model.logits(&ids, &model.zero_states(2), true).0.value().to_owned();
        (1..9).filter(|&t| logits.index_axis(Axis(0), t) != logits.index_axis(Axis(0), 0)).count()
    };
    assert_eq!(differ(&model), 0);
    assert_eq!(differ(&plain), 8);
}

/// Shuts the forget gates of an LSTM, the second of four, so that a cell keeps nothing.
fn forget(parameters: &Parameters) {
    let (_, b) = parameters.iter().find(|(name, _)| name.ends_with("layers.0.b")).unwrap();
    let size = b.shape()[0] / 4;
    b.update(|b| b.slice_mut(s![size..2 * size]).fill(-100.0));
}

#[test]
fn whole_tokens_are_dropped_and_the_scores_outside_of_training_know_nothing_of_it() {
    let (codec, _) = circle();
    let ids = Array2::from_shape_fn((1, 16), |(_, t)| 3 + t as u32 % 4);
    let config = TransformerConfig { word_dropout: 0.5, ..transformer() };
    let model = TransformerLm::new(config, codec.vocab().clone()).unwrap();
    let plain = TransformerLm::new(transformer(), codec.vocab().clone()).unwrap();
    assert_eq!(model.logits(&ids, false).value(), plain.logits(&ids, false).value());
    assert_ne!(model.logits(&ids, true).value(), plain.logits(&ids, true).value());

    let lstm = recurrent(&codec, RecurrentLmConfig { word_dropout: 0.5, ..Default::default() });
    let start = lstm.zero_states(1);
    let [a, b] = [true, false].map(|training| lstm.logits(&ids, &start, training).0.value().to_owned());
    assert_ne!(a, b);
    for word_dropout in [1.0, -0.1] {
        let config = RecurrentLmConfig { word_dropout, ..Default::default() };
        assert!(RecurrentLm::new(config, codec.vocab().clone()).is_err());
        let config = TransformerConfig { word_dropout, ..transformer() };
        assert!(TransformerLm::new(config, codec.vocab().clone()).is_err());
    }
}
