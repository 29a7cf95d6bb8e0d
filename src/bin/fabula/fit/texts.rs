//! The texts that a language model learns from and is scored on.

use super::tokens::Tokens;
use anyhow::{Context, Result, ensure};
use clap::Args;
use fabula::text::{Codec, Corpus, read_lines};
use std::path::PathBuf;

#[derive(Args)]
pub struct Texts {
    /// The text to learn from: UTF-8. It is read as one stream, line ends included
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// The text to be scored on; it is read once, after everything is fitted
    #[arg(long, value_name = "FILE")]
    pub test: PathBuf,
    /// Held-out text: its loss is shown every 100 updates, and the weights under which it was smallest are kept
    #[arg(long, value_name = "FILE")]
    valid: Option<PathBuf>,
    /// What a token is
    #[arg(long, value_enum, default_value_t = Tokens::Char)]
    level: Tokens,
    /// Words (or characters) that the training text holds less often become <unk>, so that the model learns what to
    /// expect of unknown ones [default: 2 for words, 1 for characters]
    #[arg(long, value_name = "N")]
    min_count: Option<usize>,
    /// The most tokens that --level bpe may make, the four special ones included
    #[arg(long, default_value_t = 2000, value_name = "N")]
    vocab: usize,
}

impl Texts {
    /// Whether there will be something to score: better known before training than after.
    pub fn check(&self) -> Result<()> {
        ensure!(self.test.exists(), "there is no file {}", self.test.display());
        Ok(())
    }

    /// How the training text is cut into tokens, what it is then, and the held-out text.
    pub fn read(&self) -> Result<(Codec, Corpus, Option<Corpus>)> {
        let train = read_lines(&self.train)?;
        let codec = self.level.codec(&train, self.min_count, self.vocab).with_context(|| self.cannot())?;
        let corpus = codec.corpus(&train).with_context(|| self.cannot())?;
        let valid = self.valid.as_ref().map(|path| {
            let corpus = codec.corpus(&read_lines(path)?);
            corpus.with_context(|| format!("cannot use {} as held-out text", path.display()))
        });
        Ok((codec, corpus, valid.transpose()?))
    }

    /// What stands before the reason why a training fails.
    pub fn cannot(&self) -> String {
        format!("cannot fit a model to {}", self.train.display())
    }
}
