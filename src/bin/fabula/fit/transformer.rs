//! `fabula fit transformer` and `fabula fit masked`.

use super::{effort::Effort, report::Report, texts::Texts, trained::Trained};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use fabula::{
    metrics::Score,
    models::{LmTraining, MaskedLm, TransformerLm},
    nn::{Module, NormOrder, PositionKind, TransformerConfig, parameter_count},
    text::{Codec, Corpus},
    train::{History, Limit},
};
use std::{fmt::Display, path::Path, time::Instant};

#[derive(Args)]
pub struct TransformerArgs {
    #[command(flatten)]
    texts: Texts,
    #[command(flatten)]
    sizes: Sizes,
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

/// What both kinds of models can do with a text.
trait TextModel: Module + Display + Sized {
    /// How many windows or lines an update reads if nobody says.
    const BATCH: usize;

    fn make(config: TransformerConfig, codec: &Codec) -> fabula::Result<Self>;

    fn epoch(corpus: &Corpus, training: &LmTraining) -> fabula::Result<Limit>;

    fn fit(&self, train: &Corpus, valid: Option<&Corpus>, training: &LmTraining) -> fabula::Result<History>;

    fn score(&self, corpus: &Corpus, steps: usize) -> fabula::Result<Score>;

    fn save(&self, dir: &Path, codec: &Codec) -> fabula::Result<()>;
}

/// A model's own functions, under the names of the trait.
macro_rules! text_model {
    ($model:ty, batch: $batch:literal, epoch: $epoch:expr) => {
        impl TextModel for $model {
            const BATCH: usize = $batch;

            fn make(config: TransformerConfig, codec: &Codec) -> fabula::Result<Self> {
                Self::new(config, codec.vocab().clone())
            }

            fn epoch(corpus: &Corpus, training: &LmTraining) -> fabula::Result<Limit> {
                $epoch(corpus, training)
            }

            fn fit(&self, train: &Corpus, valid: Option<&Corpus>, training: &LmTraining) -> fabula::Result<History> {
                self.fit(train, valid, training)
            }

            fn score(&self, corpus: &Corpus, steps: usize) -> fabula::Result<Score> {
                self.score(corpus, steps)
            }

            fn save(&self, dir: &Path, codec: &Codec) -> fabula::Result<()> {
                self.save(dir, codec)
            }
        }
    };
}

text_model!(TransformerLm, batch: 12, epoch: |corpus: &Corpus, training: &LmTraining| training.epochs(1, corpus));
text_model!(MaskedLm, batch: 32, epoch: |corpus: &Corpus, training: &LmTraining| {
    let pieces = corpus.sentences().map(|line| line.len().div_ceil(training.steps.max(1))).sum::<usize>();
    Ok(Limit::Epochs { epochs: 1, batches: pieces.div_ceil(training.batch.max(1)) })
});

impl TransformerArgs {
    /// Each token is predicted from those before it.
    pub fn run(&self) -> Result<()> {
        self.fit::<TransformerLm>()
    }

    /// Each token is predicted from all others.
    pub fn run_masked(&self) -> Result<()> {
        self.fit::<MaskedLm>()
    }

    fn fit<M: TextModel>(&self) -> Result<()> {
        self.texts.check()?;
        self.effort.prepare(self.lr)?;
        let start = Instant::now();
        let (codec, corpus, valid) = self.texts.read()?;
        let model = M::make(self.sizes.config(self.steps, self.effort.seed), &codec)?;
        eprintln!("{model}; {corpus:?}");
        let cannot = || self.texts.cannot();
        let training = self.training::<M>(&corpus).with_context(cannot)?;
        let history = model.fit(&corpus, valid.as_ref(), &training).with_context(cannot)?;
        let fit_seconds = start.elapsed().as_secs_f64();
        if let Some(dir) = &self.effort.save {
            model.save(dir, &codec)?;
        }
        let score = |lines: &[String]| codec.corpus(lines).and_then(|corpus| model.score(&corpus, self.steps));
        let report = Report::on(&self.texts.test, score, fit_seconds, parameter_count(&model.parameters()))?;
        Trained::new(report, &history).print(&model.to_string(), self.effort.json)
    }

    fn training<M: TextModel>(&self, corpus: &Corpus) -> fabula::Result<LmTraining> {
        let &TransformerArgs { steps, lr: learning_rate, decay: weight_decay, .. } = self;
        let batch = self.batch.unwrap_or(M::BATCH);
        let mut training = LmTraining { batch, steps, learning_rate, weight_decay, ..LmTraining::default() };
        training.limit = self.effort.limit(|epochs| match M::epoch(corpus, &training)? {
            Limit::Epochs { batches, .. } => Ok(Limit::Epochs { epochs, batches }),
            other => Ok(other),
        })?;
        Ok(training)
    }
}
