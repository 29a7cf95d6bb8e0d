//! `fabula generate`: text from a model that `fabula fit --save` has written.

use crate::fit::print;
use anyhow::{Result, bail};
use clap::Args;
use fabula::{
    decode::{Sampling, sample_stream},
    models::RecurrentLm,
    statistical::{HmmModel, NgramModel},
    text::saved_model,
};
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
    /// Below 1 prefers what is probable, above 1 what is not
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true)]
    temperature: f64,
}

pub fn run(args: GenerateArgs) -> Result<()> {
    let sampling = Sampling { temperature: args.temperature, max_tokens: args.max_tokens, seed: args.seed };
    sampling.check()?;
    let lines = match saved_model(&args.dir)?.as_str() {
        "ngram" => NgramModel::load(&args.dir)?.samples(args.count, &sampling),
        "hmm" => HmmModel::load(&args.dir)?.samples(args.count, &sampling),
        "recurrent" => {
            let (model, codec) = RecurrentLm::load(&args.dir)?;
            sample_stream(&model, args.count, &sampling)?.iter().map(|ids| codec.decode(ids)).collect()
        }
        other => {
            bail!("{} holds a model {other:?}: expected \"ngram\", \"hmm\" or \"recurrent\"", args.dir.display())
        }
    }?;
    print(&lines.join("\n"))
}
