//! `fabula translate`: what a model that `fabula fit seq2seq --save` has written makes of other texts.

use crate::{
    fit::print,
    pair_model::{PairModel, of_either_kind},
};
use anyhow::{Context, Result, ensure};
use clap::Args;
use fabula::{
    decode::{Beam, Hypothesis, LanguageModel, Limits, Stop, greedy},
    ndarray::Array2,
    plot::Heatmap,
    text::Codec,
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
    args.beam().check()?;
    let (model, source, target) = PairModel::load(&args.dir)?;
    of_either_kind!(&model, model => {
        let translator = model.translator();
        args.for_each_text(|text, first| {
            ensure!(!text.trim().is_empty(), "there is no text: expected something to translate");
            let ids = source.encode(text)?;
            let translation = translator.given(&ids)?;
            let best = args.search(&translation)?;
            args.print(&best, &target)?;
            match (&args.attention, best.first()) {
                (Some(path), Some(best)) if first => {
                    draw(path, &translation.alignment(&best.tokens), &ids, best, [&source, &target])
                }
                _ => Ok(()),
            }
        })
    })
}

impl TranslateArgs {
    /// Calls for each text, and says whether it is the first one.
    fn for_each_text(&self, mut translate: impl FnMut(&str, bool) -> Result<()>) -> Result<()> {
        if !self.texts.is_empty() {
            return self.texts.iter().enumerate().try_for_each(|(i, text)| translate(text, i == 0));
        }
        for (i, line) in io::stdin().lock().lines().enumerate() {
            let line = line.with_context(|| format!("cannot read line {} of standard input as UTF-8", i + 1))?;
            translate(&line, i == 0).with_context(|| format!("line {} of standard input", i + 1))?;
        }
        Ok(())
    }

    fn search(&self, translation: &impl LanguageModel) -> Result<Vec<Hypothesis>> {
        let beam = self.beam();
        Ok(if self.greedy { vec![greedy(translation, &beam.limits)?] } else { beam.search(translation)? })
    }

    fn print(&self, best: &[Hypothesis], target: &Codec) -> Result<()> {
        for hypothesis in best {
            let line = target.decode(&hypothesis.tokens)?;
            print(&if self.n_best > 1 { format!("{:.4}\t{line}", hypothesis.score) } else { line })?;
        }
        Ok(())
    }

    fn beam(&self) -> Beam {
        let &TranslateArgs { beam: width, length_penalty, n_best, max_tokens, .. } = self;
        let limits = Limits { max_tokens, ..Limits::default() };
        Beam { width, length_penalty, n_best, stop: Stop::WhenHopeless, limits }
    }
}

/// A row for each token that was written, a column for each that was read.
fn draw(
    path: &Path,
    weights: &Array2<f64>,
    ids: &[u32],
    best: &Hypothesis,
    [source, target]: [&Codec; 2],
) -> Result<()> {
    ensure!(weights.ncols() > 0, "this model has no attention: there is nothing to draw");
    let names = |codec: &Codec, ids: &[u32]| -> Vec<String> {
        let end = fabula::text::Vocab::EOS;
        ids.iter().chain([&end]).map(|&id| codec.vocab().token(id).replace(' ', "␣")).collect()
    };
    let (rows, columns) = (names(target, &best.tokens), names(source, ids));
    const MOST: usize = 100;
    ensure!(rows.len().max(columns.len()) <= MOST, "more than {MOST} tokens make no readable picture");
    Heatmap::new("where the decoder looks", "weight", &rows, &columns, weights).draw().save(path)?;
    Ok(())
}
