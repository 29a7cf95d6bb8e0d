//! What is measured of each.

use super::contender::Contender;
use crate::saved::Saved;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// How many tokens are written to see how long one takes.
const WRITTEN: usize = 200;

#[derive(Serialize)]
pub struct Entry {
    pub model: &'static str,
    #[serde(flatten)]
    pub report: Report,
    pub microseconds_per_token: f64,
}

/// What `fabula fit --json` prints of every model, and of networks beside.
#[derive(Serialize, Deserialize)]
pub struct Report {
    pub nats_per_token: f64,
    perplexity: f64,
    bits_per_character: f64,
    parameters: usize,
    pub fit_seconds: f64,
    train_tokens_per_second: Option<f64>,
    peak_memory_mib: Option<f64>,
}

/// Fits a model in a process of its own, whose memory is then its own, too.
pub fn of(contender: Contender, arguments: &[String], texts: [(&str, &PathBuf); 3], save: &Path) -> Result<Entry> {
    let mut command = Command::new(env::current_exe().context("cannot find this program")?);
    command.args(["fit", contender.name(), "--json", "--save"]).arg(save).args(arguments);
    for (name, path) in texts {
        command.arg(name).arg(path);
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("see above");
    }
    let report = serde_json::from_slice(&output.stdout).context("cannot read its figures")?;
    let microseconds_per_token = 1e6 * Saved::load(save)?.seconds_per_token(WRITTEN);
    Ok(Entry { model: contender.name(), report, microseconds_per_token })
}

impl Entry {
    pub fn table(entries: &[Entry]) -> String {
        let head =
            "              nats/token  perplexity  bits/char  parameters  fit, s  tokens/s    MiB  µs/token written";
        let or_none = |number: Option<f64>| number.map_or("–".into(), |number| format!("{number:.0}"));
        let row = |e: &Entry| {
            format!(
                "{:12} {:11.4} {:11.3} {:10.3} {:11} {:7.1} {:>9} {:>6} {:17.1}",
                e.model,
                e.report.nats_per_token,
                e.report.perplexity,
                e.report.bits_per_character,
                e.report.parameters,
                e.report.fit_seconds,
                or_none(e.report.train_tokens_per_second),
                or_none(e.report.peak_memory_mib),
                e.microseconds_per_token,
            )
        };
        [head.to_string()].into_iter().chain(entries.iter().map(row)).collect::<Vec<_>>().join("\n")
    }
}
