//! Tokenizers: round trips, determinism, merges, files, bad input, and what language models make of them.

#![cfg(feature = "tokenizers")]

mod bad_input;
mod by_hand;
mod determinism;
mod files;
mod language_models;
mod merges;
mod round_trips;

use fabula::prelude::*;
use std::{fs, sync::LazyLock};

/// The fables in both languages, as written.
pub static BOOK: LazyLock<Vec<String>> = LazyLock::new(|| {
    let book = Fables::load("data/fables".as_ref()).unwrap();
    let sentences = book.all().iter().flat_map(|fable| &fable.sentences);
    sentences.flat_map(|sentence| [sentence.en.clone(), sentence.zh.clone()]).collect()
});

pub fn config(kind: TokenizerKind, vocab_size: usize) -> TokenizerConfig {
    TokenizerConfig { kind, vocab_size, ..Default::default() }
}

/// One of each kind, trained on a part of the book in both languages.
pub static TRAINED: LazyLock<Vec<Tokenizer>> = LazyLock::new(|| {
    let train = |kind| Tokenizer::train(&BOOK[..600], &config(kind, 2500)).unwrap();
    TokenizerKind::ALL.map(train).to_vec()
});

/// The book's English as words and marks.
pub fn sentences(count: usize) -> Vec<String> {
    BOOK.iter().step_by(2).take(count).map(|line| words(line).join(" ")).collect()
}

pub fn json(tokenizer: &Tokenizer) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tokenizer.json");
    tokenizer.save(&path).unwrap();
    fs::read_to_string(path).unwrap()
}
