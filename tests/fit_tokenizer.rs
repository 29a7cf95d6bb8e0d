//! The verb `fit tokenizer`, as a reader runs it.

#![cfg(feature = "course")]

use fabula::text::Tokenizer;
use serde_json::Value;
use std::{
    fs,
    process::{Command, Output},
};

const TRAIN: &str = "tests/fixtures/tokenizers/train.txt";

fn fit(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fabula")).args(["fit", "tokenizer"]).args(args).output().unwrap()
}

/// What the program says when it fails; it must not be a panic.
fn complaint(args: &[&str]) -> String {
    let output = fit(args);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty() && !said.contains("panicked"), "{said}");
    said
}

#[test]
fn each_kind_is_trained_saved_and_reported() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("my tokenizer.json");
    for kind in ["characters", "words", "bpe", "byte-level-bpe", "wordpiece", "unigram"] {
        let args =
            ["--train", TRAIN, "--kind", kind, "--vocab-size", "700", "--save", path.to_str().unwrap(), "--json"];
        let output = fit(&args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["kind"], kind);
        let number = |key: &str| report[key].as_f64().unwrap();
        let tokenizer = Tokenizer::load(&path).unwrap();
        let lines = fabula::text::read_lines(TRAIN.as_ref()).unwrap();
        let tokens: usize = tokenizer.encode_batch(&lines).unwrap().iter().map(|encoding| encoding.len()).sum();
        assert_eq!(
            (report["vocab_size"].as_u64(), report["tokens"].as_u64()),
            (Some(tokenizer.len() as u64), Some(tokens as u64))
        );
        assert!((number("characters_per_token") * tokens as f64 - number("characters")).abs() < 1e-6, "{report}");
        assert!((number("tokens_per_word") * number("words") - tokens as f64).abs() < 1e-6, "{report}");
        assert_eq!((number("unknown_tokens"), number("train_seconds") >= 0.0), (0.0, true), "{kind}: {report}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("trained in"));
    }
}

#[test]
fn a_test_text_is_measured_and_a_folder_gets_a_tokenizer_json() {
    let dir = tempfile::tempdir().unwrap();
    let test = dir.path().join("test.txt");
    fs::write(&test, "🦊🦊 fox\n").unwrap();
    let folder = dir.path().to_str().unwrap();
    let output = fit(&["--train", TRAIN, "--kind", "bpe", "--test", test.to_str().unwrap(), "--save", folder]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("characters per token") && !table.contains("unknown, in %          0.00"), "{table}");
    assert!(Tokenizer::load(&dir.path().join("tokenizer.json")).is_ok());
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
    let blank = file("blank.txt", b"\n\n");
    let binary = file("binary.txt", b"ab\xFF");
    let reserved = file("reserved.txt", b"a b\nc</s>\n");
    for (args, expected) in [
        (&["--train", &empty][..], "empty.txt is empty"),
        (&["--train", &blank], "blank.txt: the text holds no sentence"),
        (&["--train", &binary], "not UTF-8: byte 2 (line 1)"),
        (&["--train", &reserved], "reserved.txt: line 2 holds the word </s>"),
        (&["--train", "no such file"], "no such file"),
        (&["--train", TRAIN, "--test", "no such file"], "there is no file no such file"),
        (&["--train", TRAIN, "--test", &empty], "empty.txt is empty"),
        (
            &["--train", TRAIN, "--vocab-size", "100"],
            "a vocabulary of 100 tokens is too small: this text, as byte-level BPE, needs 260",
        ),
        (&["--train", TRAIN, "--kind", "bpe", "--vocab-size", "0"], "ask for at least"),
        (&["--train", TRAIN, "--kind", "morphemes"], "wordpiece"),
        (&["--train", TRAIN, "--save", "no such folder/tokenizer.json"], "no such folder/tokenizer.json"),
    ] {
        let said = complaint(args);
        assert!(said.contains(expected), "{args:?}: {said}");
    }
}
