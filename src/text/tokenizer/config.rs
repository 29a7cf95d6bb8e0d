//! What kind of tokenizer to train.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The choices behind a tokenizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenizerConfig {
    /// Default byte-level BPE.
    pub kind: TokenizerKind,
    /// The most tokens that the vocabulary may hold, the special ones included; a text may be too short to give so
    /// many (Unigram, which begins with what recurs in different words, is the first to run out). Characters take what
    /// their alphabet needs. Default 4000.
    pub vocab_size: usize,
    /// Whether upper-case letters become lower-case ones first. Default no.
    pub lowercase: bool,
}

impl Default for TokenizerConfig {
    fn default() -> TokenizerConfig {
        TokenizerConfig { kind: TokenizerKind::default(), vocab_size: 4000, lowercase: false }
    }
}

/// How a text is cut into tokens, and what of it a decoded text keeps.
///
/// | | a token is | normalised | decoded |
/// |---|---|---|---|
/// | characters | a Unicode scalar | NFC | as normalised |
/// | words | what stands between white space | NFC | one space between words |
/// | BPE | made by merges of frequent neighbours, inside a word | NFC | as normalised |
/// | byte-level BPE | the same, from bytes | not at all | the text itself, every byte of it |
/// | WordPiece | the beginning of a word, or with `##` a later part | NFC, no control characters | one space between words |
/// | Unigram | a part of the most probable way to cut a word | NFC | as normalised |
///
/// - BPE and Unigram write a space as `▁`, and put one before the text, so that its first word is a word like others.
///   Decoding takes exactly that one away: leading spaces survive. (A `▁` of the text itself is decoded as a space.)
///   Their words are runs of letters, marks and digits, or runs of anything else, each with the space before it.
/// - Byte-level BPE writes a space as `Ġ` and puts none before the text. Its words are those of GPT-2.
/// - WordPiece, as BERT does, takes every punctuation mark and every Chinese character for a word of its own. A word of
///   more than 100 characters is `<unk>`, and so is one that holds an unknown character. It is trained as BPE is, by
///   the counts of pairs: so does Hugging Face, while the paper merges what raises the likelihood most.
/// - A character outside of the alphabet is `<unk>`; to byte-level BPE, none is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenizerKind {
    Characters,
    Words,
    /// Source: Sennrich, Haddow & Birch 2016, Neural machine translation of rare words with subword units.
    Bpe,
    /// Source: Radford et al. 2019, Language models are unsupervised multitask learners.
    #[default]
    ByteLevelBpe,
    /// Source: Devlin et al. 2019, BERT; Schuster & Nakajima 2012, Japanese and Korean voice search.
    #[serde(rename = "wordpiece")]
    WordPiece,
    /// Source: Kudo 2018, Subword regularization: improving neural network translation models with multiple subword
    /// candidates.
    Unigram,
}

impl TokenizerKind {
    pub const ALL: [TokenizerKind; 6] = [
        TokenizerKind::Characters,
        TokenizerKind::Words,
        TokenizerKind::Bpe,
        TokenizerKind::ByteLevelBpe,
        TokenizerKind::WordPiece,
        TokenizerKind::Unigram,
    ];
}

impl fmt::Display for TokenizerKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            TokenizerKind::Characters => "characters",
            TokenizerKind::Words => "words",
            TokenizerKind::Bpe => "BPE",
            TokenizerKind::ByteLevelBpe => "byte-level BPE",
            TokenizerKind::WordPiece => "WordPiece",
            TokenizerKind::Unigram => "Unigram",
        })
    }
}
