//! `fabula fit transformer` and `fabula fit masked`.

use super::{effort::Effort, texts::Texts};
use anyhow::Result;
use clap::{Args, ValueEnum};
use fabula::{
    models::{LmTraining, MaskedLm, TransformerLm},
    nn::{NormOrder, PositionKind, TransformerConfig},
    train::Limit,
};

#[derive(Args)]
pub struct TransformerArgs {
    #[command(flatten)]
    texts: Texts,
    /// D: the numbers of each step
    #[arg(long, default_value_t = 128, value_name = "D")]
    width: usize,
    /// Into how many heads they are cut
    #[arg(long, default_value_t = 4, value_name = "N")]
    heads: usize,
    /// How many layers, one upon the other
    #[arg(long, default_value_t = 4, value_name = "N")]
    layers: usize,
    /// How it learns where a token stands
    #[arg(long, value_enum, default_value_t = Positions::Learned)]
    positions: Positions,
    /// Normalise what each part leaves, as the first Transformer did, and not what it reads
    #[arg(long)]
    post_norm: bool,
    /// The probability of dropout on what is read, on weights, on inner numbers and on what each part adds
    #[arg(long, default_value_t = 0.1, value_name = "P", allow_negative_numbers = true)]
    dropout: f64,
    /// B: how many windows of the text an update reads, or how many lines [default: 12 windows, 32 lines]
    #[arg(long, value_name = "B")]
    batch: Option<usize>,
    /// T: the context; what is read and scored are windows, or pieces of lines, of so many tokens that know nothing of each
    /// other
    #[arg(long, default_value_t = 64, value_name = "T")]
    steps: usize,
    /// The highest learning rate: it rises over the first 100 updates and falls along a cosine to a tenth
    #[arg(long, default_value_t = 0.001, value_name = "RATE", allow_negative_numbers = true)]
    lr: f64,
    /// How much of themselves matrices lose at each update, times the learning rate
    #[arg(long, default_value_t = 0.1, value_name = "LAMBDA", allow_negative_numbers = true)]
    decay: f64,
    #[command(flatten)]
    effort: Effort,
}

#[derive(Clone, Copy, ValueEnum)]
enum Positions {
    /// It does not
    None,
    /// A vector for each place of the context, learned
    Learned,
    /// A vector of sines and cosines
    Sinusoidal,
    /// Queries and keys turned by an angle
    Rotary,
}

impl TransformerArgs {
    /// Each token is predicted from those before it.
    pub fn run(&self) -> Result<()> {
        self.texts.fit(
            &self.effort,
            self.lr,
            |vocab| TransformerLm::new(self.config(), vocab),
            |model, train, valid| {
                let mut training = self.training(12);
                training.limit = self.effort.limit(|epochs| training.epochs(epochs, train))?;
                model.fit(train, valid, &training)
            },
            TransformerLm::save,
            |model, test| model.score(test, self.steps),
        )
    }

    /// Each token is predicted from all others.
    pub fn run_masked(&self) -> Result<()> {
        self.texts.fit(
            &self.effort,
            self.lr,
            |vocab| MaskedLm::new(self.config(), vocab),
            |model, train, valid| {
                let mut training = self.training(32);
                let pieces: usize = train.sentences().map(|line| line.len().div_ceil(self.steps)).sum();
                let batches = pieces.div_ceil(training.batch.max(1));
                training.limit = self.effort.limit(|epochs| Ok(Limit::Epochs { epochs, batches }))?;
                model.fit(train, valid, &training)
            },
            MaskedLm::save,
            |model, test| model.score(test, self.steps),
        )
    }

    fn config(&self) -> TransformerConfig {
        let &TransformerArgs { width, heads, layers, dropout, steps: context, effort: Effort { seed, .. }, .. } = self;
        let positions = match self.positions {
            Positions::None => PositionKind::None,
            Positions::Learned => PositionKind::Learned,
            Positions::Sinusoidal => PositionKind::Sinusoidal,
            Positions::Rotary => PositionKind::Rotary,
        };
        let order = if self.post_norm { NormOrder::Post } else { NormOrder::Pre };
        TransformerConfig { width, heads, layers, context, positions, order, dropout, seed, ..Default::default() }
    }

    fn training(&self, batch: usize) -> LmTraining {
        let &TransformerArgs { steps, lr: learning_rate, decay: weight_decay, .. } = self;
        let batch = self.batch.unwrap_or(batch);
        LmTraining { batch, steps, learning_rate, weight_decay, ..LmTraining::default() }
    }
}
