//! What happened while a model learned.

use crate::plot::Chart;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One look at a training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// How many steps were taken.
    pub step: usize,
    /// Spent in training, without the evaluations.
    pub seconds: f64,
    /// The mean training loss since the record before, in nats per token.
    pub loss: f64,
    /// The held-out loss, in nats per token, if it was asked for.
    pub held_out: Option<f64>,
    pub learning_rate: f64,
    /// ‖g‖ of the last step, before clipping.
    pub gradient_norm: f64,
    pub tokens_per_second: f64,
}

/// All records of a training, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    pub records: Vec<Record>,
    /// Whether the held-out loss had stopped falling before the limit was reached.
    pub stopped_early: bool,
}

impl History {
    /// The smallest held-out loss, and the step where it was.
    pub fn best(&self) -> Option<(usize, f64)> {
        let held_out = self.records.iter().filter_map(|record| Some((record.step, record.held_out?)));
        held_out.min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// How many steps were taken.
    pub fn steps(&self) -> usize {
        self.records.last().map_or(0, |record| record.step)
    }

    /// The mean speed of the whole training.
    pub fn tokens_per_second(&self) -> f64 {
        let (mut tokens, mut before) = (0.0, 0.0);
        for record in &self.records {
            tokens += record.tokens_per_second * (record.seconds - before);
            before = record.seconds;
        }
        tokens / before.max(1e-9)
    }

    /// The numbers of one kind at all records, for a picture of one's own: `history.column(|r| r.gradient_norm)`.
    pub fn column(&self, of: fn(&Record) -> f64) -> Vec<f64> {
        self.records.iter().map(of).collect()
    }

    /// The training and the held-out loss against the steps. The words are the caller's.
    pub fn chart(&self, title: &str, step: &str, loss: &str, [training, held_out]: [&str; 2]) -> Chart {
        let steps = self.column(|record| record.step as f64);
        let chart = Chart::new(title, step, loss).curve(training, &steps, &self.column(|record| record.loss));
        match self.best() {
            Some(_) => chart.line(held_out, &steps, &self.column(|record| record.held_out.unwrap_or(f64::NAN))),
            None => chart,
        }
    }

    /// As [`History::chart`], in English.
    pub fn picture(&self) -> Chart {
        self.chart("Learning", "steps", "nats per token", ["training", "held out"])
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "step {:6}: loss {:.4}", self.step, self.loss)?;
        if let Some(held_out) = self.held_out {
            write!(f, ", held out {held_out:.4}")?;
        }
        let Record { learning_rate, gradient_norm, tokens_per_second, .. } = self;
        write!(f, ", rate {learning_rate:.2e}, gradient {gradient_norm:.3}, {tokens_per_second:.0} tokens/s")
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for record in &self.records {
            writeln!(f, "{record}")?;
        }
        if let Some((step, loss)) = self.best() {
            write!(f, "best held-out loss {loss:.4} nats per token at step {step}")?;
        }
        if self.stopped_early { write!(f, ", stopped early") } else { Ok(()) }
    }
}
