//! Tokenizers in files, ours and those of Python, in both directions.

use crate::{BOOK, TRAINED, config, json};
use fabula::prelude::*;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

#[test]
fn a_saved_tokenizer_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    for tokenizer in &*TRAINED {
        let path = dir.path().join("a tokenizer.json");
        tokenizer.save(&path).unwrap();
        let loaded = Tokenizer::load(&path).unwrap();
        assert_eq!((loaded.tokens(), loaded.kind()), (tokenizer.tokens(), tokenizer.kind()));
        assert_eq!(loaded.merges(), tokenizer.merges());
        assert!(json(&loaded) == json(tokenizer), "{tokenizer} is written otherwise the second time");
        let lines = &BOOK[600..700];
        assert_eq!(loaded.encode_batch(lines).unwrap(), tokenizer.encode_batch(lines).unwrap());
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn log_probs_are_the_scores_in_the_file() {
    for tokenizer in &*TRAINED {
        let stored: Value = serde_json::from_str(&json(tokenizer)).unwrap();
        // WordPiece, words and BPE store their vocabulary as a map from tokens to ids.
        let scores: Vec<(String, f64)> = match stored["model"]["vocab"].as_array() {
            Some(scores) => serde_json::from_value(scores[Tokenizer::SPECIAL.len()..].into()).unwrap(),
            None => Vec::new(),
        };
        assert_eq!(tokenizer.log_probs(), scores);
        assert_eq!(scores.is_empty(), tokenizer.kind() != TokenizerKind::Unigram);
        assert!(scores.is_sorted_by(|(_, a), (_, b)| a >= b), "the most probable first");
    }
}

const FIXTURES: &str = "tests/fixtures/tokenizers";

fn fixture(name: &str) -> PathBuf {
    Path::new(FIXTURES).join(name)
}

fn stored<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_str(&fs::read_to_string(fixture(name)).unwrap()).unwrap()
}

/// The tokenizers that Python has read.
fn train_for_python() -> Vec<(&'static str, Tokenizer)> {
    let text = read_lines(&fixture("train.txt")).unwrap();
    let train = |kind| Tokenizer::train(&text, &config(kind, 660)).unwrap();
    let names = ["characters", "words", "bpe", "byte_level_bpe", "wordpiece", "unigram"];
    names.into_iter().zip(TokenizerKind::ALL.map(train)).collect()
}

#[test]
#[ignore = "writes the fixtures"]
fn write_the_fixtures() {
    for (name, tokenizer) in train_for_python() {
        tokenizer.save(&fixture(&format!("rust_{name}.json"))).unwrap();
    }
}

#[derive(Deserialize)]
struct FromPython {
    ids: Vec<Vec<u32>>,
    decoded: Vec<String>,
}

#[test]
fn python_reads_our_files_and_gives_the_same_ids() {
    let sentences: Vec<String> = stored("sentences.json");
    let python: BTreeMap<String, FromPython> = stored("rust_encodings.json");
    assert_eq!(python.len(), 6);
    for (name, FromPython { ids, decoded }) in python {
        let tokenizer = Tokenizer::load(&fixture(&format!("rust_{name}.json"))).unwrap();
        for ((sentence, ids), decoded) in sentences.iter().zip(ids).zip(decoded) {
            assert_eq!(tokenizer.encode(sentence).unwrap().ids(), ids, "{name}: {sentence:?}");
            assert_eq!(tokenizer.decode(&ids).unwrap(), decoded, "{name}: {sentence:?}");
        }
    }
}

#[test]
fn training_gives_the_files_that_python_read() {
    for (name, tokenizer) in train_for_python() {
        let file = fs::read_to_string(fixture(&format!("rust_{name}.json"))).unwrap();
        if name != "unigram" {
            assert!(json(&tokenizer) == file, "{name}: training gives another file than the one that Python read");
            continue;
        }
        // Another machine's logarithms may differ in the last bit, and with them the order of equals.
        let scores = |json: &str| {
            let stored: Value = serde_json::from_str(json).unwrap();
            serde_json::from_value::<Vec<(String, f64)>>(stored["model"]["vocab"].clone()).unwrap()
        };
        let (ours, stored): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (scores(&json(&tokenizer)).into_iter().collect(), scores(&file).into_iter().collect());
        assert!(ours.keys().eq(stored.keys()));
        assert!(ours.values().zip(stored.values()).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}

#[derive(Deserialize)]
struct InPython {
    ids: Vec<u32>,
    tokens: Vec<String>,
    /// In characters.
    offsets: Vec<(usize, usize)>,
}

#[test]
fn files_of_python_give_the_ids_tokens_and_offsets_that_they_give_there() {
    let sentences: Vec<String> = stored("sentences.json");
    let python: BTreeMap<String, Vec<InPython>> = stored("python_encodings.json");
    assert_eq!(python.len(), 4);
    for (name, encodings) in python {
        let tokenizer = Tokenizer::load(&fixture(&format!("python_{name}.json"))).unwrap();
        for (sentence, python) in sentences.iter().zip(&encodings) {
            let ours = tokenizer.encode(sentence).unwrap();
            assert_eq!((ours.ids(), ours.tokens()), (&python.ids[..], &python.tokens[..]), "{name}: {sentence:?}");
            let characters = |bytes: usize| sentence[..bytes].chars().count();
            let offsets: Vec<_> = ours.offsets().iter().map(|&(a, b)| (characters(a), characters(b))).collect();
            for (ours, python) in offsets.into_iter().zip(&python.offsets) {
                // Where Python sees no width, in front of or inside a character of several bytes, ours is widened to
                // it.
                let widened = python.0 == python.1 && ours == (python.0, python.0 + 1);
                assert!(ours == *python || widened, "{name}: {sentence:?}: {ours:?} instead of {python:?}");
            }
        }
        assert!(tokenizer.vocab().is_err(), "{name} has other special tokens than the course's");
    }
}
