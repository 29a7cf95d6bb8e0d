//! Hidden Markov models of sentences: what makes them language models, their files, and what must be refused.

use fabula::{
    Error,
    decode::{LanguageModel, Sampling},
    statistical::{HmmConfig, HmmModel, NgramConfig, NgramModel},
    text::{Level, Vocab},
};
use std::fs;

fn text(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| line.to_string()).collect()
}

fn train() -> Vec<String> {
    text(&["the fox saw the crow", "the crow saw the fox", "a crow ran", "the old fox ran", ""])
}

fn config(states: usize) -> HmmConfig {
    HmmConfig { states, iterations: 20, ..HmmConfig::default() }
}

#[test]
fn after_any_history_the_next_token_has_a_distribution() {
    for (states, level) in [(1, Level::Word), (3, Level::Word), (5, Level::Char)] {
        let model = HmmModel::fit(&train(), &HmmConfig { level, ..config(states) }).unwrap();
        let mut state = model.start();
        for token in ["the", "owl", "saw", "crow", "crow", "f", "o"] {
            let log_p = model.log_probs(&state);
            assert_eq!(log_p.len(), model.vocab().len());
            assert!((log_p.mapv(f64::exp).sum() - 1.0).abs() < 1e-9);
            for (id, &log_p) in log_p.indexed_iter() {
                let one = model.log_prob(&state, id as u32);
                assert!(if id as u32 == Vocab::BOS {
                    one == log_p
                } else {
                    log_p.is_finite() && (one - log_p).abs() < 1e-12
                });
            }
            state = model.advance(&state, model.vocab().id(token));
        }
    }
}

/// The same tokens are predicted from the same vocabulary, and step by step they have the probability of the whole.
#[test]
fn scores_compare_with_those_of_n_grams() {
    let (model, test) = (HmmModel::fit(&train(), &config(3)).unwrap(), text(&["the owl saw a fox", "", "crow"]));
    let score = model.score(&test).unwrap();
    let ngram = NgramModel::fit(&train(), &NgramConfig::default()).unwrap();
    let other = ngram.score(&test).unwrap();
    assert_eq!((score.tokens, score.oov, score.characters), (other.tokens, other.oov, other.characters));
    assert_eq!(model.vocab().tokens(), ngram.vocab().tokens());
    assert_eq!(model.hmm().symbols(), ngram.vocab().predicted());
    // The symbol of a token is its id; for those behind <s> one less.
    let id = |word: &str| model.vocab().id(word) - 1;
    let sentences = [vec![id("the"), 0, id("saw"), id("a"), id("fox"), 1], vec![1], vec![id("crow"), 1]];
    let sum: f64 = sentences.iter().map(|x| model.hmm().log_likelihood(x).unwrap()).sum();
    assert!((score.nats + sum).abs() < 1e-10);
}

#[test]
fn the_best_start_and_the_best_iteration_are_kept() {
    let (train, valid) = (train(), text(&["the crow ran", "a fox saw the old crow"]));
    let one = |seed| HmmModel::fit(&train, &HmmConfig { seed, ..config(4) }).unwrap();
    let best = HmmModel::fit(&train, &HmmConfig { restarts: 3, ..config(4) }).unwrap();
    let last = |model: &HmmModel| model.history().last().unwrap().log_likelihood;
    assert_eq!(last(&best), (0..3).map(|seed| last(&one(seed))).fold(f64::NEG_INFINITY, f64::max));

    let mut held_out = Vec::new();
    let watch = &mut |progress: &fabula::statistical::HmmProgress| held_out.push(progress.held_out.unwrap());
    let chosen = HmmModel::fit_watched(&train, Some(&valid), &HmmConfig { restarts: 2, ..config(4) }, watch).unwrap();
    let least = held_out.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(chosen.score(&valid).unwrap().nats_per_token(), least);
}

#[test]
fn a_saved_model_is_the_same_model() {
    let dir = tempfile::tempdir().unwrap();
    let model = HmmModel::fit(&train(), &config(3)).unwrap();
    model.save(dir.path()).unwrap();
    let loaded = HmmModel::load(dir.path()).unwrap();
    assert_eq!((loaded.hmm(), loaded.config()), (model.hmm(), model.config()));
    assert_eq!(loaded.vocab().tokens(), model.vocab().tokens());
    let sampling = Sampling { seed: 7, ..Sampling::default() };
    assert_eq!(loaded.samples(5, &sampling).unwrap(), model.samples(5, &sampling).unwrap());
    assert!(NgramModel::load(dir.path()).unwrap_err().to_string().contains("a model \"hmm\" of version 1: expected"));
}

#[test]
fn damaged_files_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let model = HmmModel::fit(&train(), &config(1)).unwrap();
    model.save(dir.path()).unwrap();
    let path = dir.path().join("model.json");
    let good = fs::read_to_string(&path).unwrap();
    let mut whole: serde_json::Value = serde_json::from_str(&good).unwrap();
    let half = &good[..good.len() / 2];
    let mut changed = |key: &str, value: serde_json::Value| {
        let old = std::mem::replace(&mut whole[key], value);
        let text = whole.to_string();
        whole[key] = old;
        text
    };
    for (damaged, expected) in [
        (half.to_string(), "EOF"),
        (changed("pi", serde_json::json!([0.5])), "π sums to 0.5"),
        (changed("pi", serde_json::json!([null])), "invalid type: null"),
        (changed("a", serde_json::json!([[1.0, 0.0]])), "A has the shape [1, 2]"),
        (changed("a", serde_json::json!([[1.0], [0.5, 0.5]])), "differ in length"),
        (changed("b", serde_json::json!([[0.5, 0.5]])), "states and symbols"),
        (changed("tokens", serde_json::json!(["fox"])), "the tokens do not begin with"),
    ] {
        fs::write(&path, damaged).unwrap();
        let error = HmmModel::load(dir.path()).unwrap_err();
        assert!(matches!(error, Error::Json { .. }) && error.to_string().contains(expected), "{expected}: {error}");
    }
    fs::remove_file(&path).unwrap();
    assert!(matches!(HmmModel::load(dir.path()), Err(Error::Io { .. })));
}

#[test]
fn texts_and_settings_that_do_not_fit_are_refused() {
    assert!(matches!(HmmModel::fit(&[], &config(2)), Err(Error::NoSentences)));
    assert!(matches!(HmmModel::fit(&text(&["a <s>"]), &config(2)), Err(Error::ReservedToken { line: 1, .. })));
    let error = HmmModel::fit(&text(&["a b"]), &config(4)).unwrap_err().to_string();
    assert_eq!(error, "the number of states is 4: expected at most 3, the number of tokens in the text");
    for config in [
        config(0),
        config(1_000_000),
        HmmConfig { iterations: 0, ..config(2) },
        HmmConfig { restarts: 0, ..config(2) },
        HmmConfig { tolerance: f64::NAN, ..config(2) },
        HmmConfig { k: 0.0, ..config(2) },
        HmmConfig { k: f64::INFINITY, ..config(2) },
    ] {
        assert!(matches!(HmmModel::fit(&train(), &config), Err(Error::Config { .. })), "{config:?}");
    }
    let model = HmmModel::fit(&text(&["", ""]), &config(1)).unwrap();
    assert!(matches!(model.score(&text(&["</s>"])), Err(Error::ReservedToken { .. })));
    assert!(matches!(model.score(&[]), Err(Error::NoSentences)));
}
