//! What every network is told about its training.

use crate::threads::compute_with;
use anyhow::{Context, Result};
use clap::Args;
use fabula::train::{Limit, Schedule};
use std::{fs, path::PathBuf};

/// How long and how a network is trained, and what becomes of it.
#[derive(Args)]
pub struct Effort {
    /// Train for so long; reading, looking at held-out text and scoring do not count
    #[arg(long, value_name = "SECONDS", conflicts_with = "epochs", allow_negative_numbers = true)]
    seconds: Option<f64>,
    /// Train so many times over everything: with the same seed, the model is then the same to the byte
    #[arg(long, default_value_t = 10, value_name = "N")]
    epochs: usize,
    /// The same seed gives the same model
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// How many threads compute [default: one for each core]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Write the model to a folder, for `fabula generate` or `fabula translate`
    #[arg(long, value_name = "DIR")]
    pub save: Option<PathBuf>,
    /// Print the figures as one JSON object
    #[arg(long)]
    pub json: bool,
}

impl Effort {
    /// Sets up the threads and makes the folder, and refuses an impossible rate: better before training than after.
    pub fn prepare(&self, learning_rate: f64) -> Result<()> {
        if let Some(threads) = self.threads {
            compute_with(threads)?;
        }
        Schedule::Constant(learning_rate).check()?;
        if let Some(dir) = &self.save {
            fs::create_dir_all(dir).with_context(|| format!("cannot make the folder {}", dir.display()))?;
        }
        Ok(())
    }

    /// The limit in seconds, or what `epochs` makes of so many passes.
    pub fn limit(&self, epochs: impl FnOnce(usize) -> fabula::Result<Limit>) -> fabula::Result<Limit> {
        self.seconds.map_or_else(|| epochs(self.epochs), |seconds| Ok(Limit::Seconds(seconds)))
    }
}
