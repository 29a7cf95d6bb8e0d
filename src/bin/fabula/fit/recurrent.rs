//! `fabula fit rnn`, `fabula fit lstm` and `fabula fit gru`.

use super::{effort::Effort, texts::Texts, tokens::Where};
use anyhow::Result;
use clap::Args;
use fabula::{
    models::{LmTraining, RecurrentLm, RecurrentLmConfig},
    nn::RecurrentKind,
    text::Corpus,
};

#[derive(Args)]
pub struct RecurrentArgs {
    #[command(flatten)]
    texts: Texts,
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

impl GruArgs {
    pub fn run(&self) -> Result<()> {
        self.common.run(RecurrentKind::Gru(self.reset.into()))
    }
}

impl RecurrentArgs {
    pub fn run(&self, kind: RecurrentKind) -> Result<()> {
        self.texts.fit(
            &self.effort,
            self.learning_rate(kind),
            |vocab| RecurrentLm::new(self.config(kind), vocab),
            |model, train, valid| model.fit(train, valid, &self.training(kind, train)?),
            RecurrentLm::save,
            RecurrentLm::score,
        )
    }

    fn config(&self, kind: RecurrentKind) -> RecurrentLmConfig {
        let &RecurrentArgs { hidden, layers, dropout, tied, effort: Effort { seed, .. }, .. } = self;
        let embed = self.embed.unwrap_or(if tied { hidden } else { RecurrentLmConfig::default().embed });
        RecurrentLmConfig { kind, embed, hidden, layers, dropout, tied, seed, ..Default::default() }
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
