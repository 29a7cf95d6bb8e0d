//! Texts, sizes and files that no tokenizer can be made of.

use crate::{BOOK, TRAINED, config, json};
use fabula::{Error, prelude::*};
use std::fs;

#[test]
fn a_vocabulary_too_small_names_the_smallest_that_works() {
    let text = BOOK[..40].to_vec();
    for kind in TokenizerKind::ALL {
        let error = Tokenizer::train(&text, &config(kind, 3)).unwrap_err();
        let Error::VocabularyTooSmall { needed, .. } = error else { panic!("{error}") };
        assert!(error.to_string().contains(&format!("ask for at least {needed}")), "{error}");
        assert!(Tokenizer::train(&text, &config(kind, needed - 1)).is_err());
        let smallest = Tokenizer::train(&text, &config(kind, needed)).unwrap();
        assert_eq!(smallest.len(), needed, "{kind}");
        assert!(
            kind == TokenizerKind::Words || !smallest.encode(&text.join(" ")).unwrap().ids().contains(&0),
            "{kind}"
        );
    }
    assert_eq!(Tokenizer::train(&text, &config(TokenizerKind::ByteLevelBpe, 260)).unwrap().len(), 260);
}

#[test]
fn extreme_texts_and_sizes_are_no_trouble() {
    let texts = ["x", "\0", "\0 \0", "<UNK>", "▁", "#", "##", "👩‍👩‍👧"].map(String::from).to_vec();
    let long = vec!["ab".repeat(3000), "狐".repeat(500), "word ".repeat(500)];
    for kind in TokenizerKind::ALL {
        for text in texts.iter().map(|text| vec![text.clone()]).chain([long.clone(), texts.clone()]) {
            let words = config(kind, 0).words(&text.concat()).unwrap();
            match Tokenizer::train(&text, &config(kind, usize::MAX)) {
                Err(Error::NoSentences) => assert!(words.is_empty(), "{kind}: {text:?}"),
                tokenizer => assert!(!tokenizer.unwrap().encode(&text[0]).unwrap().is_empty(), "{kind}: {text:?}"),
            }
        }
    }
}

#[test]
fn bad_texts_are_refused_with_their_line() {
    for kind in TokenizerKind::ALL {
        let train = |text: &[&str]| {
            let text: Vec<String> = text.iter().map(|line| line.to_string()).collect();
            Tokenizer::train(&text, &TokenizerConfig { lowercase: true, ..config(kind, 400) })
        };
        assert!(matches!(train(&[]), Err(Error::NoSentences)));
        assert!(matches!(train(&["", ""]), Err(Error::NoSentences)));
        let error = train(&["a", "b<PAD>c"]).unwrap_err();
        assert!(matches!(&error, Error::ReservedToken { line: 2, token } if token == "<pad>"), "{error}");
        assert_eq!(
            train(&["ABC"]).unwrap().decode(train(&["abc"]).unwrap().encode("aBc").unwrap().ids()).unwrap(),
            "abc"
        );
    }
    let tokenizer = &TRAINED[0];
    assert_eq!(tokenizer.encode("a<s>").unwrap().ids()[1], Tokenizer::BOS);
    let error = tokenizer.corpus(&["a".into(), "a<s>".into()]).unwrap_err();
    assert!(matches!(&error, Error::ReservedToken { line: 2, token } if token == "<s>"), "{error}");
    let error = tokenizer.decode(&[5, 1_000_000]).unwrap_err();
    assert!(error.to_string().contains("a token's id is 1000000"), "{error}");
}

#[test]
fn bad_files_are_refused_with_their_path_and_a_reason() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a tokenizer.json");
    let good = json(&TRAINED[2]);
    let without_token = good.replacen("\"▁\": ", "\"◆\": ", 1);
    for bad in
        ["{}", "[1, 2]", "not json", "{\"model\": {\"type\": \"Magic\"}}", &good[..good.len() / 2], &without_token]
    {
        fs::write(&path, bad).unwrap();
        let error = Tokenizer::load(&path).unwrap_err();
        assert!(matches!(error, Error::TokenizerFile { .. }), "{error}");
        let said = error.to_string();
        assert!(said.contains("a tokenizer.json cannot be used") && said.contains("train it again"), "{said}");
    }
    fs::write(&path, b"\xFF").unwrap();
    assert!(matches!(Tokenizer::load(&path), Err(Error::NotUtf8 { .. })));
    assert!(matches!(Tokenizer::load(&dir.path().join("none")), Err(Error::Io { .. })));
    assert!(matches!(TRAINED[0].save(&dir.path().join("no folder/x.json")), Err(Error::Io { .. })));
}
