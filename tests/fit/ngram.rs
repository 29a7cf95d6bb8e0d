//! `fit ngram`.

use super::*;
#[cfg(not(debug_assertions))]
use ndarray_rand::rand::Rng;
#[cfg(target_os = "linux")]
use std::path::Path;

fn json(args: &[&str]) -> Value {
    report(&[&["fit", "ngram"], args].concat()).0
}

#[test]
fn the_report_is_one_object_with_these_keys() {
    let report = json(&["--train", TRAIN, "--test", TEST, "--order", "5"]);
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
    assert_eq!(keys(&report), expected.into());
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
    let one = file(&dir, "one sentence.txt", "the fox saw the crow");
    let fit = ["fit", "ngram", "--train", &one, "--test", &one];
    let table = run(&fit).0;
    assert!(table.contains("perplexity") && table.contains("note: order 3:"), "{table}");
    assert!(report(&fit).1.contains("note: order 3:"));
}

#[test]
fn a_saved_model_generates_the_same_text_for_the_same_seed() {
    let dir = tempfile::tempdir().unwrap();
    let saved = dir.path().join("a model of fables");
    let saved = saved.to_str().unwrap();
    json(&["--train", TRAIN, "--test", TEST, "--save", saved]);
    let generate = |args: &[&str]| generate(saved, args);
    let text = generate(&["--seed", "3", "--count", "5"]);
    assert_eq!(text.lines().count(), 5);
    assert_eq!(text, generate(&["--seed", "3", "--count", "5"]));
    assert_ne!(text, generate(&["--seed", "4", "--count", "5"]));
    assert!(generate(&["--max-tokens", "3"]).lines().all(|line| line.split(' ').count() <= 3));
    refused(&["generate", dir.path().to_str().unwrap()], "config.json");
    assert_eq!(generate(&["--temperature", "0", "--seed", "1"]), generate(&["--temperature", "0", "--seed", "2"]));
    assert_eq!(generate(&["--top-k", "1"]), generate(&["--temperature", "0"]));
    for (args, expected) in [
        (["--temperature", "-1"], "temperature is -1: expected 0"),
        (["--temperature", "nan"], "temperature is NaN"),
        (["--max-tokens", "0"], "the maximum of tokens is 0: expected at least 1"),
        (["--top-k", "0"], "top-k is 0"),
        (["--top-p", "1.5"], "top-p is 1.5"),
        (["--repetition-penalty", "0"], "the repetition penalty is 0"),
        (["--min-tokens", "101"], "the minimum of tokens is 101: expected at most 100"),
    ] {
        refused(&[&["generate", saved][..], &args].concat(), expected);
    }
}

#[test]
fn bad_input_gets_a_clear_answer() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name, bytes: &[u8]| file(&dir, name, bytes);
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
        refused(&[&["fit", "ngram"], &args[..]].concat(), expected);
    }
    let good = ["fit", "ngram", "--train", TRAIN, "--test", TEST];
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
        refused(&[&good[..], args].concat(), expected);
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

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_leaves_the_old_model() {
    let dir = tempfile::tempdir().unwrap();
    let arpa = file(&dir, "old.arpa", "the old model");
    let fit = ["fit", "ngram", "--train", TRAIN, "--test", TEST];
    let output = fabula_with_little_disk(100, &[&fit[..], &["--arpa", &arpa]].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("old.arpa") && !said.contains("panicked"), "{said}");
    assert_eq!(fs::read_to_string(&arpa).unwrap(), "the old model");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "the temporary file is gone");
    if Path::new("/dev/full").exists() {
        refused(&[&fit[..], &["--arpa", "/dev/full"]].concat(), "/dev/full: No space left");
        let command = "exec \"$@\" > /dev/full";
        let program = env!("CARGO_BIN_EXE_fabula");
        let output = Command::new("sh").args(["-c", command, "sh", program]).args(fit).output().unwrap();
        complained(output, &fit, "cannot print");
    }
}
