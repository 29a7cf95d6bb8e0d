//! A step of Baum–Welch, beside hmmlearn's faster implementation, in alternation.

use super::{asked::Asked, median, report};
use crate::{
    course::Course,
    setup::{self, Peer},
};
use anyhow::{Context, Result, ensure};
use fabula::statistical::Hmm;
use serde_json::json;
use std::{fs, time::Instant};

const STATES: usize = 32;
const SYMBOLS: usize = 64;
const LENGTH: usize = 100_000;
/// The first step of each is not counted.
const ROUNDS: usize = 12;

pub fn run() -> Result<()> {
    let course = Course::find()?;
    setup::for_peer(&course, Peer::Hmmlearn)?;
    let hmm = Hmm::random(STATES, SYMBOLS, 1)?;
    let sequences = vec![Hmm::random(STATES, SYMBOLS, 2)?.sample(LENGTH, 3).symbols];

    let folder = tempfile::tempdir()?;
    let case = folder.path().join("case.json");
    let rows = |matrix: ndarray::Array2<f64>| matrix.outer_iter().map(|row| row.to_vec()).collect::<Vec<_>>();
    let model = json!({ "pi": hmm.pi().to_vec(), "a": rows(hmm.a()), "b": rows(hmm.b()), "symbols": sequences[0] });
    fs::write(&case, model.to_string())?;
    let mut hmmlearn = Asked::start(&course, Peer::Hmmlearn, include_str!("hmm.py"), &[case.as_os_str()])?;

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let counts = hmm.expected_counts(&sequences)?;
        std::hint::black_box(hmm.reestimate(&counts));
        ours.push(start.elapsed().as_secs_f64());

        let answer = hmmlearn.ask("")?;
        let (seconds, log_likelihood) = answer.split_once(' ').context("expected two numbers from hmmlearn")?;
        theirs.push(seconds.parse()?);
        let difference = (counts.log_likelihood - log_likelihood.parse::<f64>()?).abs();
        ensure!(difference < 1e-9 * counts.log_likelihood.abs(), "log-likelihoods differ by {difference}");
    }

    let (ours, theirs) = (median(&ours[1..]), median(&theirs[1..]));
    println!("ours {:.1} ms, hmmlearn (scaling) {:.1} ms; one thread each", 1e3 * ours, 1e3 * theirs);
    report(
        &format!("Baum–Welch, {STATES} states, {SYMBOLS} symbols, {LENGTH} steps: hmmlearn / ours"),
        format!("{:.1} ×", theirs / ours),
        "at least 3 ×",
        theirs >= 3.0 * ours,
    );
    Ok(())
}
