//! `fabula fit tokenizer`.

use super::print;
use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use fabula::text::{Level, Tokenizer, TokenizerConfig, TokenizerKind, read_lines};
use serde::Serialize;
use std::{
    path::{Path, PathBuf},
    time::Instant,
};

#[derive(Args)]
pub struct TokenizerArgs {
    /// The text to learn from: UTF-8, one sentence a line
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// The text on which the tokens are counted; without it, they are counted on the training text
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    /// What a token is
    #[arg(long, value_enum, default_value_t = Kind::ByteLevelBpe)]
    kind: Kind,
    /// The most tokens that the vocabulary may hold, the four special ones included
    #[arg(long, default_value_t = TokenizerConfig::default().vocab_size, value_name = "N")]
    vocab_size: usize,
    /// Take upper-case letters for lower-case ones
    #[arg(long)]
    lowercase: bool,
    /// Write the tokenizer, in the format of Hugging Face; into a folder, as tokenizer.json
    #[arg(long, value_name = "FILE or DIR")]
    save: Option<PathBuf>,
    /// Print the figures as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// Single characters
    Characters,
    /// What stands between white space
    Words,
    /// Byte-pair encoding, from characters
    Bpe,
    /// Byte-pair encoding, from bytes, as GPT-2: it can write any text
    ByteLevelBpe,
    /// Beginnings and later parts of words, as BERT
    Wordpiece,
    /// The most probable cut of each word, as SentencePiece
    Unigram,
}

/// What is measured.
#[derive(Serialize)]
struct Report {
    kind: TokenizerKind,
    vocab_size: usize,
    /// Of the test text, or of the training text if there is none; line ends are not counted.
    characters: usize,
    /// Between white space.
    words: usize,
    tokens: usize,
    unknown_tokens: usize,
    tokens_per_word: f64,
    characters_per_token: f64,
    /// From the words of the training text to the finished tokenizer.
    train_seconds: f64,
    encode_seconds: f64,
}

pub fn run(args: &TokenizerArgs) -> Result<()> {
    if let Some(test) = &args.test {
        ensure!(test.exists(), "there is no file {}", test.display());
    }
    let config = TokenizerConfig { kind: kind(args.kind), vocab_size: args.vocab_size, lowercase: args.lowercase };
    let train = read_lines(&args.train)?;
    eprintln!("{} lines read from {}; training {} …", train.len(), args.train.display(), config.kind);
    let start = Instant::now();
    let tokenizer = Tokenizer::train(&train, &config)
        .with_context(|| format!("cannot train a tokenizer on {}", args.train.display()))?;
    let train_seconds = start.elapsed().as_secs_f64();
    eprintln!("{tokenizer}, trained in {train_seconds:.1} s");
    if let Some(path) = &args.save {
        let path = if path.is_dir() { &path.join("tokenizer.json") } else { path };
        tokenizer.save(path)?;
        eprintln!("written to {}", path.display());
    }
    let (path, text) = match &args.test {
        Some(path) => (path, read_lines(path)?),
        None => (&args.train, train),
    };
    eprintln!("encoding the {} lines of {} …", text.len(), path.display());
    let report = measure(&tokenizer, &text, path, train_seconds)?;
    print(&if args.json { serde_json::to_string(&report)? } else { report.table() })
}

fn measure(tokenizer: &Tokenizer, text: &[String], path: &Path, train_seconds: f64) -> Result<Report> {
    let start = Instant::now();
    let encodings = tokenizer.encode_batch(text).with_context(|| format!("cannot encode {}", path.display()))?;
    let encode_seconds = start.elapsed().as_secs_f64();
    let characters: usize = text.iter().map(|line| line.chars().count()).sum();
    let words: usize = text.iter().map(|line| Level::Word.tokens(line).count()).sum();
    let ids = || encodings.iter().flat_map(|encoding| encoding.ids());
    let tokens = ids().count();
    Ok(Report {
        kind: tokenizer.kind(),
        vocab_size: tokenizer.len(),
        characters,
        words,
        tokens,
        unknown_tokens: ids().filter(|&&id| id == Tokenizer::UNK).count(),
        tokens_per_word: tokens as f64 / words as f64,
        characters_per_token: characters as f64 / tokens as f64,
        train_seconds,
        encode_seconds,
    })
}

impl Report {
    fn table(&self) -> String {
        let unknown = 100.0 * self.unknown_tokens as f64 / self.tokens as f64;
        let rows = [
            ("vocabulary", self.vocab_size.to_string()),
            ("characters", self.characters.to_string()),
            ("words", self.words.to_string()),
            ("tokens", self.tokens.to_string()),
            ("  unknown, in %", format!("{unknown:.2}")),
            ("tokens per word", format!("{:.3}", self.tokens_per_word)),
            ("characters per token", format!("{:.3}", self.characters_per_token)),
            ("seconds to train", format!("{:.2}", self.train_seconds)),
            ("seconds to encode", format!("{:.2}", self.encode_seconds)),
        ];
        rows.map(|(name, value)| format!("  {name:<22}{value:>12}")).join("\n")
    }
}

fn kind(kind: Kind) -> TokenizerKind {
    match kind {
        Kind::Characters => TokenizerKind::Characters,
        Kind::Words => TokenizerKind::Words,
        Kind::Bpe => TokenizerKind::Bpe,
        Kind::ByteLevelBpe => TokenizerKind::ByteLevelBpe,
        Kind::Wordpiece => TokenizerKind::WordPiece,
        Kind::Unigram => TokenizerKind::Unigram,
    }
}
