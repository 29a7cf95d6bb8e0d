//! `fabula fit`: fits a model of the course to the reader's own text and scores it.

mod effort;
mod hmm;
mod ngram;
mod recurrent;
mod report;
mod seq2seq;
mod texts;
mod tokenizer;
mod tokens;
mod trained;
mod transformer;

use anyhow::{Context, Result};
use clap::{Args, Subcommand, ValueEnum};
use fabula::{nn::RecurrentKind, text::Level};
use std::io::{self, Write};

#[derive(Args)]
pub struct FitArgs {
    #[command(subcommand)]
    model: Model,
}

#[derive(Subcommand)]
enum Model {
    /// An n-gram model: the next word depends on the last few, and their counts say how (chapter 01)
    Ngram(ngram::NgramArgs),
    /// A hidden Markov model: each word is emitted by a state that nobody sees, and the states form a chain (chapter 02)
    Hmm(hmm::HmmArgs),
    /// A recurrent network: its state sums up all that was read, each step by the same weights (chapter 05)
    Rnn(recurrent::RecurrentArgs),
    /// Long short-term memory: a recurrent network whose gates decide what is kept and what forgotten (chapter 06)
    Lstm(recurrent::RecurrentArgs),
    /// Gated recurrent units: as an LSTM, with two gates and one state (chapter 07)
    Gru(recurrent::GruArgs),
    /// A Transformer: each token looks back at all those before it, and nothing is carried along (chapter 12)
    Transformer(transformer::TransformerArgs),
    /// A masked Transformer: each hidden token is found from all that stand on both sides of it (chapter 11)
    Masked(transformer::TransformerArgs),
    /// An encoder and a decoder: one text becomes another, learned from pairs (chapters 08 and 09)
    Seq2seq(seq2seq::Seq2SeqArgs),
    /// A tokenizer: which pieces to cut a text into (chapter 03)
    Tokenizer(tokenizer::TokenizerArgs),
}

/// What a token is.
#[derive(Clone, Copy, ValueEnum)]
enum Tokens {
    Word,
    Char,
}

impl From<Tokens> for Level {
    fn from(tokens: Tokens) -> Level {
        match tokens {
            Tokens::Word => Level::Word,
            Tokens::Char => Level::Char,
        }
    }
}

pub fn run(args: FitArgs) -> Result<()> {
    match args.model {
        Model::Ngram(args) => ngram::run(&args),
        Model::Hmm(args) => hmm::run(&args),
        Model::Rnn(args) => args.run(RecurrentKind::Rnn),
        Model::Lstm(args) => args.run(RecurrentKind::Lstm),
        Model::Gru(args) => args.run(),
        Model::Transformer(args) => args.run(),
        Model::Masked(args) => args.run_masked(),
        Model::Seq2seq(args) => args.run(),
        Model::Tokenizer(args) => tokenizer::run(&args),
    }
}

/// Prints a line or more; where nobody reads on (`| head`), that is no error.
pub fn print(text: &str) -> Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("cannot print"),
        _ => Ok(()),
    }
}
