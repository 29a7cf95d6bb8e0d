//! `fabula fit seq2seq`.

use super::{effort::Effort, print, tokens::Tokens};
use crate::pair_model::PairModel;
use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use fabula::{
    course::linux_mib,
    decode::Limits,
    metrics::{Bleu, Chrf, exact_match, token_accuracy},
    models::{Attention, EncoderDecoder, Seq2Seq, Seq2SeqConfig, Seq2SeqTraining},
    nn::{Direction, PositionKind, RecurrentKind, Reset, TransformerConfig, parameter_count},
    text::{
        Bitext, ParallelCorpus, read_pairs,
        sources::{Pair, hold_out, sides},
    },
};
use serde::Serialize;
use std::{path::PathBuf, time::Instant};

/// Of so many pairs one is held out where there is no file to test on, and at most so many are.
const ONE_OF: usize = 20;
const MOST_HELD_OUT: usize = 500;
/// A translation that does not end by itself ends at so many times the longest target.
const TOO_LONG: usize = 2;

#[derive(Args)]
pub struct Seq2SeqArgs {
    /// The pairs to learn from: UTF-8, one a line, the source, a tab, and the target
    #[arg(long, value_name = "FILE")]
    pairs: PathBuf,
    /// Pairs to be tested on; without it, a twentieth of the pairs (at most 500) is held out
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    /// Held-out pairs: their loss is shown every 100 updates, and the weights under which it was smallest are kept
    #[arg(long, value_name = "FILE")]
    valid: Option<PathBuf>,
    /// What a token of a source is
    #[arg(long, value_enum, default_value_t = Tokens::Char)]
    source_level: Tokens,
    /// What a token of a target is
    #[arg(long, value_enum, default_value_t = Tokens::Char)]
    target_level: Tokens,
    /// Tokens that stand less often in the pairs become <unk> [default: 2 for words, 1 for characters]
    #[arg(long, value_name = "N")]
    min_count: Option<usize>,
    /// The most tokens that level bpe may make, the four special ones included
    #[arg(long, default_value_t = 2000, value_name = "N")]
    vocab: usize,
    /// What reads and writes
    #[arg(long, value_enum, default_value_t = Kind::Recurrent)]
    model: Kind,
    /// Of a recurrent model
    #[arg(long, value_enum, default_value_t = Cell::Gru)]
    cell: Cell,
    /// What a recurrent decoder sees of the source, beside its last state
    #[arg(long, value_enum, default_value_t = Looks::Additive)]
    attention: Looks,
    /// Let a recurrent encoder read forwards only, not both ways
    #[arg(long)]
    forward: bool,
    /// E: the numbers of a token's vector, in a recurrent model
    #[arg(long, default_value_t = Seq2SeqConfig::default().embed, value_name = "E")]
    embed: usize,
    /// H: the numbers of a state, in a recurrent model
    #[arg(long, default_value_t = Seq2SeqConfig::default().hidden, value_name = "H")]
    hidden: usize,
    /// D: the numbers of each step, in a Transformer
    #[arg(long, default_value_t = 128, value_name = "D")]
    width: usize,
    /// Into how many heads a Transformer cuts them
    #[arg(long, default_value_t = 4, value_name = "N")]
    heads: usize,
    /// How many layers, one upon the other, on each side [default: 1; of a Transformer 2]
    #[arg(long, value_name = "N")]
    layers: Option<usize>,
    /// B: the pairs of an update
    #[arg(long, default_value_t = Seq2SeqTraining::default().batch, value_name = "B")]
    batch: usize,
    /// The probability of dropout on vectors, between layers and on the output
    #[arg(long, default_value_t = 0.0, value_name = "P", allow_negative_numbers = true)]
    dropout: f64,
    /// The highest learning rate: it rises over the first 100 updates and falls along a cosine to a tenth [default: 0.004;
    /// of a Transformer 0.001]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    lr: Option<f64>,
    #[command(flatten)]
    effort: Effort,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Kind {
    /// States carried from step to step, and attention on them (chapters 08 and 09)
    Recurrent,
    /// Attention alone, to the text itself and to the other (chapter 12)
    Transformer,
}

#[derive(Clone, Copy, ValueEnum)]
enum Cell {
    Rnn,
    Lstm,
    Gru,
}

#[derive(Clone, Copy, ValueEnum)]
enum Looks {
    /// Nothing: all of the source has to fit into one vector
    None,
    /// Bahdanau's: a small network scores each place before each step
    Additive,
    /// Luong's: the dot product of states, behind each step
    Dot,
}

/// What is measured, on pairs that the model has not seen, translated by greedy search.
#[derive(Serialize)]
struct Report {
    train_pairs: usize,
    test_pairs: usize,
    exact_match: f64,
    token_accuracy: f64,
    bleu: f64,
    chrf: f64,
    nats_per_token: f64,
    perplexity: f64,
    fit_seconds: f64,
    score_seconds: f64,
    peak_memory_mib: Option<f64>,
    parameters: usize,
    train_tokens_per_second: f64,
    steps: usize,
}

impl Seq2SeqArgs {
    pub fn run(&self) -> Result<()> {
        self.effort.prepare(self.learning_rate())?;
        let start = Instant::now();
        let (train, test) = self.read()?;
        let valid = self.valid.as_ref().map(|path| read_pairs(path)).transpose()?;
        let cannot = || format!("cannot fit a model to {}", self.pairs.display());
        let bitext = self.bitext(&train, test).with_context(cannot)?;
        let Bitext { source, target, train, held_out: test } = &bitext;
        let valid = valid.map(|pairs| bitext.corpus(&pairs)).transpose().context("cannot use the held-out pairs")?;
        let model = self.model(&bitext)?;
        eprintln!("{model}; {train:?}");
        let history = model.fit(train, valid.as_ref(), &self.training(train)?).with_context(cannot)?;
        let fit_seconds = start.elapsed().as_secs_f64();
        if let Some(dir) = &self.effort.save {
            model.save(dir, source, target)?;
        }

        let start = Instant::now();
        let longest = train.targets().map(<[u32]>::len).max().unwrap_or(1);
        let limits = Limits { max_tokens: TOO_LONG * longest, ..Limits::default() };
        let (translated, (_, expected)) = (model.answers(&bitext, test, &limits)?, sides(test));
        let cut = |lines: &[String]| lines.iter().map(|line| target.encode(line)).collect::<fabula::Result<Vec<_>>>();
        let nats_per_token = model.mean_loss(&bitext.corpus(test)?.batches(self.batch, 0)?);
        let report = Report {
            train_pairs: train.len(),
            test_pairs: test.len(),
            exact_match: exact_match(&translated, &expected)?,
            token_accuracy: token_accuracy(&cut(&translated)?, &cut(&expected)?)?,
            bleu: Bleu::default().corpus(&translated, &expected)?.score,
            chrf: Chrf::default().corpus(&translated, &expected)?.score,
            nats_per_token,
            perplexity: nats_per_token.exp(),
            fit_seconds,
            score_seconds: start.elapsed().as_secs_f64(),
            peak_memory_mib: linux_mib("/proc/self/status", "VmHWM:"),
            parameters: parameter_count(&model.parameters()),
            train_tokens_per_second: history.tokens_per_second(),
            steps: history.steps(),
        };
        print(&if self.effort.json {
            serde_json::to_string(&report)?
        } else {
            format!("{model}\n\n{}", report.table())
        })
    }

    /// The pairs to learn from, and those to be tested on.
    fn read(&self) -> Result<(Vec<Pair>, Vec<Pair>)> {
        let pairs = read_pairs(&self.pairs)?;
        if let Some(test) = &self.test {
            return Ok((pairs, read_pairs(test)?));
        }
        ensure!(
            pairs.len() > 1,
            "{} has one pair, which cannot be learned from and tested on: give others to --test",
            self.pairs.display()
        );
        let held_out = pairs.len().div_ceil(ONE_OF).min(MOST_HELD_OUT);
        Ok(hold_out(&pairs, held_out, self.effort.seed)?)
    }

    fn bitext(&self, train: &[Pair], test: Vec<Pair>) -> fabula::Result<Bitext> {
        let (sources, targets) = sides(train);
        let codec = |level: Tokens, lines: &[String]| level.codec(lines, self.min_count, self.vocab);
        Bitext::new(codec(self.source_level, &sources)?, codec(self.target_level, &targets)?, train, test)
    }

    fn model(&self, bitext: &Bitext) -> fabula::Result<PairModel> {
        let [source, target] = [&bitext.source, &bitext.target].map(|codec| codec.vocab().clone());
        Ok(match self.model {
            Kind::Recurrent => PairModel::Recurrent(Box::new(Seq2Seq::new(self.config(), source, target)?)),
            Kind::Transformer => {
                let longest = bitext.train.sources().chain(bitext.train.targets()).map(<[u32]>::len).max().unwrap_or(1);
                let model = EncoderDecoder::new(self.transformer(longest), source, target)?;
                PairModel::Transformer(Box::new(model))
            }
        })
    }

    /// Sines and cosines for the places: a text to be translated may be longer than all that were learned from.
    fn transformer(&self, context: usize) -> TransformerConfig {
        let &Seq2SeqArgs { width, heads, dropout, effort: Effort { seed, .. }, .. } = self;
        let (layers, positions) = (self.layers.unwrap_or(2), PositionKind::Sinusoidal);
        TransformerConfig { width, heads, layers, context, positions, dropout, seed, ..Default::default() }
    }

    fn learning_rate(&self) -> f64 {
        self.lr.unwrap_or(match self.model {
            Kind::Recurrent => 0.004,
            Kind::Transformer => 0.001,
        })
    }

    fn config(&self) -> Seq2SeqConfig {
        let &Seq2SeqArgs { embed, hidden, dropout, effort: Effort { seed, .. }, .. } = self;
        let layers = self.layers.unwrap_or(1);
        let kind = match self.cell {
            Cell::Rnn => RecurrentKind::Rnn,
            Cell::Lstm => RecurrentKind::Lstm,
            Cell::Gru => RecurrentKind::Gru(Reset::After),
        };
        let attention = match self.attention {
            Looks::None => Attention::None,
            Looks::Additive => Attention::Additive,
            Looks::Dot => Attention::Dot,
        };
        let direction = if self.forward { Direction::Forward } else { Direction::Both };
        Seq2SeqConfig { kind, embed, hidden, layers, direction, attention, dropout, seed }
    }

    fn training(&self, corpus: &ParallelCorpus) -> fabula::Result<Seq2SeqTraining> {
        let (batch, learning_rate) = (self.batch, self.learning_rate());
        let weight_decay = if self.model == Kind::Transformer { 0.1 } else { 0.0 };
        let mut training = Seq2SeqTraining { batch, learning_rate, weight_decay, ..Seq2SeqTraining::default() };
        training.limit = self.effort.limit(|epochs| Ok(training.epochs(epochs, corpus)))?;
        Ok(training)
    }
}

impl Report {
    fn table(&self) -> String {
        let rows = [
            ("pairs to learn from", self.train_pairs.to_string()),
            ("pairs tested", self.test_pairs.to_string()),
            ("exact match, in %", format!("{:.2}", 100.0 * self.exact_match)),
            ("tokens right, in %", format!("{:.2}", 100.0 * self.token_accuracy)),
            ("BLEU", format!("{:.2}", self.bleu)),
            ("chrF", format!("{:.2}", self.chrf)),
            ("nats per token", format!("{:.4}", self.nats_per_token)),
            ("perplexity", format!("{:.4}", self.perplexity)),
            ("seconds to fit", format!("{:.2}", self.fit_seconds)),
            ("seconds to test", format!("{:.2}", self.score_seconds)),
            ("updates", self.steps.to_string()),
            ("training tokens/s", format!("{:.0}", self.train_tokens_per_second)),
        ];
        let lines: Vec<String> = rows.iter().map(|(name, value)| format!("  {name:<22}{value:>12}")).collect();
        lines.join("\n")
    }
}
