//! `fabula fit transformer`.

use super::{effort::Effort, report::Report, texts::Texts, trained::Trained};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use fabula::{
    models::{LmTraining, TransformerLm},
    nn::{Module, NormOrder, PositionKind, TransformerConfig, parameter_count},
    text::Corpus,
};
use std::time::Instant;

#[derive(Args)]
pub struct TransformerArgs {
    #[command(flatten)]
    texts: Texts,
    #[command(flatten)]
    sizes: Sizes,
    /// B: how many windows of the text an update reads
    #[arg(long, default_value_t = 12, value_name = "B")]
    batch: usize,
    /// T: the context; what is read and scored are windows of so many tokens that know nothing of each other
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

/// The sizes and choices of a Transformer.
#[derive(Args)]
pub struct Sizes {
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

impl Sizes {
    pub fn config(&self, context: usize, seed: u64) -> TransformerConfig {
        let &Sizes { width, heads, layers, dropout, .. } = self;
        let positions = match self.positions {
            Positions::None => PositionKind::None,
            Positions::Learned => PositionKind::Learned,
            Positions::Sinusoidal => PositionKind::Sinusoidal,
            Positions::Rotary => PositionKind::Rotary,
        };
        let order = if self.post_norm { NormOrder::Post } else { NormOrder::Pre };
        TransformerConfig { width, heads, layers, context, positions, order, dropout, seed, ..Default::default() }
    }
}

impl TransformerArgs {
    pub fn run(&self) -> Result<()> {
        self.texts.check()?;
        self.effort.prepare(self.lr)?;
        let start = Instant::now();
        let (codec, corpus, valid) = self.texts.read()?;
        let config = self.sizes.config(self.steps, self.effort.seed);
        let model = TransformerLm::new(config, codec.vocab().clone())?;
        eprintln!("{model}; {corpus:?}");
        let cannot = || self.texts.cannot();
        let training = self.training(&corpus).with_context(cannot)?;
        let history = model.fit(&corpus, valid.as_ref(), &training).with_context(cannot)?;
        let fit_seconds = start.elapsed().as_secs_f64();
        if let Some(dir) = &self.effort.save {
            model.save(dir, &codec)?;
        }
        let score = |lines: &[String]| codec.corpus(lines).and_then(|corpus| model.score(&corpus, self.steps));
        let report = Report::on(&self.texts.test, score, fit_seconds, parameter_count(&model.parameters()))?;
        Trained::new(report, &history).print(&model.to_string(), self.effort.json)
    }

    fn training(&self, corpus: &Corpus) -> fabula::Result<LmTraining> {
        let &TransformerArgs { batch, steps, lr: learning_rate, decay: weight_decay, .. } = self;
        let mut training = LmTraining { batch, steps, learning_rate, weight_decay, ..LmTraining::default() };
        training.limit = self.effort.limit(|epochs| training.epochs(epochs, corpus))?;
        Ok(training)
    }
}
