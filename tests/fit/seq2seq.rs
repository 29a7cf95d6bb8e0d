//! `fit seq2seq` and `translate`.

use super::*;
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// Words and what they are backwards, as lines.
fn reversed(count: usize, skip: usize) -> String {
    let letters: Vec<char> = "abcdefg".chars().collect();
    let word =
        |i: usize| -> String { (0..2 + i % 4).map(|place| letters[(i * 31 + place * (i % 5 + 2)) % 7]).collect() };
    (skip..skip + count).map(word).map(|word| format!("{word}\t{}\n", word.chars().rev().collect::<String>())).collect()
}

const SMALL: [&str; 6] = ["--hidden", "32", "--embed", "16", "--lr", "0.01"];

fn fit(pairs: &str, args: &[&str]) -> (Value, String) {
    report(&[&["fit", "seq2seq", "--pairs", pairs], &SMALL[..], args].concat())
}

#[test]
fn pairs_are_learned_saved_and_translated() {
    let dir = tempfile::tempdir().unwrap();
    let pairs = file(&dir, "pairs.tsv", reversed(800, 0));
    let test = file(&dir, "test.tsv", reversed(40, 2000));
    let saved = dir.path().join("a model");
    let saved = saved.to_str().unwrap();
    let (fitted, progress) = fit(&pairs, &["--test", &test, "--epochs", "12", "--save", saved, "--valid", &test]);
    let expected = [
        "bleu",
        "chrf",
        "exact_match",
        "fit_seconds",
        "nats_per_token",
        "parameters",
        "peak_memory_mib",
        "perplexity",
        "score_seconds",
        "steps",
        "test_pairs",
        "token_accuracy",
        "train_pairs",
        "train_tokens_per_second",
    ];
    assert_eq!(keys(&fitted), expected.into());
    assert_eq!([&fitted["train_pairs"], &fitted["test_pairs"], &fitted["steps"]], [800, 40, 300]);
    assert!(fitted["exact_match"].as_f64().unwrap() > 0.9, "{fitted}");
    assert!(progress.contains("held out"), "{progress}");

    let picture = dir.path().join("where it looks.svg");
    let translate = |args: &[&str]| run(&[&["translate", saved], args].concat()).0;
    let known = reversed(2, 100);
    let (sources, targets): (Vec<&str>, Vec<&str>) = known.lines().map(|line| line.split_once('\t').unwrap()).unzip();
    let expected = format!("{}\n", targets.join("\n"));
    let two = translate(&[&sources[..], &["--attention", picture.to_str().unwrap()]].concat());
    assert_eq!(two, expected);
    assert!(fs::read_to_string(&picture).unwrap().starts_with("<svg"));
    assert_eq!(translate(&[&sources[..], &["--greedy"]].concat()), two);
    let several = translate(&[sources[0], "--n-best", "3", "--beam", "5", "--length-penalty", "0"]);
    let scores: Vec<f64> = several.lines().map(|line| line.split_once('\t').unwrap().0.parse().unwrap()).collect();
    assert!(scores.len() == 3 && scores.is_sorted_by(|a, b| a >= b), "{several}");
    let mut process = Command::new(env!("CARGO_BIN_EXE_fabula"));
    let process = process.args(["translate", saved]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = process.stderr(Stdio::piped()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(format!("{}\n\nabc\n", sources[0]).as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{}\n", targets[0]));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("line 2 of standard input: there is no text") && !said.contains("panicked"), "{said}");
    // A source of unknown tokens is a source like others.
    assert_eq!(translate(&["狐狸"]).lines().count(), 1);

    for (args, expected) in [
        (&["x", "--beam", "0"][..], "the width of the beam is 0: expected at least 1"),
        (&["x", "--n-best", "9"], "the number of texts to return is 9"),
        (&["x", "--max-tokens", "0"], "the maximum of tokens is 0"),
        (&["x", "--length-penalty", "nan"], "the length penalty is NaN"),
        (&["x", "--greedy", "--beam", "2"], "cannot be used with"),
        (&[" "], "there is no text: expected something to translate"),
    ] {
        refused(&[&["translate", saved], args].concat(), expected);
    }
    refused(&["generate", saved], "holds a model that translates: use `fabula translate`");
    fs::write(Path::new(saved).join("target.vocab.json"), r#"["<unk>", "<s>", "</s>", "a"]"#).unwrap();
    refused(&["translate", saved, "x"], "target.vocab.json: it does not belong to the weights.safetensors beside it");
    refused(&["translate", dir.path().to_str().unwrap(), "x"], "config.json");
}

#[test]
fn all_cells_levels_and_attentions_and_the_same_bytes_on_one_thread_and_on_two() {
    let dir = tempfile::tempdir().unwrap();
    let words: String = (0..60).map(|i| format!("the fox {} the crow\t狐狸 {} 乌鸦\n", i % 7, i % 7)).collect();
    let pairs = file(&dir, "words.tsv", words);
    for args in [
        &["--cell", "rnn", "--attention", "none", "--forward"][..],
        &["--cell", "lstm", "--attention", "dot", "--source-level", "word", "--target-level", "word"],
        &["--source-level", "bpe", "--vocab", "280", "--layers", "2", "--dropout", "0.2"],
    ] {
        let run = |threads: &str| {
            let saved = dir.path().join(format!("{} {threads}", args[1]));
            let save = ["--epochs", "1", "--threads", threads, "--save", saved.to_str().unwrap()];
            let (report, _) = fit(&pairs, &[args, &save].concat());
            assert_eq!(
                [&report["train_pairs"], &report["test_pairs"]],
                [4, 3],
                "a source that stands twice counts once"
            );
            fs::read(saved.join("weights.safetensors")).unwrap()
        };
        assert!(run("1") == run("2"), "{args:?}: one thread and two differ");
    }
}

#[test]
fn bad_input_gets_a_clear_answer() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name, bytes: &[u8]| file(&dir, name, bytes);
    let good = file("good.tsv", reversed(50, 0).as_bytes());
    for (pairs, expected) in [
        (file("empty.tsv", b""), "empty.tsv is empty"),
        (file("one column.tsv", b"a\tb\nc\n"), "one column.tsv line 2: 1 column: expected two"),
        (file("three.tsv", b"a\tb\tc\n"), "three.tsv line 1: 3 columns: expected two"),
        (file("no source.tsv", b"a\tb\n\tc\n"), "no source.tsv line 2: the source is empty"),
        (file("binary.tsv", b"a\tb\xFF\n"), "not UTF-8: byte 3 (line 1)"),
        (file("one pair.tsv", b"a\tb\n"), "one pair.tsv has one pair"),
        (file("reserved.tsv", b"a\tb\nc </s>\td\n"), "holds the word </s>"),
        ("no such file".into(), "no such file"),
    ] {
        let words = ["--source-level", "word", "--min-count", "1"];
        refused(&[&["fit", "seq2seq", "--pairs", &pairs], &words[..]].concat(), expected);
    }
    for (args, expected) in [
        (&["--test", "no such file"][..], "no such file"),
        (&["--valid", "no such file"], "no such file"),
        (&["--hidden", "0"], "hidden is 0"),
        (&["--hidden", "33"], "hidden is 33: expected an even number"),
        (&["--embed", "0"], "embed is 0"),
        (&["--layers", "0"], "layers is 0"),
        (&["--batch", "0"], "the batch size is 0"),
        (&["--dropout", "1"], "dropout is 1"),
        (&["--seconds", "0"], "the length of the training is 0 seconds"),
        (&["--epochs", "0"], "the length of the training is 0 epochs"),
        (&["--lr", "nan"], "the learning rate is NaN"),
        (&["--lr", "1e38", "--epochs", "2"], "training stopped at step"),
        (&["--threads", "0"], "the number of threads is 0"),
        (&["--save", TRAIN], "train.txt"),
    ] {
        refused(&[&["fit", "seq2seq", "--pairs", &good], args].concat(), expected);
    }
}
