//! The merges of BPE are those of a plain implementation.

use crate::{BOOK, by_hand, config, sentences};
use fabula::prelude::*;
use proptest::prelude::*;

#[test]
fn merges_are_those_of_bpe_by_hand_on_the_book() {
    for (lines, config) in [
        (sentences(1500), config(TokenizerKind::Bpe, 700)),
        (BOOK.iter().skip(1).step_by(2).take(400).cloned().collect(), config(TokenizerKind::Bpe, 1800)),
    ] {
        let tokenizer = Tokenizer::train(&lines, &config).unwrap();
        let words: Vec<String> = lines.iter().flat_map(|line| config.words(line).unwrap()).collect();
        let expected = by_hand::merges(&words, &by_hand::alphabet(&words), tokenizer.merges().len());
        assert!(expected.len() > 300 && tokenizer.len() == config.vocab_size, "{} merges", expected.len());
        assert_eq!(tokenizer.merges(), expected);
        let made = expected.iter().map(|(a, b)| format!("{a}{b}"));
        assert!(
            made.eq(tokenizer.tokens()[tokenizer.len() - expected.len()..].iter().cloned()),
            "a merge makes a token"
        );
    }
}

#[test]
fn byte_level_merges_are_those_of_bpe_by_hand() {
    let config = config(TokenizerKind::ByteLevelBpe, 600);
    let tokenizer = Tokenizer::train(&BOOK[..600], &config).unwrap();
    let words: Vec<String> = BOOK[..600].iter().flat_map(|line| config.words(line).unwrap()).collect();
    let alphabet = &tokenizer.tokens()[4..260];
    assert_eq!(tokenizer.merges(), by_hand::merges(&words, alphabet, 340));
}

proptest! {
    #[test]
    fn merges_are_those_of_bpe_by_hand_on_random_words(lines in prop::collection::vec("[abcd]{1,9}( [ab]{1,12}){0,3}", 1..8)) {
        let config = config(TokenizerKind::Bpe, 60);
        let tokenizer = Tokenizer::train(&lines, &config).unwrap();
        let words: Vec<String> = lines.iter().flat_map(|line| config.words(line).unwrap()).collect();
        let alphabet = by_hand::alphabet(&words);
        prop_assert_eq!(tokenizer.merges(), by_hand::merges(&words, &alphabet, 56 - alphabet.len()));
    }
}
