//! `fabula fit rnn`, `fabula fit lstm` and `fabula fit gru`.

use super::{
    effort::Effort,
    print,
    report::Report,
    tokens::{Tokens, Where},
};
use anyhow::{Context, Result, ensure};
use clap::Args;
use fabula::{
    models::{LmTraining, RecurrentLm, RecurrentLmConfig},
    nn::{Module, RecurrentKind, parameter_count},
    text::{Corpus, read_lines},
};
use serde::Serialize;
use std::{path::PathBuf, time::Instant};

#[derive(Args)]
pub struct RecurrentArgs {
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
    /// E: the numbers of a token's vector [default: 64; if the weights are tied, H]
    #[arg(long, value_name = "E")]
    embed: Option<usize>,
    /// H: the numbers of a state
    #[arg(long, default_value_t = 256, value_name = "H")]
    hidden: usize,
    /// How many layers, one upon the other
    #[arg(long, default_value_t = 1, value_name = "N")]
    layers: usize,
    /// Let the output multiply by the vectors of the tokens instead of weights of its own
    #[arg(long)]
    tied: bool,
    /// B: the streams into which the text is cut, to be read side by side
    #[arg(long, default_value_t = 32, value_name = "B")]
    batch: usize,
    /// T: after so many steps, backpropagation through time is cut off
    #[arg(long, default_value_t = 64, value_name = "T")]
    steps: usize,
    /// The probability of dropout on vectors, between layers and on the output
    #[arg(long, default_value_t = 0.1, value_name = "P", allow_negative_numbers = true)]
    dropout: f64,
    /// The highest learning rate: it rises over the first 100 updates and falls along a cosine to a tenth [default:
    /// 0.006; for a GRU 0.003]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    lr: Option<f64>,
    #[command(flatten)]
    effort: Effort,
}

#[derive(Args)]
pub struct GruArgs {
    #[command(flatten)]
    common: RecurrentArgs,
    /// Where the reset gate acts: after the state's product, as PyTorch has it, or before, as the first paper
    #[arg(long, value_enum, default_value_t = Where::After)]
    reset: Where,
}

/// What is measured of every model, and of its training.
#[derive(Serialize)]
struct Trained {
    #[serde(flatten)]
    report: Report,
    train_tokens_per_second: f64,
    /// Updates of the weights.
    steps: usize,
}

impl GruArgs {
    pub fn run(&self) -> Result<()> {
        self.common.run(RecurrentKind::Gru(self.reset.into()))
    }
}

impl RecurrentArgs {
    pub fn run(&self, kind: RecurrentKind) -> Result<()> {
        ensure!(self.test.exists(), "there is no file {}", self.test.display());
        self.effort.prepare(self.learning_rate(kind))?;

        let start = Instant::now();
        let train = read_lines(&self.train)?;
        let cannot = || format!("cannot fit a model to {}", self.train.display());
        let codec = self.level.codec(&train, self.min_count, self.vocab).with_context(cannot)?;
        let corpus = codec.corpus(&train).with_context(cannot)?;
        drop(train);
        let valid = self.valid.as_ref().map(|path| {
            let corpus = codec.corpus(&read_lines(path)?);
            corpus.with_context(|| format!("cannot use {} as held-out text", path.display()))
        });
        let valid = valid.transpose()?;
        let model = RecurrentLm::new(self.config(kind), codec.vocab().clone())?;
        eprintln!("{model}; {corpus:?}");
        let training = self.training(kind, &corpus).with_context(cannot)?;
        let history = model.fit(&corpus, valid.as_ref(), &training).with_context(cannot)?;
        let fit_seconds = start.elapsed().as_secs_f64();

        if let Some(dir) = &self.effort.save {
            model.save(dir, &codec)?;
        }
        let score = |lines: &[String]| codec.corpus(lines).and_then(|corpus| model.score(&corpus));
        let report = Report::on(&self.test, score, fit_seconds, parameter_count(&model.parameters()))?;
        let (train_tokens_per_second, steps) = (history.tokens_per_second(), history.steps());
        let trained = Trained { report, train_tokens_per_second, steps };
        print(&if self.effort.json {
            serde_json::to_string(&trained)?
        } else {
            format!("{model}\n\n{}", trained.table())
        })
    }

    fn config(&self, kind: RecurrentKind) -> RecurrentLmConfig {
        let &RecurrentArgs { hidden, layers, dropout, tied, effort: Effort { seed, .. }, .. } = self;
        let embed = self.embed.unwrap_or(if tied { hidden } else { RecurrentLmConfig::default().embed });
        RecurrentLmConfig { kind, embed, hidden, layers, dropout, tied, seed }
    }

    /// A GRU learns best at about half the rate of an LSTM (`fabula bench learning` trains both).
    fn learning_rate(&self, kind: RecurrentKind) -> f64 {
        self.lr.unwrap_or(match kind {
            RecurrentKind::Gru(_) => 0.003,
            RecurrentKind::Rnn | RecurrentKind::Lstm => 0.006,
        })
    }

    fn training(&self, kind: RecurrentKind, corpus: &Corpus) -> fabula::Result<LmTraining> {
        let &RecurrentArgs { batch, steps, .. } = self;
        let learning_rate = self.learning_rate(kind);
        let mut training = LmTraining { batch, steps, learning_rate, ..LmTraining::default() };
        training.limit = self.effort.limit(|epochs| training.epochs(epochs, corpus))?;
        Ok(training)
    }
}

impl Trained {
    fn table(&self) -> String {
        let row = |name: &str, value: String| format!("  {name:<22}{value:>12}");
        let speed = row("training tokens/s", format!("{:.0}", self.train_tokens_per_second));
        [self.report.table(), row("updates", self.steps.to_string()), speed].join("\n")
    }
}
