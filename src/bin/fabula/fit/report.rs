//! What is measured of a fitted model, as a table and as JSON.

use anyhow::{Context, Result};
use fabula::{course::linux_mib, metrics::Score, text::read_lines};
use serde::Serialize;
use std::{path::Path, time::Instant};

/// What is measured. An infinite number is null in JSON.
#[derive(Serialize)]
pub struct Report {
    /// Predicted tokens of the test text, `</s>` and unknown words included.
    tokens: usize,
    oov: usize,
    zero_probability_tokens: usize,
    perplexity: f64,
    perplexity_without_oov: f64,
    nats_per_token: f64,
    bits_per_character: f64,
    /// From opening the training text to the finished model.
    fit_seconds: f64,
    /// From opening the test text to its score.
    score_seconds: f64,
    /// The most memory that the process ever held; null where the system does not say (it does on Linux).
    peak_memory_mib: Option<f64>,
    /// Numbers that the model keeps: n-grams, or probabilities.
    parameters: usize,
}

impl Report {
    /// Reads the test text, has it scored, and measures how long that takes.
    pub fn on(
        test: &Path,
        score: impl FnOnce(&[String]) -> fabula::Result<Score>,
        fit_seconds: f64,
        parameters: usize,
    ) -> Result<Report> {
        let start = Instant::now();
        let score = score(&read_lines(test)?).with_context(|| format!("cannot score {}", test.display()))?;
        Ok(Report::new(&score, fit_seconds, start.elapsed().as_secs_f64(), parameters))
    }

    fn new(score: &Score, fit_seconds: f64, score_seconds: f64, parameters: usize) -> Report {
        Report {
            tokens: score.tokens,
            oov: score.oov,
            zero_probability_tokens: score.zero_probability_tokens,
            perplexity: score.perplexity(),
            perplexity_without_oov: score.perplexity_without_oov(),
            nats_per_token: score.nats_per_token(),
            bits_per_character: score.bits_per_character(),
            fit_seconds,
            score_seconds,
            // "High water mark".
            peak_memory_mib: linux_mib("/proc/self/status", "VmHWM:"),
            parameters,
        }
    }

    pub fn table(&self) -> String {
        let mut rows = vec![
            ("test tokens", self.tokens.to_string()),
            ("  out of vocabulary", self.oov.to_string()),
            ("  of probability 0", self.zero_probability_tokens.to_string()),
            ("perplexity", format!("{:.4}", self.perplexity)),
            ("  without OOV", format!("{:.4}", self.perplexity_without_oov)),
            ("nats per token", format!("{:.4}", self.nats_per_token)),
            ("bits per character", format!("{:.4}", self.bits_per_character)),
            ("seconds to fit", format!("{:.2}", self.fit_seconds)),
            ("seconds to score", format!("{:.2}", self.score_seconds)),
        ];
        rows.extend(self.peak_memory_mib.map(|mib| ("peak memory in MiB", format!("{mib:.0}"))));
        let lines: Vec<String> = rows.iter().map(|(name, value)| format!("  {name:<22}{value:>12}")).collect();
        lines.join("\n")
    }
}
