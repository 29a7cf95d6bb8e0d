//! Texts, files and settings that are not as they should be: a clear error or a sensible answer, never a panic.

use fabula::{
    Error,
    decode::{LanguageModel, Sampling},
    statistical::{MAX_ORDER, NgramConfig, NgramCounts, NgramModel, Smoothing},
    text::{Fables, Level, read_lines},
};
use std::{fs, path::Path};

fn text(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| line.to_string()).collect()
}

fn config(order: usize, smoothing: Smoothing) -> NgramConfig {
    NgramConfig { order, smoothing, ..NgramConfig::default() }
}

#[test]
fn orders_and_k_out_of_range_are_named() {
    for order in [0, MAX_ORDER + 1, 100, usize::MAX] {
        let error = NgramModel::fit(&text(&["a b"]), &config(order, Smoothing::Mle)).unwrap_err().to_string();
        assert_eq!(error, format!("the order is {order}: expected 1 to 16"));
        assert!(NgramCounts::count(&text(&["a b"]), order, Level::Word).is_err());
    }
    for k in [0.0, -1.0, f64::NAN, f64::MAX, f64::INFINITY] {
        let error = NgramModel::fit(&text(&["a b"]), &config(2, Smoothing::AddK { k })).unwrap_err().to_string();
        assert!(error.starts_with(&format!("k is {k}: expected a positive number")), "{error}");
    }
    let model = NgramModel::fit(&text(&["a b"]), &config(2, Smoothing::Mle)).unwrap();
    let coldest = Sampling { temperature: 0.0, ..Sampling::default() };
    assert_eq!(model.sample(&coldest).unwrap(), "a b", "the likeliest token at each step");
    for temperature in [-1.0, f64::NAN, f64::INFINITY] {
        let error = model.sample(&Sampling { temperature, ..Sampling::default() }).unwrap_err().to_string();
        assert!(error.starts_with("temperature is"), "{error}");
    }
}

#[test]
fn texts_without_sentences_or_with_reserved_words_are_refused() {
    for smoothing in Smoothing::ALL {
        assert!(matches!(NgramModel::fit(&[], &config(3, smoothing)), Err(Error::NoSentences)));
        for token in ["<s>", "</s>", "<unk>"] {
            let error = NgramModel::fit(&text(&["a", &format!("b {token} c")]), &config(3, smoothing)).unwrap_err();
            assert!(error.to_string().starts_with(&format!("line 2 holds the word {token}")), "{error}");
        }
    }
    let model = NgramModel::fit(&text(&["a b"]), &config(2, Smoothing::KneserNey)).unwrap();
    assert!(matches!(model.score(&text(&["a <s>"])), Err(Error::ReservedToken { line: 1, .. })));
    assert!(matches!(model.surprisals("</s>"), Err(Error::ReservedToken { .. })));
    assert!(matches!(model.score(&[]), Err(Error::NoSentences)));
}

/// One sentence, one word, no word: every method gives a distribution at every order, and says what it had to guess.
#[test]
fn tiny_texts_are_fitted() {
    for lines in [&["a b c a"][..], &["a"], &[""], &["", "", ""]] {
        for smoothing in Smoothing::ALL {
            for order in [1, 2, 5, MAX_ORDER] {
                let model = NgramModel::fit(&text(lines), &config(order, smoothing)).unwrap();
                let p = model.log_probs(&model.start()).mapv(f64::exp);
                assert!((p.sum() - 1.0).abs() < 1e-5, "{smoothing} of order {order} on {lines:?}: {p}");
                let guesses = matches!(smoothing, Smoothing::Interpolated | Smoothing::KneserNey);
                assert!(!guesses || !model.fitting().notes.is_empty(), "{smoothing} of order {order} on {lines:?}");
                model.samples(3, &Sampling::default()).unwrap();
            }
        }
    }
}

#[test]
fn a_test_text_of_unknown_words_only() {
    let train = text(&["the fox saw the crow", "the crow saw the fox"]);
    for smoothing in Smoothing::ALL {
        let score =
            NgramModel::fit(&train, &config(3, smoothing)).unwrap().score(&text(&["owls hoot", "daws"])).unwrap();
        assert_eq!((score.tokens, score.oov), (5, 3));
        if smoothing == Smoothing::Mle {
            assert_eq!(score.perplexity(), f64::INFINITY);
            assert!(score.zero_probability_tokens >= 3);
        } else {
            assert!(
                score.perplexity().is_finite() && score.perplexity_without_oov().is_finite(),
                "{smoothing}: {score}"
            );
        }
    }
}

#[test]
fn questions_about_words_that_are_not_there() {
    let counts = NgramCounts::count(&text(&["a b"]), 2, Level::Word).unwrap();
    assert_eq!([counts.get("z"), counts.get("a z"), counts.get("a b </s>"), counts.predecessors("z")], [0; 4]);
    assert!(counts.followers("z").is_empty() && counts.followers("a b").is_empty());
    assert_eq!((counts.distinct(0), counts.distinct(7), counts.counts_of_counts(7)), (1, 0, [0; 4]));
    let model = NgramModel::fit(&text(&["a b"]), &config(2, Smoothing::KneserNey)).unwrap();
    assert_eq!(model.prob("z", "y x"), model.prob("<unk>", ""));
    assert_eq!((model.top("z", 100).len(), model.distinct(0), model.distinct(3)), (4, 0, 0));
}

#[test]
fn files_that_are_no_text() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a path with spaces.txt");
    let error = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        read_lines(&path).unwrap_err().to_string()
    };
    assert!(error(b"").ends_with("a path with spaces.txt is empty: expected text, one sentence a line"));
    assert!(error(b"good\nbad: \xC3\x28").contains("not UTF-8: byte 10 (line 2)"));
    assert!(read_lines(dir.path()).is_err());
    let error = Fables::load(dir.path()).unwrap_err().to_string();
    assert!(error.contains("is empty: expected fables"), "{error}");
    fs::write(dir.path().join("001.json"), "{\"id\": 1, \"title\": 3}").unwrap();
    let error = Fables::load(dir.path()).unwrap_err().to_string();
    assert!(error.contains("001.json: invalid type"), "{error}");
    assert!(Fables::load(Path::new("no such folder")).is_err());
}

/// A small model whose file the next tests damage.
const ARPA: &str = "\\data\\
ngram 1=4
ngram 2=3
ngram 3=1

\\1-grams:
-1\t<unk>\t0
0\t<s>\t-0.5
-0.5\t</s>
-0.4\ta\t-0.3

\\2-grams:
-0.2\t<s> a\t-0.1
-0.6\ta a\t0
-0.3\ta </s>

\\3-grams:
-0.05\t<s> a </s>

\\end\\
";

fn read(arpa: &str) -> Result<NgramModel, Error> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.arpa");
    fs::write(&path, arpa).unwrap();
    NgramModel::read_arpa(&path, Level::Word)
}

#[test]
fn a_whole_arpa_file_is_read() {
    let model = read(ARPA).unwrap();
    assert_eq!((model.order(), model.parameters()), (3, 8));
    let log10 = |token: &str, context: &str| (model.prob(token, context).log10() * 1e4).round() / 1e4;
    assert_eq!(
        [log10("</s>", "<s> a"), log10("a", "<s> a"), log10("z", "a"), log10("</s>", "")],
        [-0.05, -0.7, -1.3, -0.5]
    );
    // The same with the white space of other programs, and what some leave out.
    let loose = ARPA.replace('\t', "  ").replace('\n', " \r\n").replace("\\1-grams:", "\n\\1-grams:");
    assert_eq!(read(&format!("\nmade by hand\n\n{loose}")).unwrap().prob("a", "<s>"), model.prob("a", "<s>"));
    let closed = read(&ARPA.replace("-1\t<unk>\t0\n", "").replace("ngram 1=4", "ngram 1=3")).unwrap();
    assert_eq!((closed.prob("z", "a"), closed.prob("a", "<s>")), (0.0, model.prob("a", "<s>")));
    assert_eq!(read(&ARPA.replace("-1\t<unk>", "-99\t<unk>")).unwrap().prob("z", ""), 0.0);
}

#[test]
fn damaged_arpa_files_are_refused_with_the_line() {
    let cases: &[(&str, &str, usize, &str)] = &[
        ("\\data\\", "data", 20, "expected \"\\\\data\\\\\" still to come"),
        ("ngram 1=4", "ngram 1=four", 2, "expected \"ngram 1=…\""),
        ("ngram 2=3", "ngram 3=3", 3, "expected \"ngram 2=…\""),
        ("ngram 1=4\nngram 2=3\nngram 3=1\n", "", 3, "names no order"),
        ("ngram 2=3", "ngram 2=4", 17, "3 2-grams end here, but the header promises 4"),
        ("ngram 2=3", "ngram 2=2", 15, "the header promises 2 2-grams"),
        ("ngram 3=1", "ngram 3=99999999999999999999", 4, "expected \"ngram 3=…\""),
        ("ngram 3=1", "ngram 3=18446744073709551615", 20, "1 3-grams end here"),
        ("ngram 3=1\n", "", 12, "expected log10 p, 2 tokens"),
        ("\\2-grams:", "\\3-grams:", 12, "expected \"\\\\2-grams:\""),
        ("\\end\\\n", "", 19, "the file ends here"),
        ("-0.2\t<s> a", "0.2\t<s> a", 13, "a probability above 1"),
        ("-0.2\t<s> a", "nan\t<s> a", 13, "\"nan\": expected a number"),
        ("-0.2\t<s> a\t-0.1", "-0.2\t<s> a\tinf", 13, "\"inf\": expected a number"),
        ("-0.2\t<s> a", "-0.2x\t<s> a", 13, "\"-0.2x\": expected a number"),
        ("-0.2\t<s> a\t-0.1", "-0.2\t<s>", 13, "expected log10 p, 2 tokens"),
        ("-0.05\t<s> a </s>", "-0.05\t<s> a </s>\t0", 18, "expected log10 p, 3 tokens"),
        ("-0.6\ta a", "-0.6\ta b", 14, "\"b\" is not among the 1-grams"),
        ("-0.6\ta a", "-0.6\t<s> a", 14, "this 2-gram stands in line 13 already"),
        ("-0.4\ta", "-0.4\t<s>", 10, "this 1-gram stands in line 8 already"),
        (
            "-0.05\t<s> a </s>",
            "-0.05\ta <s> </s>",
            18,
            "the first 2 tokens of \"a <s> </s>\" are no 2-gram of the file",
        ),
        ("-0.5\t</s>", "-0.5\tb", 12, "without </s>"),
    ];
    for (from, to, line, message) in cases {
        let error =
            read(&ARPA.replacen(from, to, 1)).map(|_| panic!("{to:?} in place of {from:?} was read")).unwrap_err();
        let text = error.to_string();
        assert!(
            matches!(error, Error::Line { line: found, .. } if found == *line),
            "{to:?} in place of {from:?}: {text}"
        );
        assert!(
            text.contains(&format!("line {line}: ")) && text.contains(message),
            "{to:?} in place of {from:?}: {text}"
        );
    }
}

/// Wherever a file is cut off, and whatever byte of it is damaged, there is an answer.
#[test]
fn cut_and_damaged_files_never_cause_a_panic() {
    for end in 0..ARPA.len() - "\\end\\\n".len() + 1 {
        assert!(read(&ARPA[..end]).is_err(), "cut after {end} bytes");
    }
    for at in 0..ARPA.len() {
        for byte in [b'\\', b'-', b'9', b' ', b'\n'] {
            let mut bytes = ARPA.as_bytes().to_vec();
            bytes[at] = byte;
            if let Ok(model) = read(std::str::from_utf8(&bytes).unwrap()) {
                model.score(&text(&["a z a"])).unwrap();
                model.samples(2, &Sampling { max_tokens: 5, ..Sampling::default() }).unwrap();
            }
        }
    }
}

#[test]
fn saved_models_that_do_not_fit_together() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(NgramModel::load(dir.path()), Err(Error::Io { .. })));
    let model = NgramModel::fit(&text(&["a b", "b \u{3000} a"]), &config(2, Smoothing::KneserNey)).unwrap();
    model.save(dir.path()).unwrap();
    let path = dir.path().join("config.json");
    let good = fs::read_to_string(&path).unwrap();
    for (from, to, message) in [
        ("\"ngram\"", "\"hmm\"", "a model \"hmm\" of version 1"),
        ("\"version\": 1", "\"version\": 9", "version 9"),
        ("\"order\": 2", "\"order\": 3", "order 3, but model.arpa has order 2"),
        ("kneser-ney", "kneser", "unknown variant `kneser`"),
        ("{", "", "config.json: "),
    ] {
        fs::write(&path, good.replacen(from, to, 1)).unwrap();
        let error = NgramModel::load(dir.path()).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

/// Characters that an ARPA file cannot hold as they are: blanks of all kinds.
#[test]
fn models_of_characters_keep_their_blanks() {
    let dir = tempfile::tempdir().unwrap();
    let train = text(&["a b\tc", "a\u{a0}b\u{2028}c", "<s> <0x20>", "狐狸 和\u{3000}乌鸦"]);
    let model =
        NgramModel::fit(&train, &NgramConfig { order: 4, level: Level::Char, ..NgramConfig::default() }).unwrap();
    model.save(dir.path()).unwrap();
    let read = NgramModel::load(dir.path()).unwrap();
    assert_eq!(read.vocab().tokens(), model.vocab().tokens());
    assert_eq!(read.score(&train).unwrap(), model.score(&train).unwrap());
    assert_eq!(
        (model.prob("b", "<s>a "), model.prob("</s>", "乌鸦")),
        (read.prob("b", "<s>a "), read.prob("</s>", "乌鸦"))
    );
}
