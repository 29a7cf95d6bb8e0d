//! The verbs `fit` and `generate`, as a reader runs them.

#![cfg(feature = "course")]

#[cfg(not(debug_assertions))]
use ndarray_rand::rand::Rng;
use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

const TRAIN: &str = "tests/fixtures/kenlm/train.txt";
const TEST: &str = "tests/fixtures/kenlm/test.txt";

fn fabula(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fabula")).args(args).output().unwrap()
}

fn fit(args: &[&str]) -> Output {
    fabula(&[&["fit", "ngram"], args].concat())
}

fn json(args: &[&str]) -> Value {
    let output = fit(&[args, &["--json"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What the program says when it fails; it must not be a panic.
fn complaint(args: &[&str]) -> String {
    let output = fit(args);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty() && !said.contains("panicked"), "{said}");
    said
}

#[test]
fn the_report_is_one_object_with_these_keys() {
    let report = json(&["--train", TRAIN, "--test", TEST, "--order", "5"]);
    let mut keys: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    let expected = [
        "bits_per_character",
        "fit_seconds",
        "nats_per_token",
        "oov",
        "parameters",
        "peak_memory_mib",
        "perplexity",
        "perplexity_without_oov",
        "score_seconds",
        "tokens",
        "zero_probability_tokens",
    ];
    assert_eq!(keys, expected);
    let number = |key: &str| report[key].as_f64().unwrap();
    assert_eq!([number("tokens"), number("oov"), number("zero_probability_tokens")], [4189.0, 40.0, 0.0]);
    assert!((number("perplexity") - 60.8405).abs() < 5e-5 && (number("perplexity_without_oov") - 57.0888).abs() < 5e-5);
    assert!((number("nats_per_token") - 60.8405f64.ln()).abs() < 1e-6);
    let characters = fs::read_to_string(TEST).unwrap().chars().count() as f64;
    let bits = number("nats_per_token") * 4189.0 / std::f64::consts::LN_2;
    assert!((number("bits_per_character") - bits / characters).abs() < 1e-9);
    if cfg!(target_os = "linux") {
        assert!(number("peak_memory_mib") > 1.0);
    }
}

#[test]
fn what_is_infinite_is_null() {
    let report = json(&["--train", TRAIN, "--test", TEST, "--smoothing", "mle"]);
    for key in ["perplexity", "perplexity_without_oov", "nats_per_token", "bits_per_character"] {
        assert!(report[key].is_null(), "{key}: {}", report[key]);
    }
    assert!(report["zero_probability_tokens"].as_u64().unwrap() > 100);
}

#[test]
fn all_methods_levels_and_held_out_texts() {
    let perplexity =
        |args: &[&str]| json(&[&["--train", TRAIN, "--test", TEST], args].concat())["perplexity"].as_f64().unwrap();
    let kneser_ney = perplexity(&[]);
    for method in ["add-k", "interpolated", "absolute"] {
        assert!(perplexity(&["--smoothing", method]) > kneser_ney, "{method}");
    }
    assert!(perplexity(&["--smoothing", "add-k", "--k", "0.01"]) < perplexity(&["--smoothing", "add-k"]));
    assert!(
        perplexity(&["--smoothing", "interpolated", "--valid", TEST]) < perplexity(&["--smoothing", "interpolated"])
    );
    let characters = json(&["--train", TRAIN, "--test", TEST, "--level", "char", "--order", "8"]);
    assert_eq!(characters["tokens"].as_u64().unwrap() as usize, fs::read_to_string(TEST).unwrap().chars().count());
}

#[test]
fn people_see_a_table_and_what_had_to_be_guessed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("one sentence.txt");
    fs::write(&path, "the fox saw the crow").unwrap();
    let path = path.to_str().unwrap();
    let output = fit(&["--train", path, "--test", path]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.contains("perplexity") && said.contains("note: order 3:"), "{said}");
    let quiet = fit(&["--train", path, "--test", path, "--json"]);
    assert!(String::from_utf8(quiet.stderr).unwrap().contains("note: order 3:"));
}

#[test]
fn a_saved_model_generates_the_same_text_for_the_same_seed() {
    let dir = tempfile::tempdir().unwrap();
    let saved = dir.path().join("a model of fables");
    let saved = saved.to_str().unwrap();
    json(&["--train", TRAIN, "--test", TEST, "--save", saved]);
    let generate = |args: &[&str]| {
        let output = fabula(&[&["generate", saved], args].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let text = generate(&["--seed", "3", "--count", "5"]);
    assert_eq!(text.lines().count(), 5);
    assert_eq!(text, generate(&["--seed", "3", "--count", "5"]));
    assert_ne!(text, generate(&["--seed", "4", "--count", "5"]));
    assert!(generate(&["--max-tokens", "3"]).lines().all(|line| line.split(' ').count() <= 3));
    let nothing = fabula(&["generate", dir.path().to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("config.json"));
    let frozen = fabula(&["generate", saved, "--temperature", "0"]);
    assert!(String::from_utf8_lossy(&frozen.stderr).contains("temperature is 0: expected a positive number"));
}

#[test]
fn a_hidden_markov_model_is_fitted_watched_and_saved() {
    let dir = tempfile::tempdir().unwrap();
    let saved = dir.path().join("a chain");
    let saved = saved.to_str().unwrap();
    let fit = |args: &[&str]| {
        let settings = ["--states", "6", "--iterations", "8", "--json"];
        let output = fabula(&[&["fit", "hmm", "--train", TRAIN, "--test", TEST], &settings[..], args].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        (report, String::from_utf8(output.stderr).unwrap())
    };
    let (report, progress) = fit(&["--save", saved]);
    assert_eq!(progress.lines().count(), 8);
    let last = progress.lines().last().unwrap();
    assert!(last.starts_with("start 1, iteration   8: ") && last.contains("gained") && last.ends_with(" s"), "{last}");
    let keys = |report: &Value| report.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&report), keys(&json(&["--train", TRAIN, "--test", TEST, "--order", "1"])));
    assert_eq!([&report["tokens"], &report["oov"], &report["zero_probability_tokens"]], [4189, 40, 0]);
    assert_eq!(report["parameters"], 6 + 6 * 6 + 6 * 1161);
    let same = fit(&[]).0;
    assert_eq!(same["perplexity"], report["perplexity"]);
    assert_ne!(fit(&["--seed", "1"]).0["perplexity"], report["perplexity"]);
    let (_, progress) = fit(&["--restarts", "2", "--valid", TEST]);
    assert!(
        progress.lines().count() == 16 && progress.lines().all(|line| line.contains("held-out text")),
        "{progress}"
    );

    let generate = || {
        let output = fabula(&["generate", saved, "--seed", "3", "--count", "5"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(generate().lines().count(), 5);
    assert_eq!(generate(), generate());
    fs::write(Path::new(saved).join("config.json"), r#"{ "model": "crystal ball", "version": 1 }"#).unwrap();
    let other = fabula(&["generate", saved]);
    assert!(String::from_utf8_lossy(&other.stderr).contains("a model \"crystal ball\": expected"));
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
        let output = fabula(&[&["fit", "hmm", "--train", TRAIN, "--test", TEST], &args[..], quick].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(expected) && !said.contains("panicked"), "{args:?}: {said}");
    }
}

#[test]
fn bad_input_gets_a_clear_answer() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_string()
    };
    let empty = file("empty.txt", b"");
    let binary = file("binary.txt", b"ab\xFF");
    let reserved = file("reserved.txt", b"a b\nc <s> d\n");
    let unknown = file("unknown words only.txt", b"quince zither");
    for (args, expected) in [
        (["--train", &empty, "--test", TEST], "empty.txt is empty"),
        (["--train", TRAIN, "--test", &empty], "empty.txt is empty"),
        (["--train", &binary, "--test", TEST], "not UTF-8: byte 2 (line 1)"),
        (["--train", &reserved, "--test", TEST], "line 2 holds the word <s>"),
        (["--train", TRAIN, "--test", &reserved], "reserved.txt: line 2 holds the word <s>"),
        (["--train", "no such file", "--test", TEST], "no such file"),
        (["--train", TRAIN, "--test", "no such file"], "there is no file no such file"),
    ] {
        let said = complaint(&args);
        assert!(said.contains(expected), "{args:?}: {said}");
    }
    let good = ["--train", TRAIN, "--test", TEST];
    for (args, expected) in [
        (&["--order", "0"][..], "the order is 0: expected 1 to 16"),
        (&["--order", "100"], "the order is 100: expected 1 to 16"),
        (&["--smoothing", "add-k", "--k", "0"], "k is 0: expected a positive number"),
        (&["--smoothing", "add-k", "--k", "-1"], "k is -1"),
        (&["--smoothing", "add-k", "--k", "nan"], "k is NaN"),
        (&["--smoothing", "witten-bell"], "kneser-ney"),
        (&["--arpa", "no such folder/model.arpa"], "no such folder/model.arpa"),
        (&["--save", TRAIN], "train.txt"),
    ] {
        let said = complaint(&[&good[..], args].concat());
        assert!(said.contains(expected), "{args:?}: {said}");
    }
    let report = json(&["--train", TRAIN, "--test", &unknown]);
    assert_eq!([&report["tokens"], &report["oov"]], [3, 2]);
}

/// A million words with Zipf's frequencies, half of them chosen by the word before.
#[test]
#[cfg(not(debug_assertions))]
fn a_million_words_take_less_than_five_seconds_and_little_memory() {
    let mut rng = fabula::math::rng(7);
    let mut zipf = |words: f64| words.powf(rng.random::<f64>()) as usize;
    let (mut text, mut word) = (String::new(), 0);
    for i in 1..=1_000_000 {
        word = if i % 2 == 0 { zipf(60_000.0) } else { (zipf(200.0) * 7919 + word * 31) % 60_000 };
        text += &format!("w{word}{}", if i % 20 == 0 { "\n" } else { " " });
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a million words.txt");
    fs::write(&path, text).unwrap();
    let report = json(&["--train", path.to_str().unwrap(), "--test", TEST, "--order", "5"]);
    let number = |key: &str| report[key].as_f64().unwrap();
    println!("{report}");
    assert!(number("fit_seconds") < 5.0, "{report}");
    if cfg!(target_os = "linux") {
        let bytes = number("peak_memory_mib") * 1024.0 * 1024.0 / number("parameters");
        assert!(bytes < 64.0, "{bytes} bytes for an n-gram: {report}");
    }
}

/// The disk is full: the file cannot grow beyond 100 blocks.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_leaves_the_old_model() {
    let dir = tempfile::tempdir().unwrap();
    let arpa = dir.path().join("old.arpa");
    fs::write(&arpa, "the old model").unwrap();
    let limited = "trap '' XFSZ; ulimit -f 100; exec \"$@\"";
    let program = env!("CARGO_BIN_EXE_fabula");
    let fit = ["fit", "ngram", "--train", TRAIN, "--test", TEST, "--arpa", arpa.to_str().unwrap()];
    let output = Command::new("sh").args(["-c", limited, "sh", program]).args(fit).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("old.arpa") && !said.contains("panicked"), "{said}");
    assert_eq!(fs::read_to_string(&arpa).unwrap(), "the old model");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "the temporary file is gone");
    if Path::new("/dev/full").exists() {
        let said = complaint(&["--train", TRAIN, "--test", TEST, "--arpa", "/dev/full"]);
        assert!(said.contains("/dev/full") && said.contains("No space left"), "{said}");
        let command = "exec \"$@\" > /dev/full";
        let output = Command::new("sh").args(["-c", command, "sh", program]).args(&fit[..6]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains("cannot print") && !said.contains("panicked"), "{said}");
    }
}
