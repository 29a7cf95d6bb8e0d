//! Byte-pair encoding: the most frequent pair of neighbours becomes one token, again and again.

use super::{Tokenizer, TokenizerKind, refused, train::Words};
use crate::Result;
use std::collections::BTreeSet;
use tokenizers::{
    AddedToken,
    models::{
        bpe::{BPE, BpeTrainer},
        wordpiece::WordPiece,
    },
    pre_tokenizers::byte_level::ByteLevel,
};

/// What WordPiece writes before a token that does not begin a word.
pub const PREFIX: &str = "##";

/// Merges the pair with the highest count until the vocabulary is full or no pair is left.             [token.1]
///
///   (a, b) = argmax c(a b), the number of places where b directly follows a inside a word;  a b → ab
///
/// A pair is counted at every place of every word, overlapping ones too (`a a a` holds `a a` twice), and merged from
/// left to right. Of pairs with equal counts the one with the smallest ids is merged, the id of its left token before
/// that of its right one; letters have ids in the order of Unicode, made tokens follow in the order in which they are
/// made.
///
/// The crate gives ids to what is met first in a hash map, where it meets tokens behind a prefix: ties are then broken
/// by chance, and WordPiece comes out differently each time. So the whole alphabet is named beforehand, in order.
pub fn train(words: &Words, alphabet: &[String], vocab_size: usize, prefix: Option<&str>) -> Result<BPE> {
    let named = Tokenizer::SPECIAL.into_iter().chain(alphabet.iter().map(String::as_str));
    let mut trainer = BpeTrainer::builder()
        .show_progress(false)
        .vocab_size(vocab_size)
        .special_tokens(named.map(|token| AddedToken::from(token, false)).collect());
    if let Some(prefix) = prefix {
        trainer = trainer.continuing_subword_prefix(prefix.into());
    }
    let counts = words.iter().map(|(word, &count)| (word.as_str().into(), u64::from(count))).collect();
    let mut bpe = BPE::default();
    trainer.build().do_train(&counts, &mut bpe).map_err(refused)?;
    bpe.unk_token = Some(Tokenizer::SPECIAL[0].into());
    Ok(bpe)
}

/// The same merges, kept only as tokens. A word is then cut by the longest token that fits:            [token.2]
///
///   the token behind place i of the word x ends at j = max { k > i : xᵢ₊₁ … xₖ ∈ 𝒱 }
pub fn train_wordpiece(words: &Words, alphabet: &[String], vocab_size: usize) -> Result<WordPiece> {
    Ok(WordPiece::from_bpe(&train(words, alphabet, vocab_size, Some(PREFIX))?))
}

/// The tokens from which all others are made, in order: the characters of the words; for byte-level BPE the 256 bytes;
/// for WordPiece also each character that does not begin a word, behind its prefix.
pub fn alphabet(words: &Words, kind: TokenizerKind) -> Vec<String> {
    if kind == TokenizerKind::ByteLevelBpe {
        return ByteLevel::alphabet().into_iter().collect::<BTreeSet<char>>().into_iter().map(String::from).collect();
    }
    let characters: BTreeSet<char> = words.keys().flat_map(|word| word.chars()).collect();
    let mut alphabet: Vec<String> = characters.into_iter().map(String::from).collect();
    if kind == TokenizerKind::WordPiece {
        let inner: BTreeSet<char> = words.keys().flat_map(|word| word.chars().skip(1)).collect();
        alphabet.extend(inner.into_iter().map(|c| format!("{PREFIX}{c}")));
    }
    alphabet
}
