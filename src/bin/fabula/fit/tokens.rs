//! Choices that the verbs of several networks share.

use clap::ValueEnum;
use fabula::{
    Result,
    nn::Reset,
    text::{Codec, Level, Tokenizer, TokenizerConfig},
};

/// What a token is.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Tokens {
    /// Characters: Unicode scalars, line ends included
    Char,
    /// What stands between white space
    Word,
    /// Byte-level byte-pair encoding, learned from the training text
    Bpe,
}

impl Tokens {
    /// How these lines become ids: tokens seen less often than `min_count` (twice for words, once for characters)
    /// unknown, or at most `vocab` pieces.
    pub fn codec(self, lines: &[String], min_count: Option<usize>, vocab: usize) -> Result<Codec> {
        match self {
            Tokens::Char => Codec::build(lines, Level::Char, min_count.unwrap_or(1)),
            Tokens::Word => Codec::build(lines, Level::Word, min_count.unwrap_or(2)),
            Tokens::Bpe => {
                let config = TokenizerConfig { vocab_size: vocab, ..TokenizerConfig::default() };
                Codec::of_tokenizer(Tokenizer::train(lines, &config)?)
            }
        }
    }
}

/// Where a GRU's reset gate acts.
#[derive(Clone, Copy, ValueEnum)]
pub enum Where {
    After,
    Before,
}

impl From<Where> for Reset {
    fn from(place: Where) -> Reset {
        match place {
            Where::After => Reset::After,
            Where::Before => Reset::Before,
        }
    }
}
