//! Our scores of texts against sacrebleu's, rouge-score's and nltk's: `tests/fixtures/metrics` holds what they say.
//! Then what holds for all sequences, and what must be refused.

use fabula::{
    Error,
    metrics::{
        Bleu, BleuScore, BleuSmoothing, Chrf, Edit, RougeL, RougeScore, Tokenization, edit_distance, edit_operations,
        error_rate, exact_match, token_accuracy,
    },
};
use proptest::prelude::*;
use serde::Deserialize;
use std::{fs, path::Path, sync::OnceLock};

const TOLERANCE: f64 = 1e-9;

#[derive(Deserialize)]
struct Cases {
    characters: Characters,
    tokens: Vec<Tokens>,
    corpora: Vec<Corpus>,
    edits: Vec<Distances>,
}

#[derive(Deserialize)]
struct Characters {
    #[serde(rename = "13a")]
    v13a: Vec<(u32, usize)>,
    zh: Vec<(u32, usize)>,
}

#[derive(Deserialize)]
struct Tokens {
    text: String,
    #[serde(rename = "13a")]
    v13a: Vec<String>,
    zh: Vec<String>,
    char: Vec<String>,
    none: Vec<String>,
    rouge: Vec<String>,
}

#[derive(Deserialize)]
struct Corpus {
    name: String,
    tokenize: String,
    hypotheses: Vec<String>,
    references: Vec<Vec<String>>,
    bleu: Vec<BleuCase>,
    chrf: Vec<ChrfCase>,
    sentences: Vec<Sentence>,
}

#[derive(Deserialize)]
struct BleuCase {
    settings: BleuSettings,
    score: f64,
    precisions: Vec<f64>,
    bp: f64,
    lengths: [usize; 2],
    counts: Vec<usize>,
    totals: Vec<usize>,
    line: String,
}

#[derive(Debug, Deserialize)]
struct BleuSettings {
    tokenize: String,
    lowercase: Option<bool>,
    smooth_method: Option<String>,
    smooth_value: Option<f64>,
    effective_order: Option<bool>,
    max_ngram_order: Option<usize>,
}

#[derive(Deserialize)]
struct ChrfCase {
    settings: ChrfSettings,
    score: f64,
    line: String,
}

#[derive(Debug, Deserialize)]
struct ChrfSettings {
    char_order: Option<usize>,
    word_order: Option<usize>,
    beta: Option<f64>,
    lowercase: Option<bool>,
    whitespace: Option<bool>,
}

/// BLEU under each of `SMOOTHINGS`, chrF and chrF++, ROUGE-L's precision, recall and F1.
#[derive(Deserialize)]
struct Sentence {
    bleu: [f64; 6],
    chrf: [f64; 2],
    rouge: [f64; 3],
}

#[derive(Deserialize)]
struct Distances {
    a: String,
    b: String,
    characters: usize,
    words: usize,
}

const SMOOTHINGS: [BleuSmoothing; 6] = [
    BleuSmoothing::Exp,
    BleuSmoothing::Floor(0.1),
    BleuSmoothing::Floor(0.01),
    BleuSmoothing::AddK(1.0),
    BleuSmoothing::AddK(0.5),
    BleuSmoothing::None,
];

fn cases() -> &'static Cases {
    static CASES: OnceLock<Cases> = OnceLock::new();
    CASES.get_or_init(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/metrics/cases.json");
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    })
}

fn tokenization(name: &str) -> Tokenization {
    match name {
        "13a" => Tokenization::V13a,
        "zh" => Tokenization::Zh,
        "char" => Tokenization::Char,
        "none" => Tokenization::None,
        _ => panic!("{name}"),
    }
}

fn bleu(settings: &BleuSettings) -> Bleu {
    let value = settings.smooth_value.unwrap_or(0.0);
    let default = Bleu::default();
    Bleu {
        tokenization: tokenization(&settings.tokenize),
        lowercase: settings.lowercase.unwrap_or(default.lowercase),
        smoothing: match settings.smooth_method.as_deref() {
            Some("floor") => BleuSmoothing::Floor(value),
            Some("add-k") => BleuSmoothing::AddK(value),
            Some("none") => BleuSmoothing::None,
            _ => BleuSmoothing::Exp,
        },
        effective_order: settings.effective_order.unwrap_or(default.effective_order),
        max_order: settings.max_ngram_order.unwrap_or(default.max_order),
    }
}

fn chrf(settings: &ChrfSettings) -> Chrf {
    let default = Chrf::default();
    Chrf {
        char_order: settings.char_order.unwrap_or(default.char_order),
        word_order: settings.word_order.unwrap_or(default.word_order),
        beta: settings.beta.unwrap_or(default.beta),
        lowercase: settings.lowercase.unwrap_or(default.lowercase),
        whitespace: settings.whitespace.unwrap_or(default.whitespace),
    }
}

fn rouge(tokenize: &str) -> RougeL {
    let default = RougeL::default();
    RougeL { tokenization: if tokenize == "zh" { Tokenization::Zh } else { default.tokenization } }
}

/// The largest deviation of all; a test looks at it as a whole, so that a failure tells how large it is.
#[derive(Default)]
struct Deviation {
    largest: f64,
    place: String,
}

impl Deviation {
    fn add(&mut self, found: f64, expected: f64, place: impl FnOnce() -> String) {
        let deviation = (found - expected).abs();
        if deviation > self.largest || deviation.is_nan() {
            *self = Deviation { largest: deviation, place: place() };
        }
    }

    fn check(self, what: &str) {
        println!("{what}: largest deviation {:e} {}", self.largest, self.place);
        assert!(self.largest <= TOLERANCE, "{what}: deviation {:e}, {}", self.largest, self.place);
    }
}

#[test]
fn texts_fall_into_the_same_tokens() {
    for case in &cases().tokens {
        let expected = [&case.v13a, &case.zh, &case.char, &case.none, &case.rouge];
        let kinds = [Tokenization::V13a, Tokenization::Zh, Tokenization::Char, Tokenization::None, Tokenization::Rouge];
        for (kind, expected) in kinds.into_iter().zip(expected) {
            assert_eq!(&kind.tokens(&case.text), expected, "{kind:?} of {:?}", case.text);
        }
    }
}

#[test]
fn each_character_is_set_apart_or_not_as_in_sacrebleu() {
    let characters = &cases().characters;
    for (kind, runs) in [(Tokenization::V13a, &characters.v13a), (Tokenization::Zh, &characters.zh)] {
        assert!(runs.len() > 20, "{} runs", runs.len());
        for (i, &(first, expected)) in runs.iter().enumerate() {
            let end = runs.get(i + 1).map_or(0x30000, |&(next, _)| next);
            for c in (first..end).filter_map(char::from_u32) {
                assert_eq!(kind.tokens(&format!("a{c}b")).len(), expected, "{kind:?}: {c:?}");
            }
        }
    }
}

#[test]
fn bleu_of_corpora_is_that_of_sacrebleu() {
    let mut largest = Deviation::default();
    for corpus in &cases().corpora {
        for case in &corpus.bleu {
            let found = bleu(&case.settings).corpus(&corpus.hypotheses, &corpus.references).unwrap();
            let place = || format!("{}, {:?}", corpus.name, case.settings);
            largest.add(found.score, case.score, place);
            largest.add(found.brevity_penalty, case.bp, place);
            for (found, expected) in found.precisions.iter().zip(&case.precisions) {
                largest.add(*found, *expected, place);
            }
            let BleuScore { precisions, matches, totals, hypothesis_length, reference_length, .. } = &found;
            assert_eq!(precisions.len(), case.precisions.len(), "{}", place());
            assert_eq!([*hypothesis_length, *reference_length], case.lengths, "{}", place());
            assert_eq!((matches, totals), (&case.counts, &case.totals), "{}", place());
            assert_eq!(found.to_string(), case.line, "{}", place());
        }
    }
    largest.check("BLEU of corpora");
}

#[test]
fn chrf_of_corpora_is_that_of_sacrebleu() {
    let mut largest = Deviation::default();
    for corpus in &cases().corpora {
        for case in &corpus.chrf {
            let found = chrf(&case.settings).corpus(&corpus.hypotheses, &corpus.references).unwrap();
            let place = || format!("{}, {:?}", corpus.name, case.settings);
            largest.add(found.score, case.score, place);
            assert_eq!(found.to_string(), case.line, "{}", place());
        }
    }
    largest.check("chrF of corpora");
}

#[test]
fn sentences_score_as_in_sacrebleu_and_rouge_score() {
    let [mut bleu, mut chrf, mut rouge] = [(); 3].map(|_| Deviation::default());
    for corpus in &cases().corpora {
        let metric = self::rouge(&corpus.tokenize);
        let mut sums = [0.0; 3];
        for ((hypothesis, references), case) in corpus.hypotheses.iter().zip(&corpus.references).zip(&corpus.sentences)
        {
            let place = || format!("{}: {hypothesis:?} {references:?}", corpus.name);
            for (smoothing, expected) in SMOOTHINGS.into_iter().zip(case.bleu) {
                let metric = Bleu { tokenization: tokenization(&corpus.tokenize), smoothing, ..Bleu::default() };
                bleu.add(metric.sentence(hypothesis, references).unwrap().score, expected, place);
            }
            for (metric, expected) in [Chrf::default(), Chrf::plus_plus()].into_iter().zip(case.chrf) {
                chrf.add(metric.sentence(hypothesis, references).unwrap().score, expected, place);
            }
            let RougeScore { precision, recall, f1 } = metric.sentence(hypothesis, references).unwrap();
            for ((found, expected), sum) in [precision, recall, f1].into_iter().zip(case.rouge).zip(&mut sums) {
                rouge.add(found, expected, place);
                *sum += expected;
            }
        }
        let RougeScore { precision, recall, f1 } = metric.corpus(&corpus.hypotheses, &corpus.references).unwrap();
        for (found, sum) in [precision, recall, f1].into_iter().zip(sums) {
            rouge.add(found, sum / corpus.hypotheses.len() as f64, || corpus.name.clone());
        }
    }
    bleu.check("BLEU of sentences");
    chrf.check("chrF of sentences");
    rouge.check("ROUGE-L");
}

#[test]
fn edit_distances_are_those_of_nltk() {
    for Distances { a, b, characters, words } in &cases().edits {
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(edit_distance(&letters(a), &letters(b)), *characters, "{a:?} {b:?}");
        let split = |text: &str| text.split_whitespace().map(String::from).collect::<Vec<_>>();
        assert_eq!(edit_distance(&split(a), &split(b)), *words, "{a:?} {b:?}");
    }
}

/// Does what the operations say: from `a` to `b`, with each token touched once and in order.
fn apply(operations: &[Edit], a: &[u8], b: &[u8]) -> Vec<u8> {
    let (mut result, mut next) = (Vec::new(), 0);
    for &operation in operations {
        match operation {
            Edit::Keep { from, to } => {
                assert_eq!((from, to, a[from]), (next, result.len(), b[to]));
                result.push(a[from]);
            }
            Edit::Substitute { from, to } => {
                assert_eq!((from, to), (next, result.len()));
                assert_ne!(a[from], b[to]);
                result.push(b[to]);
            }
            Edit::Insert { to } => {
                assert_eq!(to, result.len());
                result.push(b[to]);
                continue;
            }
            Edit::Delete { from } => assert_eq!(from, next),
        }
        next += 1;
    }
    assert_eq!(next, a.len());
    result
}

fn sequence() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0u8..4, 0..12)
}

proptest! {
    #[test]
    fn the_edit_distance_is_a_metric(a in sequence(), b in sequence(), c in sequence()) {
        let d = edit_distance(&a, &b);
        prop_assert_eq!(d == 0, a == b);
        prop_assert_eq!(d, edit_distance(&b, &a));
        prop_assert!(d <= edit_distance(&a, &c) + edit_distance(&c, &b));
        prop_assert!(a.len().abs_diff(b.len()) <= d && d <= a.len().max(b.len()));
    }

    #[test]
    fn operations_lead_from_one_to_the_other_at_the_cost_of_the_distance(a in sequence(), b in sequence()) {
        let operations = edit_operations(&a, &b);
        prop_assert_eq!(apply(&operations, &a, &b), b.clone());
        prop_assert_eq!(operations.iter().map(|edit| edit.cost()).sum::<usize>(), edit_distance(&a, &b));
    }

    #[test]
    fn scores_stay_in_their_range_whatever_the_text(hypothesis in ".*", reference in ".*", n in 1usize..6) {
        let bleu = Bleu { max_order: n, ..Bleu::default() }.sentence(&hypothesis, &reference).unwrap().score;
        let chrf = Chrf { word_order: n, ..Chrf::default() }.sentence(&hypothesis, &reference).unwrap().score;
        let rouge = RougeL::default().sentence(&hypothesis, &reference).unwrap().f1;
        for score in [bleu, chrf, 100.0 * rouge] {
            prop_assert!((-1e-9..100.0 + 1e-9).contains(&score), "{}", score);
        }
    }
}

#[test]
fn references_come_alone_or_several_as_any_kind_of_text() {
    let bleu = Bleu::default();
    let same = |score: Result<BleuScore, Error>| assert!((score.unwrap().score - 100.0).abs() < TOLERANCE);
    same(bleu.sentence("the old fox sleeps", "the old fox sleeps"));
    same(bleu.sentence("the old fox sleeps", &String::from("the old fox sleeps")));
    same(bleu.sentence("the old fox sleeps", &["the old fox sleeps", "a crow"]));
    same(bleu.corpus(&["the old fox sleeps"], &["the old fox sleeps"]));
    same(bleu.corpus(&[String::from("the old fox sleeps")], &[vec!["a crow", "the old fox sleeps"]]));
}

#[test]
fn rates_of_right_and_wrong() {
    let words = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
    let (hypotheses, references) = ([words("a b c"), words("x a b c")], [words("a b c"), words("a b c")]);
    assert_eq!(exact_match(&hypotheses, &references).unwrap(), 0.5);
    assert_eq!(exact_match(&["7", "8"], &[String::from("7"), String::from("9")]).unwrap(), 0.5);
    assert_eq!(token_accuracy(&hypotheses, &references).unwrap(), 3.0 / 7.0);
    assert_eq!(error_rate(&hypotheses, &references).unwrap(), 1.0 / 6.0);
    assert_eq!(error_rate(&[vec![1, 2, 3]], &[vec![4]]).unwrap(), 3.0);
    let operations = edit_operations(&words("x a b"), &words("a b c"));
    let expected = [
        Edit::Delete { from: 0 },
        Edit::Keep { from: 1, to: 0 },
        Edit::Keep { from: 2, to: 1 },
        Edit::Insert { to: 2 },
    ];
    assert_eq!(operations, expected);
}

#[test]
fn what_does_not_fit_together_is_refused() {
    fn says<T>(result: Result<T, Error>, parts: &[&str]) {
        let message = result.err().expect("an error").to_string();
        for part in parts {
            assert!(message.contains(part), "{message:?} does not say {part:?}");
        }
    }
    let (bleu, chrf, rouge) = (Bleu::default(), Chrf::default(), RougeL::default());
    let (two, three) = (["a", "b"], ["a", "b", "c"]);
    let unpaired = ["2 hypotheses", "3 references"];
    says(bleu.corpus(&two, &three), &unpaired);
    says(chrf.corpus(&two, &three), &unpaired);
    says(rouge.corpus(&two, &three), &unpaired);
    says(exact_match(&two, &three), &unpaired);
    says(token_accuracy(&vec![vec![1]; 2], &vec![vec![1]; 3]), &unpaired);
    says(error_rate(&vec![vec![1]; 2], &vec![vec![1]; 3]), &unpaired);

    let nothing: [&str; 0] = [];
    let none = ["nothing to score", "at least one hypothesis"];
    says(bleu.corpus(&nothing, &nothing), &none);
    says(chrf.corpus(&nothing, &nothing), &none);
    says(rouge.corpus(&nothing, &nothing), &none);
    says(exact_match(&nothing, &nothing), &none);
    says(token_accuracy::<u32>(&[], &[]), &none);
    says(token_accuracy::<u32>(&[vec![]], &[vec![]]), &["at least one token"]);
    says(error_rate::<u32>(&[], &[]), &none);
    says(error_rate(&[vec![1]], &[vec![]]), &["at least one token in the references"]);

    let lists: [&[&str]; 2] = [&["a"], &[]];
    says(bleu.corpus(&two, &lists), &["hypothesis 1", "at least one"]);
    says(chrf.corpus(&two, &lists), &["hypothesis 1", "at least one"]);
    says(rouge.corpus(&two, &lists), &["hypothesis 1", "at least one"]);
    says(bleu.sentence("a", &nothing), &["hypothesis 0"]);
    says(chrf.sentence("a", &nothing), &["hypothesis 0"]);
    says(rouge.sentence("a", &nothing), &["hypothesis 0"]);

    says(Bleu { max_order: 0, ..bleu.clone() }.sentence("a", "a"), &["0", "at least 1"]);
    says(Bleu { smoothing: BleuSmoothing::AddK(-1.0), ..bleu }.sentence("a", "a"), &["-1", "not negative"]);
    says(Chrf { char_order: 0, ..chrf.clone() }.sentence("a", "a"), &["0", "at least 1"]);
    says(Chrf { beta: f64::NAN, ..chrf }.sentence("a", "a"), &["NaN", "positive"]);
}

#[test]
fn a_bootstrap_is_of_one_sign_where_one_system_is_always_better_and_of_both_where_none_is() {
    let references: Vec<String> =
        (0..60).map(|i| format!("the fox number {i} sat under the old tree and waited")).collect();
    let near: Vec<String> = references.iter().map(|line| line.replace("old", "tall")).collect();
    let far: Vec<String> = references.iter().map(|line| line.replace("sat under", "stood behind")).collect();
    let mixed = |odd: usize| -> Vec<String> {
        (0..60).map(|i| if i % 2 == odd { &near[i] } else { &far[i] }.clone()).collect()
    };
    let bleu = Bleu::default();
    let gains = bleu.paired_bootstrap(&near, &far, &references, 200, 1).unwrap();
    assert!(gains.len() == 200 && gains[0] > 0.0 && gains.is_sorted());
    let even = bleu.paired_bootstrap(&mixed(0), &mixed(1), &references, 200, 1).unwrap();
    assert!(even[0] < 0.0 && even[199] > 0.0);
    assert_eq!(bleu.paired_bootstrap(&near, &near, &references, 9, 1).unwrap(), [0.0; 9]);
    assert!(bleu.paired_bootstrap(&near, &far[1..], &references, 9, 1).is_err());
}
