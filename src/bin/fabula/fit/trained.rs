//! What is measured of every language model that is trained, and of its training.

use super::{print, report::Report};
use anyhow::Result;
use fabula::train::History;
use serde::Serialize;

#[derive(Serialize)]
pub struct Trained {
    #[serde(flatten)]
    report: Report,
    train_tokens_per_second: f64,
    /// Updates of the weights.
    steps: usize,
}

impl Trained {
    pub fn new(report: Report, history: &History) -> Trained {
        Trained { report, train_tokens_per_second: history.tokens_per_second(), steps: history.steps() }
    }

    /// As JSON, or as a table below the name of the model.
    pub fn print(&self, model: &str, json: bool) -> Result<()> {
        print(&if json { serde_json::to_string(self)? } else { format!("{model}\n\n{}", self.table()) })
    }

    fn table(&self) -> String {
        let row = |name: &str, value: String| format!("  {name:<22}{value:>12}");
        let speed = row("training tokens/s", format!("{:.0}", self.train_tokens_per_second));
        [self.report.table(), row("updates", self.steps.to_string()), speed].join("\n")
    }
}
