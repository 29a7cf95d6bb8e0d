//! `fit hmm`.

use super::*;
use std::path::Path;

const HMM: [&str; 6] = ["fit", "hmm", "--train", TRAIN, "--test", TEST];

#[test]
fn a_hidden_markov_model_is_fitted_watched_and_saved() {
    let dir = tempfile::tempdir().unwrap();
    let saved = dir.path().join("a chain");
    let saved = saved.to_str().unwrap();
    let fit = |args: &[&str]| report(&[&HMM[..], &["--states", "6", "--iterations", "8"], args].concat());
    let (fitted, progress) = fit(&["--save", saved]);
    assert_eq!(progress.lines().count(), 8);
    let last = progress.lines().last().unwrap();
    assert!(last.starts_with("start 1, iteration   8: ") && last.contains("gained") && last.ends_with(" s"), "{last}");
    let ngram = report(&["fit", "ngram", "--train", TRAIN, "--test", TEST, "--order", "1"]).0;
    assert_eq!(keys(&fitted), keys(&ngram));
    assert_eq!([&fitted["tokens"], &fitted["oov"], &fitted["zero_probability_tokens"]], [4189, 40, 0]);
    assert_eq!(fitted["parameters"], 6 + 6 * 6 + 6 * 1161);
    let same = fit(&[]).0;
    assert_eq!(same["perplexity"], fitted["perplexity"]);
    assert_ne!(fit(&["--seed", "1"]).0["perplexity"], fitted["perplexity"]);
    let (_, progress) = fit(&["--restarts", "2", "--valid", TEST]);
    assert!(
        progress.lines().count() == 16 && progress.lines().all(|line| line.contains("held-out text")),
        "{progress}"
    );

    let generate = || generate(saved, &["--seed", "3", "--count", "5"]);
    assert_eq!(generate().lines().count(), 5);
    assert_eq!(generate(), generate());
    fs::write(Path::new(saved).join("config.json"), r#"{ "model": "crystal ball", "version": 1 }"#).unwrap();
    refused(&["generate", saved], "a model \"crystal ball\": expected");
}

#[test]
fn bad_settings_of_a_hidden_markov_model_are_named() {
    for (args, expected) in [
        (["--states", "0"], "the number of states is 0: expected 1 to 4096"),
        (["--states", "1000000"], "the number of states is 1000000"),
        (["--iterations", "0"], "the number of iterations is 0"),
        (["--restarts", "0"], "the number of restarts is 0"),
        (["--tolerance", "-1"], "the tolerance is -1"),
        (["--k", "0"], "k is 0: expected a positive number"),
        (["--k", "nan"], "k is NaN"),
        (["--valid", "no such file"], "no such file"),
        (["--save", TRAIN], "train.txt"),
    ] {
        let quick = if args[0] == "--save" { &["--iterations", "1"][..] } else { &[] };
        let output = fabula(&[&HMM[..], &args, quick].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(expected) && !said.contains("panicked"), "{args:?}: {said}");
    }
}
