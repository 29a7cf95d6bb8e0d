//! `fit tokenizer`.

use super::*;
use fabula::text::Tokenizer;

const TRAIN: &str = "tests/fixtures/tokenizers/train.txt";

#[test]
fn each_kind_is_trained_saved_and_reported() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("my tokenizer.json");
    for kind in ["characters", "words", "bpe", "byte-level-bpe", "wordpiece", "unigram"] {
        let fit = ["fit", "tokenizer", "--train", TRAIN, "--kind", kind, "--vocab-size", "700", "--save"];
        let (report, said) = report(&[&fit[..], &[path.to_str().unwrap()]].concat());
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
        assert!(said.contains("trained in"), "{said}");
    }
}

#[test]
fn a_test_text_is_measured_and_a_folder_gets_a_tokenizer_json() {
    let dir = tempfile::tempdir().unwrap();
    let test = file(&dir, "test.txt", "🦊🦊 fox\n");
    let save = ["--save", dir.path().to_str().unwrap()];
    let table = run(&[&["fit", "tokenizer", "--train", TRAIN, "--kind", "bpe", "--test", &test], &save[..]].concat()).0;
    assert!(table.contains("characters per token") && !table.contains("unknown, in %          0.00"), "{table}");
    assert!(Tokenizer::load(&dir.path().join("tokenizer.json")).is_ok());
}

#[test]
fn bad_input_gets_a_clear_answer() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name, bytes: &[u8]| file(&dir, name, bytes);
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
        refused(&[&["fit", "tokenizer"], args].concat(), expected);
    }
}
