//! The texts that a language model learns from and is scored on.

use super::{effort::Effort, report::Report, tokens::Tokens, trained::Trained};
use anyhow::{Context, Result, ensure};
use clap::Args;
use fabula::{
    metrics::Score,
    nn::{Module, parameter_count},
    text::{Codec, Corpus, Vocab, read_lines},
    train::History,
};
use std::{
    fmt::Display,
    path::{Path, PathBuf},
    time::Instant,
};

#[derive(Args)]
pub struct Texts {
    /// The text to learn from: UTF-8. It is read as one stream, line ends included
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// The text to be scored on; it is read once, after everything is fitted
    #[arg(long, value_name = "FILE")]
    test: PathBuf,
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
    /// Makes a model, trains it, saves it if that is asked for, scores it, and prints what was measured.
    pub fn fit<M: Module + Display>(
        &self,
        effort: &Effort,
        learning_rate: f64,
        make: impl FnOnce(Vocab) -> fabula::Result<M>,
        train: impl FnOnce(&M, &Corpus, Option<&Corpus>) -> fabula::Result<History>,
        save: impl FnOnce(&M, &Path, &Codec) -> fabula::Result<()>,
        score: impl Fn(&M, &Corpus) -> fabula::Result<Score>,
    ) -> Result<()> {
        // Whether there will be something to score is better known before training than after.
        ensure!(self.test.exists(), "there is no file {}", self.test.display());
        effort.prepare(learning_rate)?;
        let start = Instant::now();
        let (codec, corpus, valid) = self.read()?;
        let model = make(codec.vocab().clone())?;
        eprintln!("{model}; {corpus:?}");
        let history = train(&model, &corpus, valid.as_ref()).with_context(|| self.cannot())?;
        let fit_seconds = start.elapsed().as_secs_f64();
        if let Some(dir) = &effort.save {
            save(&model, dir, &codec)?;
        }
        let score = |lines: &[String]| codec.corpus(lines).and_then(|corpus| score(&model, &corpus));
        let report = Report::on(&self.test, score, fit_seconds, parameter_count(&model.parameters()))?;
        Trained::new(report, &history).print(&model.to_string(), effort.json)
    }

    /// How the training text is cut into tokens, what it is then, and the held-out text.
    fn read(&self) -> Result<(Codec, Corpus, Option<Corpus>)> {
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
    fn cannot(&self) -> String {
        format!("cannot fit a model to {}", self.train.display())
    }
}
