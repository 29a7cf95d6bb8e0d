//! `fit rnn`, `fit lstm` and `fit gru`.

use super::*;
use fabula::{models::RecurrentLm, text::read_lines};
use std::path::Path;

const SMALL: [&str; 6] = ["--hidden", "16", "--batch", "64", "--steps", "20"];

/// The report, and the lines of progress.
fn fit(kind: &str, args: &[&str]) -> (Value, String) {
    report(&[&["fit", kind, "--train", TRAIN, "--test", TEST], &SMALL[..], args].concat())
}

#[test]
fn each_kind_and_level_is_fitted_saved_and_generates() {
    let dir = tempfile::tempdir().unwrap();
    let ngram = report(&["fit", "ngram", "--train", TRAIN, "--test", TEST, "--order", "1"]).0;
    let expected: BTreeSet<&str> = keys(&ngram).into_iter().chain(["train_tokens_per_second", "steps"]).collect();
    let text = fs::read_to_string(TEST).unwrap();
    let lines = read_lines(TEST.as_ref()).unwrap();
    for (kind, args, tokens, oov) in [
        ("rnn", &["--level", "char"][..], text.chars().count(), 0),
        ("lstm", &["--level", "word", "--layers", "2", "--dropout", "0.1"], 4189, 71),
        ("lstm", &["--level", "word", "--min-count", "1"], 4189, 40),
        ("gru", &["--level", "bpe", "--vocab", "400", "--tied"], 0, 0),
        ("gru", &["--level", "char", "--reset", "before"], text.chars().count(), 0),
    ] {
        let saved = dir.path().join(format!("a {kind}"));
        let saved = saved.to_str().unwrap();
        let (report, progress) = fit(kind, &[args, &["--save", saved, "--epochs", "1"]].concat());
        assert_eq!(keys(&report), expected);
        let number = |key: &str| report[key].as_f64().unwrap();
        if tokens > 0 {
            assert_eq!([number("tokens"), number("oov")], [tokens as f64, f64::from(oov)], "{kind} {args:?}");
        }
        assert!(number("perplexity") < 1200.0 && number("train_tokens_per_second") > 0.0, "{report}");
        let bits = number("nats_per_token") * number("tokens") / std::f64::consts::LN_2;
        assert!((number("bits_per_character") - bits / text.chars().count() as f64).abs() < 1e-9);
        assert!(!progress.contains("held out") && progress.contains(" tokens/s, 0:00 left"), "{progress}");

        let (model, codec) = RecurrentLm::load(Path::new(saved)).unwrap();
        let score = model.score(&codec.corpus(&lines).unwrap()).unwrap();
        assert_eq!(score.nats_per_token(), number("nats_per_token"), "{kind} {args:?}");
        let drawn = generate(saved, &["--seed", "3", "--count", "5"]);
        assert_eq!(drawn, generate(saved, &["--seed", "3", "--count", "5"]));
        assert_ne!(drawn, generate(saved, &["--seed", "4", "--count", "5"]));
        // A byte that begins a line may be drawn as a piece of text, too.
        assert!(drawn.lines().count() == 5 || args.contains(&"bpe"), "{drawn}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_one_thread_and_on_two() {
    let dir = tempfile::tempdir().unwrap();
    let run = |threads: &str, seed: &str| {
        let saved = dir.path().join(format!("{threads} threads, seed {seed}"));
        let args = ["--dropout", "0.2", "--epochs", "1", "--threads", threads, "--seed", seed];
        let (report, _) = fit("lstm", &[&args[..], &["--save", saved.to_str().unwrap()]].concat());
        (report["perplexity"].clone(), fs::read(saved.join("weights.safetensors")).unwrap())
    };
    let one = run("1", "5");
    assert!(one == run("2", "5"), "one thread and two differ");
    assert!(one.1 != run("2", "6").1, "the seed changes nothing");
}

#[test]
fn seconds_bound_the_training_and_held_out_text_is_watched() {
    let args = ["--seconds", "1.5", "--valid", TEST];
    let (report, progress) = fit("gru", &args);
    let seconds = report["fit_seconds"].as_f64().unwrap();
    assert!((1.5..10.0).contains(&seconds), "{seconds}");
    let looks: Vec<&str> = progress.lines().filter(|line| line.contains("held out")).collect();
    let steps = report["steps"].as_u64().unwrap();
    assert_eq!(looks.len() as u64, steps.div_ceil(100), "{progress}");
    assert!(looks.last().unwrap().contains("e-4, gradient"), "the rate has fallen to a tenth of 3e-3: {progress}");
    let table = run(&[&["fit", "rnn", "--train", TRAIN, "--test", TEST, "--seconds", "0.2"], &SMALL[..]].concat()).0;
    for row in ["RNN, one layer, E 64, H 16", "perplexity", "updates", "training tokens/s"] {
        assert!(table.contains(row), "{table}");
    }
}

#[test]
fn bad_input_gets_a_clear_answer() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name, bytes: &[u8]| file(&dir, name, bytes);
    let empty = file("empty.txt", b"");
    let binary = file("binary.txt", b"ab\xFF");
    let one = file("one line.txt", b"the fox");
    let good = ["fit", "lstm", "--train", TRAIN, "--test", TEST];
    for (args, expected) in [
        (&["--train", &empty, "--test", TEST][..], "empty.txt is empty"),
        (&["--train", TRAIN, "--test", &empty, "--seconds", "0.1"], "empty.txt is empty"),
        (&["--train", &binary, "--test", TEST], "not UTF-8: byte 2 (line 1)"),
        (&["--train", "no such file", "--test", TEST], "no such file"),
        (&["--train", TRAIN, "--test", "no such file"], "there is no file no such file"),
        (&["--train", &one, "--test", TEST], "the batch size is 32: expected at most 8"),
        (&["--train", &one, "--test", TEST, "--level", "word"], "the minimal count is 2: expected at most 1"),
        (&["--train", &one, "--test", TEST, "--level", "bpe", "--vocab", "9"], "a vocabulary of 9 tokens is too small"),
    ] {
        refused(&[&["fit", "lstm"], args].concat(), expected);
    }
    for (args, expected) in [
        (&["--valid", &empty][..], "empty.txt is empty"),
        (&["--valid", "no such file"], "no such file"),
        (&["--seconds", "1", "--epochs", "1"], "cannot be used with"),
        (&["--seconds", "0"], "the length of the training is 0 seconds"),
        (&["--seconds", "-1"], "the length of the training is -1 seconds"),
        (&["--seconds", "nan"], "the length of the training is NaN seconds"),
        (&["--epochs", "0"], "the length of the training is 0 epochs"),
        (&["--steps", "0"], "the number of steps is 0: expected at least 1"),
        (&["--batch", "0"], "the batch size is 0: expected at least 1"),
        (&["--batch", "100000000"], "the batch size is 100000000: expected at most 226452"),
        (&["--hidden", "0"], "hidden is 0: expected at least 1"),
        (&["--hidden", "100000000000"], "the number of parameters is about"),
        (&["--embed", "0"], "embed is 0: expected at least 1"),
        (&["--layers", "0"], "layers is 0: expected at least 1"),
        (&["--embed", "8", "--tied"], "embed is 8: expected 256"),
        (&["--dropout", "1"], "dropout is 1: expected a probability"),
        (&["--dropout", "-0.1"], "dropout is -0.1"),
        (&["--lr", "nan"], "the learning rate is NaN"),
        (&["--lr", "-1"], "the learning rate is -1"),
        (&["--lr", "1e38", "--hidden", "8", "--epochs", "1"], "training stopped at step"),
        (&["--lr", "1000", "--hidden", "8", "--epochs", "1"], "the learning rate, 1000, is too high"),
        (&["--threads", "100000"], "the number of threads is 100000: expected 1 to 256"),
        (&["--threads", "0"], "the number of threads is 0"),
        (&["--level", "syllable"], "bpe"),
        (&["--save", TRAIN], "train.txt"),
    ] {
        refused(&[&good[..], args].concat(), expected);
    }
    // A test text of unknown tokens only, and a text of one line, are texts like others.
    let unknown = file("unknown.txt", "狐狸 狐".as_bytes());
    let quick = |args: &[&str]| report(&[&["fit", "rnn", "--hidden", "16", "--seconds", "0.1"], args].concat()).0;
    let report = quick(&["--train", TRAIN, "--test", &unknown, "--level", "word"]);
    assert_eq!([&report["tokens"], &report["oov"]], [3, 2]);
    assert!(report["nats_per_token"].is_number());
    let report = quick(&["--train", &one, "--test", &one, "--batch", "1"]);
    assert_eq!([&report["tokens"], &report["oov"]], [8, 0]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_leaves_the_old_model() {
    let dir = tempfile::tempdir().unwrap();
    let saved = dir.path().to_str().unwrap();
    fit("rnn", &["--seconds", "0.1", "--save", saved]);
    let all = || {
        let files = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = files.map(|path| (fs::read(&path).unwrap(), path)).collect();
        files.sort();
        files
    };
    let before = all();
    let fit = ["fit", "lstm", "--train", TRAIN, "--test", TEST, "--seconds", "0.1", "--save", saved];
    let output = fabula_with_little_disk(20, &fit);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("weights.safetensors") && !said.contains("panicked"), "{said}");
    assert!(all() == before, "the old model was touched");
}
