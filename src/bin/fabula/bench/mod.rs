//! `fabula bench`: the course on this machine, beside its peers, in one run.

mod asked;
mod hmm;
mod kernel;
mod learning;
mod ngram;
mod recurrent;
mod seq2seq;
mod tokenizers;
mod transformer;

use anyhow::Result;
use clap::{Args, Subcommand};
use fabula::text::Vocab;

#[derive(Args)]
pub struct BenchArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The kernel beside a stock evcxr: chapter 01 in both (about 5 minutes)
    Kernel,
    /// Fitting and scoring n-grams on a million words
    Ngram,
    /// A step of Baum-Welch beside hmmlearn (the first time, this installs it into an environment of its own)
    Hmm,
    /// Training steps of recurrent language models beside PyTorch (the first time, this installs it: 2.5 GB)
    Recurrent(recurrent::RecurrentArgs),
    /// What a minute of training is worth, beside PyTorch: LSTM and GRU on characters (about 5 minutes)
    Learning(learning::LearningArgs),
    /// Training, greedy search and beams of a translating GRU with attention, beside PyTorch
    Seq2seq(seq2seq::Seq2SeqArgs),
    /// Training and generating of a small GPT beside PyTorch, and what 2,000 updates are worth (about 4 minutes)
    Transformer(transformer::TransformerArgs),
    /// Encoding through the course's tokenizers and through the crate under them
    Tokenizers,
}

pub fn run(args: BenchArgs) -> Result<()> {
    match args.what {
        What::Kernel => kernel::run(),
        What::Ngram => ngram::run(),
        What::Hmm => hmm::run(),
        What::Recurrent(args) => recurrent::run(&args),
        What::Learning(args) => learning::run(&args),
        What::Seq2seq(args) => seq2seq::run(&args),
        What::Transformer(args) => transformer::run(&args),
        What::Tokenizers => tokenizers::run(),
    }
}

/// A vocabulary of so many tokens, whose names do not matter.
fn vocab(size: usize) -> Vocab {
    let mut vocab = Vocab::new();
    while vocab.len() < size {
        vocab.add(&format!("token {}", vocab.len()));
    }
    vocab
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]),
    }
}

/// A figure, the goal beside it, and whether it is met.
fn report(what: &str, figure: String, goal: &str, met: bool) {
    println!("{} {what:58} {figure:>12}   goal: {goal}", if met { "✓" } else { "✗" });
}
