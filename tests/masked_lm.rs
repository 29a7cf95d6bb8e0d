//! The model that fills gaps, and the classifier on it.

use fabula::{
    Error,
    autograd::without_gradient,
    math::normal,
    models::{Classifier, LmTraining, MaskedLm},
    nn::{Mask, Module, PositionKind, TransformerConfig},
    text::{Codec, Corpus, Level, Padded, Vocab},
    train::Limit,
};
use ndarray::Array2;

fn small() -> TransformerConfig {
    TransformerConfig { width: 16, heads: 2, layers: 2, context: 24, ..Default::default() }
}

/// Letters whose neighbours say what they are: b between two a, d between two c.
fn text() -> (Codec, Vec<String>, Corpus) {
    let lines: Vec<String> = (0..120).map(|i| if i % 2 == 0 { "aba" } else { "cdc" }.into()).collect();
    let codec = Codec::build(&lines, Level::Char, 1).unwrap();
    let corpus = codec.corpus(&lines).unwrap();
    (codec, lines, corpus)
}

fn training(model: &MaskedLm, updates: usize) -> LmTraining {
    LmTraining { limit: Limit::Steps(updates), learning_rate: 3e-3, quiet: true, ..model.training() }
}

#[test]
fn a_gap_is_filled_from_both_sides() {
    let (codec, _, corpus) = text();
    let model = MaskedLm::new(small(), codec.vocab().clone()).unwrap();
    model.fit(&corpus, Some(&corpus), &training(&model, 400)).unwrap();
    for word in ["aba", "cdc"] {
        let ids = codec.encode(word).unwrap();
        let mut hidden: Vec<u32> = [Vocab::BOS].into_iter().chain(ids.iter().copied()).chain([Vocab::EOS]).collect();
        hidden[2] = model.mask();
        let p = model.fill(&hidden).unwrap();
        assert_eq!(p.dim(), (5, codec.vocab().len()));
        assert!((p.mapv(f64::exp).sum_axis(ndarray::Axis(1)) - 1.0).iter().all(|d| d.abs() < 1e-9));
        assert!(p[[2, ids[1] as usize]].exp() > 0.8, "{word}: {}", p[[2, ids[1] as usize]].exp());
    }
    let score = model.score(&corpus, 24).unwrap();
    assert_eq!(score.tokens, 4 * 120);
    assert!(score.nats_per_token() < 0.5, "{}", score.nats_per_token());

    let dir = tempfile::tempdir().unwrap();
    model.save(&dir.path().join("model"), &codec).unwrap();
    let (again, _) = MaskedLm::load(&dir.path().join("model")).unwrap();
    assert_eq!(again.score(&corpus, 24).unwrap().nats, score.nats);
}

#[test]
fn padding_never_changes_a_score_and_every_parameter_gets_a_gradient() {
    let (codec, _, _) = text();
    let model = MaskedLm::<f32>::init(TransformerConfig { context: 6, ..small() }, codec.vocab().clone()).unwrap();
    for (i, (_, var)) in model.parameters().iter().enumerate() {
        var.set(normal(&var.shape(), 0.3, i as u64));
    }
    let texts = [vec![1, 3, 4, 2], vec![1, 5, 6, 5, 3, 2]];
    let batch = Padded::new(&texts, Vocab::EOS);
    let together = model.logits(&batch.ids, &Mask::padding(batch.mask.clone()), false).value();
    let alone = Array2::from_shape_vec((1, 4), texts[0].clone()).unwrap();
    let alone = model.logits(&alone, &Mask::none(), false).value();
    for (a, b) in alone.iter().zip(&together) {
        assert!((a - b).abs() < 1e-5, "{a} and {b}");
    }
    let chosen = Array2::from_elem((2, 6), true);
    let mut inputs = batch.ids.clone();
    inputs[[0, 1]] = model.mask();
    model.loss(&inputs, &Mask::none(), &batch.ids, &chosen, true).backward();
    assert_eq!(without_gradient(&model.parameters()), Vec::<String>::new());
}

#[test]
fn a_classifier_tells_texts_apart() {
    let (codec, lines, _) = text();
    let texts: Vec<Vec<u32>> =
        lines.iter().map(|line| [vec![Vocab::BOS], codec.encode(line).unwrap(), vec![Vocab::EOS]].concat()).collect();
    let classes: Vec<usize> = (0..texts.len()).map(|i| i % 2).collect();
    let model = MaskedLm::new(small(), codec.vocab().clone()).unwrap();
    let settings = training(&model, 60);
    let classifier = Classifier::on(model, 2).unwrap();
    classifier.fit(&texts, &classes, &settings).unwrap();
    assert_eq!(classifier.classes(&Padded::new(&texts, Vocab::EOS)), classes);
    assert!(classifier.fit(&texts, &classes[1..], &settings).unwrap_err().to_string().contains("120, one a text"));
    assert!(classifier.fit(&texts[..1], &[2], &settings).unwrap_err().to_string().contains("below 2"));
    let other = MaskedLm::new(small(), codec.vocab().clone()).unwrap();
    assert!(Classifier::on(other, 1).err().unwrap().to_string().contains("at least 2"));
}

#[test]
fn what_cannot_be_is_said() {
    let (codec, _, corpus) = text();
    let model = MaskedLm::new(TransformerConfig { context: 4, ..small() }, codec.vocab().clone()).unwrap();
    assert!(matches!(model.fill(&[]), Err(Error::EmptySequence { .. })));
    assert!(matches!(model.fill(&[99]), Err(Error::Symbol { found: 99, .. })));
    assert!(model.fill(&[3; 5]).unwrap_err().to_string().contains("at most 4"));
    assert!(model.score(&corpus, 1).unwrap_err().to_string().contains("at least 2"));
    assert!(model.score(&corpus, 5).unwrap_err().to_string().contains("at most 4"));
    let rotary = TransformerConfig { positions: PositionKind::Rotary, context: 4, ..small() };
    MaskedLm::new(rotary, codec.vocab().clone()).unwrap().score(&corpus, 5).unwrap();
    // A vocabulary of reserved tokens alone still makes a model.
    let empty = MaskedLm::new(small(), Vocab::new()).unwrap();
    assert_eq!(empty.fill(&[empty.mask()]).unwrap().dim(), (1, 3));
}
