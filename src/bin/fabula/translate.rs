//! `fabula translate`: what a model that `fabula fit seq2seq --save` has written makes of other texts.

use crate::fit::print;
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use fabula::{
    decode::{Beam, Hypothesis, Limits, Stop, greedy},
    models::{Seq2Seq, Translation},
    plot::Heatmap,
    text::{Codec, saved_model},
};
use std::{
    io::{self, BufRead},
    path::{Path, PathBuf},
};

#[derive(Args)]
pub struct TranslateArgs {
    /// The folder that `fabula fit seq2seq --save DIR` has written
    dir: PathBuf,
    /// The texts to translate; without any, the lines of standard input
    texts: Vec<String>,
    /// Take the likeliest token at each step, without a beam
    #[arg(long, conflicts_with_all = ["beam", "n_best", "length_penalty"])]
    greedy: bool,
    /// How many beginnings are kept
    #[arg(long, default_value_t = Beam::default().width, value_name = "WIDTH")]
    beam: usize,
    /// How many translations of each text are printed, with their scores where there are several
    #[arg(long, default_value_t = 1, value_name = "N")]
    n_best: usize,
    /// 0 compares sums of ln p, which favours short translations; 1 compares means
    #[arg(long, default_value_t = Beam::default().length_penalty, value_name = "ALPHA", allow_negative_numbers = true)]
    length_penalty: f64,
    /// A translation that does not end by itself ends here
    #[arg(long, default_value_t = 200, value_name = "TOKENS")]
    max_tokens: usize,
    /// Draw how the translation of the first text looked at it, as SVG
    #[arg(long, value_name = "FILE")]
    attention: Option<PathBuf>,
}

pub fn run(args: &TranslateArgs) -> Result<()> {
    let found = saved_model(&args.dir)?;
    if found != "seq2seq" {
        bail!("{} holds a model {found:?}: expected \"seq2seq\"", args.dir.display());
    }
    let beam = args.beam();
    beam.check()?;
    let (model, source, target) = Seq2Seq::load(&args.dir)?;
    let translator = model.translator();
    let mut first = true;
    let mut translate = |text: &str| -> Result<()> {
        ensure!(!text.trim().is_empty(), "there is no text: expected something to translate");
        let ids = source.encode(text)?;
        let translation = translator.given(&ids)?;
        let best = if args.greedy { vec![greedy(&translation, &beam.limits)?] } else { beam.search(&translation)? };
        for hypothesis in &best {
            let line = target.decode(&hypothesis.tokens)?;
            print(&if args.n_best > 1 { format!("{:.4}\t{line}", hypothesis.score) } else { line })?;
        }
        match (&args.attention, best.first()) {
            (Some(path), Some(best)) if first => draw(path, &translation, &ids, best, [&source, &target])?,
            _ => (),
        }
        first = false;
        Ok(())
    };
    if !args.texts.is_empty() {
        return args.texts.iter().try_for_each(|text| translate(text));
    }
    for (i, line) in io::stdin().lock().lines().enumerate() {
        let line = line.with_context(|| format!("cannot read line {} of standard input as UTF-8", i + 1))?;
        translate(&line).with_context(|| format!("line {} of standard input", i + 1))?;
    }
    Ok(())
}

impl TranslateArgs {
    fn beam(&self) -> Beam {
        let &TranslateArgs { beam: width, length_penalty, n_best, max_tokens, .. } = self;
        let limits = Limits { max_tokens, ..Limits::default() };
        Beam { width, length_penalty, n_best, stop: Stop::WhenHopeless, limits }
    }
}

/// A row for each token that was written, a column for each that was read.
fn draw(
    path: &Path,
    translation: &Translation,
    ids: &[u32],
    best: &Hypothesis,
    [source, target]: [&Codec; 2],
) -> Result<()> {
    let weights = translation.alignment(&best.tokens);
    ensure!(weights.ncols() > 0, "this model has no attention: there is nothing to draw");
    let names = |codec: &Codec, ids: &[u32]| -> Vec<String> {
        let end = fabula::text::Vocab::EOS;
        ids.iter().chain([&end]).map(|&id| codec.vocab().token(id).replace(' ', "␣")).collect()
    };
    let (rows, columns) = (names(target, &best.tokens), names(source, ids));
    const MOST: usize = 100;
    ensure!(rows.len().max(columns.len()) <= MOST, "more than {MOST} tokens make no readable picture");
    Heatmap::new("where the decoder looks", "weight", &rows, &columns, &weights).draw().save(path)?;
    Ok(())
}
