//! Encoding through the course's tokenizer beside the crate `tokenizers` called directly, with the same tokenizer.

use super::{median, report};
use anyhow::{Result, anyhow};
use fabula::text::{Fables, Tokenizer, TokenizerConfig, TokenizerKind};
use std::{hint::black_box, time::Instant};

const ROUNDS: usize = 31;
/// How often the book is read in one round, so that a round takes long enough to be measured.
const TIMES: usize = 2;

pub fn run() -> Result<()> {
    let book = Fables::find()?.lines();
    let text: Vec<String> = (0..TIMES).flat_map(|_| book.clone()).collect();
    let megabytes = text.iter().map(String::len).sum::<usize>() as f64 / 1e6;
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("tokenizer.json");
    println!("{megabytes:.1} MB of English, medians of {ROUNDS} rounds, in alternating order");
    for kind in TokenizerKind::ALL {
        let ours = Tokenizer::train(&text, &TokenizerConfig { kind, ..Default::default() })?;
        ours.save(&path)?;
        let theirs = ::tokenizers::Tokenizer::from_file(&path).map_err(|error| anyhow!(error))?;
        let lines = || text.iter().map(String::as_str);
        beside(
            &format!("{kind}, line by line"),
            megabytes,
            || Ok(lines().try_for_each(|line| ours.encode(line).map(|encoding| drop(black_box(encoding))))?),
            || lines().try_for_each(|line| theirs.encode(line, true).map(|encoding| drop(black_box(encoding)))),
        )?;
        beside(
            &format!("{kind}, as a batch"),
            megabytes,
            || {
                black_box(ours.encode_batch(&text)?);
                Ok(())
            },
            || theirs.encode_batch(lines().collect(), true).map(|encodings| drop(black_box(encodings))),
        )?;
    }
    Ok(())
}

fn beside(
    what: &str,
    megabytes: f64,
    ours: impl Fn() -> Result<()>,
    theirs: impl Fn() -> ::tokenizers::Result<()>,
) -> Result<()> {
    let timed = |run: &dyn Fn() -> Result<()>| {
        let start = Instant::now();
        run().map(|()| start.elapsed().as_secs_f64())
    };
    let theirs = || theirs().map_err(|error| anyhow!(error));
    ours()?; // fills the caches
    theirs()?;
    let (mut seconds, mut ratios) = ([Vec::new(), Vec::new()], Vec::new());
    for round in 0..ROUNDS {
        let (a, b) = if round % 2 == 0 {
            let a = timed(&ours)?;
            (a, timed(&theirs)?)
        } else {
            let b = timed(&theirs)?;
            (timed(&ours)?, b)
        };
        seconds[0].push(a);
        seconds[1].push(b);
        ratios.push(a / b);
    }
    let [ours, theirs] = seconds.map(|seconds| megabytes / median(&seconds));
    let ratio = median(&ratios);
    let rates = format!("{what}: {ours:.1} MB/s, the crate {theirs:.1} MB/s");
    report(&rates, format!("{:+.1} %", 100.0 * (ratio - 1.0)), "at most +10 %", ratio <= 1.1);
    Ok(())
}
