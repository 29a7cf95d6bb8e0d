//! `fabula fit ngram`.

use super::{Tokens, print, report::Report};
use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use fabula::{
    statistical::{NgramConfig, NgramModel, Smoothing},
    text::read_lines,
};
use std::{path::PathBuf, time::Instant};

#[derive(Args)]
pub struct NgramArgs {
    /// The text to learn from: UTF-8, one sentence a line
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// The text to be scored on; it is read once, after everything is fitted
    #[arg(long, value_name = "FILE")]
    test: PathBuf,
    /// Held-out text for fitting weights (interpolated smoothing only). Without it, every tenth line of the training
    /// text is held out; once the weights are fitted, those lines are counted too
    #[arg(long, value_name = "FILE")]
    valid: Option<PathBuf>,
    /// N: the length of the longest n-grams, 1 to 16
    #[arg(long, default_value_t = 3, value_name = "N")]
    order: usize,
    /// How probability is moved from what was seen to what was not
    #[arg(long, value_enum, default_value_t = Method::KneserNey)]
    smoothing: Method,
    /// What add-k smoothing adds to every count
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true)]
    k: f64,
    /// What a token is: a word between white space, or a character
    #[arg(long, value_enum, default_value_t = Tokens::Word)]
    level: Tokens,
    /// Write the model as an ARPA file, which other programs read too
    #[arg(long, value_name = "FILE")]
    arpa: Option<PathBuf>,
    /// Write the model to a folder, for `fabula generate`
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// Print the figures as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Method {
    /// Relative frequencies; what was not seen is impossible
    Mle,
    /// K more of everything
    AddK,
    /// Jelinek-Mercer: orders are mixed, with weights fitted by EM
    Interpolated,
    /// Absolute discounting: one discount for each order
    Absolute,
    /// Interpolated modified Kneser-Ney, as KenLM's lmplz
    KneserNey,
}

pub fn run(args: &NgramArgs) -> Result<()> {
    let config = config(args);
    config.check()?;
    ensure!(args.test.exists(), "there is no file {}", args.test.display());

    let start = Instant::now();
    let train = read_lines(&args.train)?;
    let model = match &args.valid {
        Some(path) => NgramModel::fit_with_valid(&train, &read_lines(path)?, &config)
            .with_context(|| format!("cannot fit a model to {} and {}", args.train.display(), path.display())),
        None => {
            NgramModel::fit(&train, &config).with_context(|| format!("cannot fit a model to {}", args.train.display()))
        }
    }?;
    let sentences = train.len();
    drop(train);
    let fit_seconds = start.elapsed().as_secs_f64();

    if let Some(path) = &args.arpa {
        model.write_arpa(path)?;
    }
    if let Some(dir) = &args.save {
        model.save(dir)?;
    }

    let report = Report::on(&args.test, |test| model.score(test), fit_seconds, model.parameters())?;
    if args.json {
        model.fitting().notes.iter().for_each(|note| eprintln!("note: {note}"));
        print(&serde_json::to_string(&report)?)
    } else {
        let parts = [format!("{model}, from {sentences} sentences"), model.fitting().to_string(), report.table()];
        print(&parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n"))
    }
}

fn config(args: &NgramArgs) -> NgramConfig {
    let smoothing = match args.smoothing {
        Method::Mle => Smoothing::Mle,
        Method::AddK => Smoothing::AddK { k: args.k },
        Method::Interpolated => Smoothing::Interpolated,
        Method::Absolute => Smoothing::Absolute,
        Method::KneserNey => Smoothing::KneserNey,
    };
    NgramConfig { order: args.order, smoothing, level: args.level.into() }
}
