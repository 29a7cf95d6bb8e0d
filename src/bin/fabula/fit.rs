//! `fabula fit`: fits a model of the course to the reader's own text and scores it.

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand, ValueEnum};
use fabula::{
    metrics::Score,
    statistical::{NgramConfig, NgramModel, Smoothing},
    text::{Level, read_lines},
};
use serde::Serialize;
use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    time::Instant,
};

#[derive(Args)]
pub struct FitArgs {
    #[command(subcommand)]
    model: Model,
}

#[derive(Subcommand)]
enum Model {
    /// An n-gram model: the next word depends on the last few, and their counts say how (chapter 01)
    Ngram(NgramArgs),
}

#[derive(Args)]
struct NgramArgs {
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

#[derive(Clone, Copy, ValueEnum)]
enum Tokens {
    Word,
    Char,
}

/// What is measured. An infinite number is null in JSON.
#[derive(Serialize)]
struct Report {
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
    /// N-grams kept.
    parameters: usize,
}

pub fn run(args: FitArgs) -> Result<()> {
    match args.model {
        Model::Ngram(args) => ngram(&args),
    }
}

fn ngram(args: &NgramArgs) -> Result<()> {
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

    let start = Instant::now();
    let test = read_lines(&args.test)?;
    let score = model.score(&test).with_context(|| format!("cannot score {}", args.test.display()))?;
    let score_seconds = start.elapsed().as_secs_f64();

    let report = Report::new(&score, fit_seconds, score_seconds, &model);
    if args.json {
        model.fitting().notes.iter().for_each(|note| eprintln!("note: {note}"));
        print(&serde_json::to_string(&report)?)
    } else {
        let parts = [format!("{model}, from {sentences} sentences"), model.fitting().to_string(), report.table()];
        print(&parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n"))
    }
}

/// Prints a line or more; where nobody reads on (`| head`), that is no error.
pub fn print(text: &str) -> Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("cannot print"),
        _ => Ok(()),
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
    let level = match args.level {
        Tokens::Word => Level::Word,
        Tokens::Char => Level::Char,
    };
    NgramConfig { order: args.order, smoothing, level }
}

impl Report {
    fn new(score: &Score, fit_seconds: f64, score_seconds: f64, model: &NgramModel) -> Report {
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
            peak_memory_mib: peak_memory_mib(),
            parameters: model.parameters(),
        }
    }

    fn table(&self) -> String {
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

/// VmHWM, "high water mark", of this process, as Linux keeps it.
fn peak_memory_mib() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}
