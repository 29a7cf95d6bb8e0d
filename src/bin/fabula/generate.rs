//! `fabula generate`: text from a model that `fabula fit --save` has written.

use crate::{fit::print, saved::Saved};
use anyhow::Result;
use clap::Args;
use fabula::decode::Sampling;
use std::path::PathBuf;

#[derive(Args)]
pub struct GenerateArgs {
    /// The folder that `fabula fit … --save DIR` has written
    dir: PathBuf,
    /// The same seed gives the same text
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many sentences, one a line
    #[arg(long, default_value_t = 10, value_name = "SENTENCES")]
    count: usize,
    /// Where a sentence ends that does not end by itself
    #[arg(long, default_value_t = 100, value_name = "TOKENS")]
    max_tokens: usize,
    /// Before so many tokens no sentence ends
    #[arg(long, default_value_t = 0, value_name = "TOKENS")]
    min_tokens: usize,
    /// Below 1 prefers what is probable, above 1 what is not; 0 takes the likeliest token
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true)]
    temperature: f64,
    /// Only the K likeliest tokens can come
    #[arg(long, value_name = "K")]
    top_k: Option<usize>,
    /// Only the fewest likeliest tokens can come that have together the probability P
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    top_p: Option<f64>,
    /// Above 1, a token that the sentence already has becomes less likely
    #[arg(long, default_value_t = 1.0, value_name = "X", allow_negative_numbers = true)]
    repetition_penalty: f64,
}

pub fn run(args: GenerateArgs) -> Result<()> {
    let sampling = Sampling {
        temperature: args.temperature,
        top_k: args.top_k,
        top_p: args.top_p,
        repetition_penalty: args.repetition_penalty,
        min_tokens: args.min_tokens,
        max_tokens: args.max_tokens,
        seed: args.seed,
    };
    sampling.check()?;
    let lines = Saved::load(&args.dir)?.samples(args.count, &sampling)?;
    print(&lines.join("\n"))
}
