//! `fabula compare`: every kind of language model on the reader's own text, each for as long.

mod contender;
mod entry;
mod picture;

use crate::fit::print;
use anyhow::{Context, Result, ensure};
use clap::Args;
use contender::Contender;
use entry::Entry;
use fabula::text::{Codec, Level, read_lines};
use std::{fs, path::PathBuf};

/// One line in so many of the training text is held out: it decides which weights of a training are kept.
const HELD_OUT: usize = 10;

#[derive(Args)]
pub struct CompareArgs {
    /// The text to learn from: UTF-8, read character by character, so that all models have the same tokens. Every tenth
    /// line is held out, and decides which weights of a training are kept
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// The text to be scored on; it is read once for each model, after everything is fitted
    #[arg(long, value_name = "FILE")]
    test: PathBuf,
    /// How long each network is trained. What is counted takes as long as it takes
    #[arg(long, default_value_t = 60.0, value_name = "SECONDS", allow_negative_numbers = true)]
    seconds: f64,
    /// How many numbers each network may learn
    #[arg(long, default_value_t = 300_000, value_name = "N")]
    parameters: usize,
    /// The same seed begins with the same weights
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Where to draw quality against cost
    #[arg(long, default_value = "comparison.svg", value_name = "FILE")]
    picture: PathBuf,
    /// Print all figures as one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(args: &CompareArgs) -> Result<()> {
    ensure!(args.seconds > 0.0, "--seconds {}: expected a positive number", args.seconds);
    ensure!(args.test.exists(), "there is no file {}", args.test.display());
    let lines = read_lines(&args.train)?;
    ensure!(lines.len() >= HELD_OUT, "{}: expected at least {HELD_OUT} lines", args.train.display());
    let every_tenth = |held_out: bool| {
        let kept = lines.iter().enumerate().filter(move |(i, _)| (i % HELD_OUT == 0) == held_out);
        kept.map(|(_, line)| line.clone()).collect::<Vec<String>>()
    };
    let (learned, held_out) = (every_tenth(false), every_tenth(true));
    let text = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let folder = tempfile::tempdir().context("cannot make a folder for what comes in between")?;
    let [train, valid] = ["train.txt", "valid.txt"].map(|name| folder.path().join(name));
    fs::write(&train, text(&learned))?;
    fs::write(&valid, text(&held_out))?;
    let tokens = Codec::build(&learned, Level::Char, 1)?.vocab().len();

    let mut entries = Vec::new();
    for contender in Contender::ALL {
        let saved = folder.path().join(contender.name());
        let texts = [("--train", &train), ("--test", &args.test), ("--valid", &valid)];
        eprintln!("{}", contender.name());
        match entry::of(
            contender,
            &contender.arguments(args.seconds, args.parameters, tokens, args.seed)?,
            texts,
            &saved,
        ) {
            Ok(entry) => entries.push(entry),
            Err(error) => eprintln!("{} is left out: {error:#}", contender.name()),
        }
    }
    ensure!(!entries.is_empty(), "no model could be fitted to {}", args.train.display());
    entries.sort_by(|a, b| a.report.nats_per_token.total_cmp(&b.report.nats_per_token));
    picture::of(&entries).save(&args.picture)?;
    if args.json {
        return print(&serde_json::to_string(&entries)?);
    }
    print(&format!("{}\n\nquality against cost: {}", Entry::table(&entries), args.picture.display()))
}
