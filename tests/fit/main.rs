//! The verbs `fit` and `generate`, as a reader runs them.

#![cfg(feature = "course")]

mod compare;
mod hmm;
mod ngram;
mod recurrent;
mod seq2seq;
mod tokenizer;
mod transformer;

use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    process::{Command, Output},
};
use tempfile::TempDir;

const TRAIN: &str = "tests/fixtures/kenlm/train.txt";
const TEST: &str = "tests/fixtures/kenlm/test.txt";

fn fabula(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fabula")).args(args).output().unwrap()
}

/// As if the disk were full: no file can grow beyond so many blocks of 512 bytes.
#[cfg(target_os = "linux")]
fn fabula_with_little_disk(blocks: usize, args: &[&str]) -> Output {
    let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    Command::new("sh").args(["-c", &limited, "sh", env!("CARGO_BIN_EXE_fabula")]).args(args).output().unwrap()
}

/// What the program prints, and what it says beside it.
fn run(args: &[&str]) -> (String, String) {
    let output = fabula(args);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{args:?}: {said}");
    (String::from_utf8(output.stdout).unwrap(), said)
}

/// The report of a verb that is asked for JSON, and what it says beside it.
fn report(args: &[&str]) -> (Value, String) {
    let (printed, said) = run(&[args, &["--json"]].concat());
    (serde_json::from_str(&printed).unwrap(), said)
}

fn keys(report: &Value) -> BTreeSet<&str> {
    report.as_object().unwrap().keys().map(String::as_str).collect()
}

fn generate(saved: &str, args: &[&str]) -> String {
    run(&[&["generate", saved], args].concat()).0
}

/// The program fails, prints nothing, and says this; it must not be a panic.
fn refused(args: &[&str], expected: &str) {
    complained(fabula(args), args, expected);
}

fn complained(output: Output, args: &[&str], expected: &str) {
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty() && !said.contains("panicked"), "{args:?}: {said}");
    assert!(said.contains(expected), "{args:?}: {said}");
}

/// A file of these bytes in a folder.
fn file(dir: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = dir.path().join(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_string()
}
