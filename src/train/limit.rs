//! When a training ends.

use super::schedule::Schedule;
use crate::{Error, Result};

/// How long to train.
#[derive(Clone, Debug, PartialEq)]
pub enum Limit {
    Steps(usize),
    /// Of training alone: looks at held-out text do not count.
    Seconds(f64),
    /// So many times over so many batches.
    Epochs {
        epochs: usize,
        batches: usize,
    },
}

impl Limit {
    /// How much of the way is done: 1 at the end.
    pub(super) fn part(&self, step: usize, seconds: f64) -> f64 {
        match *self {
            Limit::Steps(steps) => step as f64 / steps as f64,
            Limit::Seconds(limit) => seconds / limit,
            Limit::Epochs { epochs, batches } => step as f64 / (epochs * batches) as f64,
        }
    }

    pub(super) fn rate(&self, schedule: &Schedule, step: usize, seconds: f64) -> f64 {
        match self {
            Limit::Seconds(_) => schedule.at_part(step, self.part(step, seconds)),
            _ => schedule.at(step),
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let (found, expected) = match *self {
            Limit::Steps(0) => ("0 steps".to_owned(), "at least 1"),
            Limit::Seconds(seconds) if !(seconds > 0.0 && seconds.is_finite()) => {
                (format!("{seconds} seconds"), "a positive number")
            }
            Limit::Epochs { epochs, batches } if epochs == 0 || batches == 0 => {
                (format!("{epochs} epochs of {batches} batches"), "at least 1 of each")
            }
            _ => return Ok(()),
        };
        Err(Error::Config { name: "the length of the training", found, expected: expected.into() })
    }
}
