//! A text, its tokens, their places in it, and the text again.

use crate::{BOOK, TRAINED, config};
use fabula::{Error, prelude::*};
use proptest::prelude::*;

/// Text as nobody would write it: combining marks, joined emoji, strange spaces, directions, text next to its borders.
fn strange() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "the",
        "fox",
        "狐狸",
        "，",
        "。",
        " ",
        "  ",
        "\t",
        "\n",
        "\r\n",
        "\u{a0}",
        "\u{3000}",
        "\u{2028}",
        "e\u{301}",
        "é",
        "가",
        "\u{1100}\u{1161}",
        "👩‍👩‍👧",
        "🇩🇪",
        "👍🏽",
        "\u{200b}",
        "\u{feff}",
        "\u{202e}",
        "ß",
        "İ",
        "ﬁ",
        "Å",
        "\u{0}",
        "\u{fffd}",
        "▁",
        "Ġ",
        "##",
        "#",
        "<",
        ">",
        "unk",
        "<s",
        "ZWJ\u{200d}",
        "\u{10ffff}",
        "don't",
        "10.30",
        "_",
        "a\u{300}\u{316}",
    ]);
    let piece = prop_oneof![3 => pieces.prop_map(String::from), 1 => any::<char>().prop_map(String::from)];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn offsets_slice_the_text_and_go_forward(text in strange()) {
        for tokenizer in &*TRAINED {
            let encoding = tokenizer.encode(&text).unwrap();
            let mut before = (0, 0);
            for (&(start, end), token) in encoding.offsets().iter().zip(encoding.tokens()) {
                prop_assert!(text.get(start..end).is_some(), "{tokenizer}: {start}..{end} of {text:?}");
                prop_assert!(before.0 <= start && before.1 <= end, "{tokenizer}: {token:?} goes back in {text:?}");
                before = (start, end);
            }
            prop_assert_eq!(encoding.pieces(&text).len(), encoding.ids().len());
            if tokenizer.kind() == TokenizerKind::Characters && encoding.tokens().concat() == text {
                prop_assert_eq!(encoding.pieces(&text), encoding.tokens());
            }
        }
    }

    #[test]
    fn byte_level_bpe_gives_any_text_back(text in strange()) {
        let tokenizer = &TRAINED[3];
        let encoding = tokenizer.encode(&text).unwrap();
        prop_assert_eq!(encoding.ids().contains(&Tokenizer::UNK), text.contains("<unk>"));
        prop_assert_eq!(tokenizer.decode(encoding.ids()).unwrap(), text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Trained on the text itself, so that its characters are the alphabet.
    #[test]
    fn other_kinds_give_the_normalised_text_back(text in strange().prop_filter("a word", |text| !text.trim().is_empty())) {
        for kind in TokenizerKind::ALL {
            let config = config(kind, 400);
            let words = config.words(&text).unwrap();
            if words.is_empty() {
                continue;
            }
            let tokenizer = match Tokenizer::train(std::slice::from_ref(&text), &config) {
                Err(Error::ReservedToken { .. }) => continue, // the pieces came together as <s>
                tokenizer => tokenizer.unwrap(),
            };
            let encoding = tokenizer.encode(&text).unwrap();
            let expected = match kind {
                TokenizerKind::Characters => words.concat(),
                TokenizerKind::ByteLevelBpe => text.clone(),
                TokenizerKind::Words | TokenizerKind::WordPiece => words.join(" "),
                TokenizerKind::Bpe | TokenizerKind::Unigram => {
                    let spaced = words.concat().replace('▁', " ");
                    spaced.strip_prefix(' ').unwrap().to_string()
                }
            };
            prop_assert!(!encoding.ids().contains(&Tokenizer::UNK), "{} of {:?}: {}", kind, text, encoding);
            prop_assert_eq!(tokenizer.decode(encoding.ids()).unwrap(), expected, "{} of {:?}: {}", kind, text, encoding);
        }
    }
}

#[test]
fn a_batch_is_its_lines() {
    for tokenizer in &*TRAINED {
        let batch = tokenizer.encode_batch(&BOOK[..200]).unwrap();
        assert!(batch.iter().zip(&BOOK[..]).all(|(encoding, line)| *encoding == tokenizer.encode(line).unwrap()));
        assert!(tokenizer.encode("").unwrap().is_empty() && tokenizer.decode(&[]).unwrap().is_empty());
    }
}

#[test]
fn special_tokens_have_the_ids_of_a_vocabulary() {
    for tokenizer in &*TRAINED {
        assert_eq!(tokenizer.tokens()[..4], Tokenizer::SPECIAL);
        assert_eq!(tokenizer.vocab().unwrap().tokens(), tokenizer.tokens(), "{tokenizer}");
        let ids = [Tokenizer::UNK, Tokenizer::BOS, Tokenizer::EOS, Tokenizer::PAD];
        assert_eq!(Tokenizer::SPECIAL.map(|token| tokenizer.id(token).unwrap()), ids);
        for (id, token) in (0..).zip(tokenizer.tokens()) {
            assert_eq!((tokenizer.id(&token), tokenizer.token(id)), (Some(id), Some(token)));
        }
        assert_eq!(tokenizer.token(tokenizer.len() as u32), None);
    }
}
