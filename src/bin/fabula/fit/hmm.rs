//! `fabula fit hmm`.

use super::{Tokens, print, report::Report};
use anyhow::{Context, Result, ensure};
use clap::Args;
use fabula::{
    statistical::{HmmConfig, HmmModel},
    text::read_lines,
};
use std::{path::PathBuf, time::Instant};

#[derive(Args)]
pub struct HmmArgs {
    /// The text to learn from: UTF-8, one sentence a line
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// The text to be scored on; it is read once, after everything is fitted
    #[arg(long, value_name = "FILE")]
    test: PathBuf,
    /// Held-out text: of all iterations, the model under which it is most probable is kept. Without it, the last one of
    /// the start that ends with the highest likelihood
    #[arg(long, value_name = "FILE")]
    valid: Option<PathBuf>,
    /// K: the number of hidden states
    #[arg(long, default_value_t = 32, value_name = "K")]
    states: usize,
    /// At most so many iterations of Baum-Welch
    #[arg(long, default_value_t = 100, value_name = "N")]
    iterations: usize,
    /// Stops when an iteration has gained less, in nats per token
    #[arg(long, default_value_t = 1e-4, value_name = "NATS", allow_negative_numbers = true)]
    tolerance: f64,
    /// How many times to start, each time from other probabilities
    #[arg(long, default_value_t = 1, value_name = "R")]
    restarts: usize,
    /// The same seed gives the same model
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// What is added to every emission count in the end, so that no word is impossible
    #[arg(long, default_value_t = 0.1, allow_negative_numbers = true)]
    k: f64,
    /// What a token is: a word between white space, or a character
    #[arg(long, value_enum, default_value_t = Tokens::Word)]
    level: Tokens,
    /// Write the model to a folder, for `fabula generate`
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// Print the figures as one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(args: &HmmArgs) -> Result<()> {
    let config = config(args);
    config.check()?;
    ensure!(args.test.exists(), "there is no file {}", args.test.display());

    let start = Instant::now();
    let train = read_lines(&args.train)?;
    let valid = args.valid.as_deref().map(read_lines).transpose()?;
    let mut last = Instant::now();
    let model = HmmModel::fit_watched(&train, valid.as_deref(), &config, &mut |progress| {
        eprintln!("{progress}, {:.2} s", last.elapsed().as_secs_f64());
        last = Instant::now();
    })
    .with_context(|| match &args.valid {
        Some(valid) => format!("cannot fit a model to {} and {}", args.train.display(), valid.display()),
        None => format!("cannot fit a model to {}", args.train.display()),
    })?;
    let fit_seconds = start.elapsed().as_secs_f64();

    if let Some(dir) = &args.save {
        model.save(dir)?;
    }

    let report = Report::on(&args.test, |test| model.score(test), fit_seconds, model.parameters())?;
    if args.json {
        return print(&serde_json::to_string(&report)?);
    }
    let iterations = model.history().len();
    print(&format!("{model}, from {} sentences, {iterations} iterations\n\n{}", train.len(), report.table()))
}

fn config(args: &HmmArgs) -> HmmConfig {
    HmmConfig {
        states: args.states,
        iterations: args.iterations,
        tolerance: args.tolerance,
        restarts: args.restarts,
        seed: args.seed,
        k: args.k,
        level: args.level.into(),
    }
}
