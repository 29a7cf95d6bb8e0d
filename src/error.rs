//! What can go wrong with files, texts and configurations. A message says what was found, what was expected, and what
//! to do. (A shape mistake inside the mathematics is a mistake of the program, and panics.)

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read or write {}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },

    #[error("{}: {message}", path.display())]
    Json { path: PathBuf, message: String },

    #[error(
        "{}: not UTF-8: byte {offset} (line {line}) begins no character; convert the file first, \
         for instance with iconv -t UTF-8",
        path.display()
    )]
    NotUtf8 { path: PathBuf, offset: usize, line: usize },

    #[error("{} is empty: expected {expected}", path.display())]
    Empty { path: PathBuf, expected: &'static str },

    #[error("the text holds no sentence: expected at least one line")]
    NoSentences,

    #[error(
        "line {line} holds the word {token}, which stands for something else inside a model; \
         remove it, or write it otherwise (for instance without the angle brackets)"
    )]
    ReservedToken { line: usize, token: String },

    /// A text that is not of the kind that was asked for: a number, a date, brackets, a sentence of a grammar.
    #[error("{text:?} is not {expected}: {message}")]
    Notation { text: String, expected: &'static str, message: String },

    #[error("grammar line {line}: {message}")]
    Grammar { line: usize, message: String },

    /// A field of a config, or an argument, outside of its range.
    #[error("{name} is {found}: expected {expected}")]
    Config { name: &'static str, found: String, expected: String },

    #[error(
        "a vocabulary of {found} tokens is too small: this text, as {kind}, needs {needed} for its alphabet and the \
         special tokens alone; ask for at least {needed}"
    )]
    VocabularyTooSmall { kind: String, found: usize, needed: usize },

    #[error(
        "{} cannot be used as a tokenizer: {message}; expected a tokenizer.json as Hugging Face's tokenizers 0.23 \
         write it: train it again, or fetch the file again",
        path.display()
    )]
    TokenizerFile { path: PathBuf, message: String },

    /// The crate `tokenizers` refuses: its words.
    #[error("the tokenizer fails on this text: {message}; see that its vocabulary holds its unknown token")]
    Tokenizer { message: String },

    /// A line of a file that is to have a form.
    #[error("{} line {line}: {message}", path.display())]
    Line { path: PathBuf, line: usize, message: String },

    /// A row of a model that is no probability distribution.
    #[error("{what} {found}: expected probabilities, none negative, with the sum 1 (within 1e-8)")]
    Distribution { what: String, found: String },

    /// Arrays, or sequences, whose sizes contradict each other.
    #[error("{what} has the shape {found:?}: expected {expected:?}, to fit {to}")]
    Shape { what: &'static str, found: Vec<usize>, expected: Vec<usize>, to: &'static str },

    /// Sequences and places are counted from 0.
    #[error("place {place} of sequence {sequence} holds {found}: expected a number from 0 to {}", size - 1)]
    Symbol { sequence: usize, place: usize, found: u32, size: usize },

    #[error("there is nothing in sequence {sequence}: expected at least one symbol; leave empty sequences out")]
    EmptySequence { sequence: usize },

    #[error(
        "sequence {sequence} has probability 0 under the model, from place {place} on; \
         smooth the model, or start from one without zeros"
    )]
    Impossible { sequence: usize, place: usize },

    #[error(
        "the gradient of {name} holds a number that is infinite or NaN: the learning rate is too high, or the input \
         holds such a number"
    )]
    Gradient { name: String },

    /// The loss is no number any more.
    #[error("training stopped at step {step}: {found}; {cause}")]
    Diverged { step: usize, found: String, cause: String },

    #[error("{} is no checkpoint for this model: {message}", path.display())]
    Checkpoint { path: PathBuf, message: String },

    #[error(
        "{hypotheses} hypotheses and {references} references: expected, for each hypothesis in turn, its reference or the \
         list of its references"
    )]
    Unpaired { hypotheses: usize, references: usize },

    /// Sentences are counted from 0.
    #[error("hypothesis {sentence} has an empty list of references: expected at least one")]
    NoReference { sentence: usize },

    #[error("there is nothing to score: expected {expected}")]
    NothingToScore { expected: &'static str },

    #[error("the text has {found} tokens, more than the {} that fit; fit a part of it", u32::MAX)]
    TooLong { found: usize },
}

pub type Result<T> = std::result::Result<T, Error>;
