//! Our Kneser–Ney against KenLM's: `tests/fixtures/kenlm` holds what `lmplz` and `query` say of the same texts.

use fabula::{
    decode::LanguageModel,
    statistical::{NgramConfig, NgramModel},
    text::{Corpus, Level, Vocab, read_lines},
};
use std::{
    collections::HashMap,
    f64::consts::LN_10,
    fs,
    path::{Path, PathBuf},
};

fn fixture(name: &str) -> PathBuf {
    Path::new("tests/fixtures/kenlm").join(name)
}

fn fit(order: usize) -> NgramModel {
    NgramModel::fit(&read_lines(&fixture("train.txt")).unwrap(), &NgramConfig { order, ..NgramConfig::default() })
        .unwrap()
}

/// log10 p and the number of OOV of each sentence of the test text.
fn scores(model: &NgramModel) -> Vec<(f64, usize)> {
    let test = read_lines(&fixture("test.txt")).unwrap();
    let score = |line: &String| {
        let score = model.score(std::slice::from_ref(line)).unwrap();
        (-score.nats / LN_10, score.oov)
    };
    test.iter().map(score).collect()
}

/// The lines `Total: -22.031044 OOV: 1`.
fn reference_scores(order: usize) -> Vec<(f64, usize)> {
    let text = fs::read_to_string(fixture(&format!("order{order}.sentences.txt"))).unwrap();
    let parse = |line: &str| {
        let fields: Vec<&str> = line.split(' ').collect();
        (fields[1].parse().unwrap(), fields[3].parse().unwrap())
    };
    text.lines().map(parse).collect()
}

#[test]
fn each_sentence_has_kenlms_probability() {
    for order in [2, 3, 5] {
        let (found, expected) = (scores(&fit(order)), reference_scores(order));
        assert_eq!((found.len(), expected.len()), (400, 400));
        let mut worst = 0f64;
        for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
            worst = worst.max((found.0 - expected.0).abs());
            assert!(
                (found.0 - expected.0).abs() < 1e-4,
                "order {order}, sentence {}: {found:?}, KenLM {expected:?}",
                i + 1
            );
            assert_eq!(found.1, expected.1, "order {order}, sentence {}: OOV", i + 1);
        }
        println!("order {order}: largest difference from KenLM in log10: {worst:.2e}");
    }
}

#[test]
fn perplexities_and_discounts_are_kenlms() {
    let d1 = "0.400826 0.988259 1.75152";
    let cases: [(usize, &str, &str, &[&str]); 3] = [
        (2, "57.2096", "53.6812", &[d1, "0.717451 1.12649 1.44974"]),
        (3, "60.5331", "56.7955", &[d1, "0.716667 1.17078 1.47386", "0.862202 1.18921 1.26979"]),
        (
            5,
            "60.8405",
            "57.0888",
            &[
                d1,
                "0.716667 1.17078 1.47386",
                "0.866092 1.20323 1.41751",
                "0.959237 1.37672 1.23119",
                "0.989875 1.69902 1.15223",
            ],
        ),
    ];
    let test = read_lines(&fixture("test.txt")).unwrap();
    for (order, with_oov, without_oov, discounts) in cases {
        let model = fit(order);
        let score = model.score(&test).unwrap();
        assert_eq!((score.tokens, score.oov, score.zero_probability_tokens), (4189, 40, 0));
        assert_eq!(format!("{:.4}", score.perplexity()), with_oov);
        assert_eq!(format!("{:.4}", score.perplexity_without_oov()), without_oov);
        let found: Vec<String> = model.fitting().discounts.iter().map(|d| d.d.map(six_digits).join(" ")).collect();
        assert_eq!(found, discounts, "order {order}");
        assert!(model.fitting().notes.is_empty());
    }
}

/// Six significant digits, as C++ prints numbers.
fn six_digits(x: f64) -> String {
    let decimals = if x < 1.0 { 6 } else { 5 };
    format!("{x:.decimals$}").trim_end_matches('0').to_string()
}

/// Every n-gram of an ARPA file with its numbers as they are written.
fn entries(path: &Path) -> HashMap<String, Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    let fields = |line: &str| line.split('\t').map(String::from).collect::<Vec<_>>();
    let ngrams = text.lines().map(fields).filter(|fields| fields.len() > 1);
    ngrams.map(|mut fields| (fields.remove(1), fields)).collect()
}

#[test]
fn the_arpa_file_holds_kenlms_ngrams_and_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("order 3.arpa");
    fit(3).write_arpa(&path).unwrap();
    let (found, expected) = (entries(&path), entries(&fixture("order3.arpa")));
    assert_eq!((found.len(), expected.len()), (1162 + 12840 + 27076, 1162 + 12840 + 27076));
    let mut worst = 0f64;
    for (ngram, expected) in &expected {
        let found = found.get(ngram).unwrap_or_else(|| panic!("{ngram:?} is missing"));
        assert_eq!(found.len(), expected.len(), "{ngram:?}");
        for (found, expected) in found.iter().zip(expected) {
            let (found, expected): (f64, f64) = (found.parse().unwrap(), expected.parse().unwrap());
            worst = worst.max((found - expected).abs());
            assert!((found - expected).abs() < 1e-5, "{ngram:?}: {found}, KenLM {expected}");
        }
    }
    println!("largest difference from KenLM's numbers: {worst:.2e}");
}

#[test]
fn kenlms_arpa_file_is_read_and_written_with_the_same_numbers() {
    let model = NgramModel::read_arpa(&fixture("order3.arpa"), Level::Word).unwrap();
    for (i, (found, expected)) in scores(&model).iter().zip(reference_scores(3)).enumerate() {
        // KenLM adds the numbers of a sentence in single precision.
        assert!((found.0 - expected.0).abs() < 2e-5, "sentence {}: {found:?}, KenLM {expected:?}", i + 1);
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("order3.arpa");
    model.write_arpa(&path).unwrap();
    assert!(entries(&path) == entries(&fixture("order3.arpa")), "numbers changed");
    let again = dir.path().join("again.arpa");
    NgramModel::read_arpa(&path, Level::Word).unwrap().write_arpa(&again).unwrap();
    assert!(fs::read(path).unwrap() == fs::read(again).unwrap(), "a second round changed the file");
}

#[test]
fn probabilities_sum_to_one_after_every_context_of_the_test_text() {
    let model = fit(3);
    let test = Corpus::encode(&read_lines(&fixture("test.txt")).unwrap()[..40], Level::Word, model.vocab()).unwrap();
    for sentence in test.sentences() {
        let mut state = model.start();
        for &token in &sentence[1..] {
            let p = model.log_probs(&state).mapv(f64::exp);
            assert!((p.sum() - 1.0).abs() < 1e-5 && p[Vocab::BOS as usize] == 0.0, "sum {}", p.sum());
            state = model.advance(&state, token);
        }
    }
}
