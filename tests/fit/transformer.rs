//! `fit transformer`, `fit masked` and `fit seq2seq --model transformer`.

use super::*;
use fabula::{
    models::{MaskedLm, TransformerLm},
    text::read_lines,
};
use std::path::Path;

const SMALL: [&str; 8] = ["--width", "16", "--heads", "2", "--layers", "1", "--steps", "20"];

/// The report, and the lines of progress.
fn fit(kind: &str, args: &[&str]) -> (Value, String) {
    report(&[&["fit", kind, "--train", TRAIN, "--test", TEST], &SMALL[..], args].concat())
}

#[test]
fn every_kind_of_positions_is_fitted_saved_and_generates() {
    let dir = tempfile::tempdir().unwrap();
    let recurrent = ["fit", "rnn", "--train", TRAIN, "--test", TEST, "--hidden", "4", "--seconds", "0.1"];
    let recurrent = report(&recurrent).0;
    let characters = fs::read_to_string(TEST).unwrap().chars().count();
    for (positions, args) in [
        ("learned", &["--batch", "64"][..]),
        ("sinusoidal", &["--level", "word", "--post-norm"]),
        ("rotary", &["--level", "bpe", "--vocab", "400"]),
        ("none", &["--batch", "64", "--dropout", "0.1"]),
    ] {
        let saved = dir.path().join(positions);
        let saved = saved.to_str().unwrap();
        let options = ["--save", saved, "--epochs", "1", "--positions", positions];
        let (report, _) = fit("transformer", &[&options[..], args].concat());
        assert_eq!(keys(&report), keys(&recurrent));
        if !args.contains(&"--level") {
            assert_eq!(report["tokens"].as_f64().unwrap(), characters as f64);
        }
        let (model, codec) = TransformerLm::load(Path::new(saved)).unwrap();
        let lines = read_lines(TEST.as_ref()).unwrap();
        let score = model.score(&codec.corpus(&lines).unwrap(), 20).unwrap();
        assert_eq!(score.nats_per_token(), report["nats_per_token"].as_f64().unwrap());
        let drawn = generate(saved, &["--seed", "3", "--count", "2"]);
        assert_eq!(drawn, generate(saved, &["--seed", "3", "--count", "2"]));
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_one_thread_and_on_two() {
    let dir = tempfile::tempdir().unwrap();
    let run = |threads: &str, seed: &str| {
        let saved = dir.path().join(format!("{threads} threads, seed {seed}"));
        let args = ["--epochs", "1", "--batch", "64", "--threads", threads, "--seed", seed];
        let (report, _) = fit("transformer", &[&args[..], &["--save", saved.to_str().unwrap()]].concat());
        (report["perplexity"].clone(), fs::read(saved.join("weights.safetensors")).unwrap())
    };
    let one = run("1", "5");
    assert!(one == run("2", "5"), "one thread and two differ");
    assert!(one.1 != run("2", "6").1, "the seed changes nothing");
}

#[test]
fn gaps_are_filled() {
    let dir = tempfile::tempdir().unwrap();
    let saved = dir.path().join("masked");
    let saved = saved.to_str().unwrap();
    let (report, progress) =
        fit("masked", &["--level", "word", "--epochs", "2", "--valid", TEST, "--save", saved, "--batch", "64"]);
    assert_eq!(report["tokens"], 4189);
    assert!(report["perplexity"].as_f64().unwrap() < 1200.0 && progress.contains("held out"), "{report}");
    let (model, codec) = MaskedLm::load(Path::new(saved)).unwrap();
    let lines = read_lines(TEST.as_ref()).unwrap();
    let score = model.score(&codec.corpus(&lines).unwrap(), 20).unwrap();
    assert_eq!(score.nats_per_token(), report["nats_per_token"].as_f64().unwrap());
    refused(&["generate", saved], "holds a model that fills gaps");
}

#[test]
fn pairs_are_learned_by_a_transformer_and_translated() {
    let dir = tempfile::tempdir().unwrap();
    let words = ["ab", "ba", "abc", "cab", "bca", "acb", "cba", "bac", "aab", "abb", "ccb", "bcc"];
    let lines: String = words.iter().map(|word| format!("{word}\t{}\n", word.to_uppercase())).collect();
    let pairs = file(&dir, "pairs.tsv", lines.repeat(20));
    let saved = dir.path().join("a model");
    let saved = saved.to_str().unwrap();
    let args = ["fit", "seq2seq", "--pairs", &pairs, "--test", &pairs, "--model", "transformer", "--save", saved];
    let small = ["--width", "32", "--heads", "2", "--layers", "1", "--epochs", "80", "--lr", "0.003"];
    let fitted = report(&[&args[..], &small].concat()).0;
    assert!(fitted["exact_match"].as_f64().unwrap() > 0.9, "{fitted}");
    let picture = dir.path().join("where it looks.svg");
    let translated = run(&["translate", saved, "cab", "--attention", picture.to_str().unwrap()]).0;
    assert_eq!(translated, "CAB\n");
    assert!(fs::read_to_string(&picture).unwrap().starts_with("<svg"));
    refused(&["generate", saved], "holds a model that translates: use `fabula translate`");
}

#[test]
fn what_cannot_be_is_said() {
    let texts = ["fit", "transformer", "--train", TRAIN, "--test", TEST];
    for (args, expected) in [
        (&["--heads", "3"][..], "the width D is 128: expected a multiple of 3"),
        (&["--steps", "0"], "the context is 0: expected at least 1"),
        (&["--layers", "0"], "the number of layers is 0: expected at least 1"),
        (&["--dropout", "1"], "the dropout is 1: expected from 0 to below 1"),
        (&["--width", "4", "--heads", "4", "--positions", "rotary"], "an even number for each head"),
        (&["--batch", "0"], "the batch size is 0: expected at least 1"),
        (&["--lr", "-1"], "-1"),
    ] {
        refused(&[&texts[..], args].concat(), expected);
    }
}
