//! Translating with additive attention, beside PyTorch, in alternation, with two threads each.

use super::{
    asked::Asked,
    median,
    recurrent::{REST, THREADS},
    report, vocab,
};
use crate::{
    course::Course,
    setup::{self, Peer},
    threads::compute_with,
};
use anyhow::Result;
use clap::Args;
use fabula::{
    autograd::Parameters,
    decode::{Beam, Limits, Stop, greedy},
    models::{Seq2Seq, Seq2SeqConfig},
    nn::{Direction, Module},
    text::{Corpus, PairBatch, ParallelCorpus},
    train::{Adam, Optimiser, clip_by_norm},
};
use serde_json::json;
use std::{thread, time::Instant};

#[derive(Args)]
pub struct Seq2SeqArgs {
    /// Rounds of each, in alternation
    #[arg(long, default_value_t = 6)]
    rounds: usize,
}

const VOCABULARY: usize = 2000;
const EMBED: usize = 256;
const HIDDEN: usize = 256;
const LAYERS: usize = 2;
const BATCH: usize = 32;
const STEPS: usize = 20;

/// What is measured: its name, how the peer is asked for it, how many in a round, and how many times as fast as PyTorch
/// it should be.
const TASKS: [(&str, &str, usize, f64); 4] = [
    ("training, a batch of 32", "train 10", 10, 1.5),
    ("greedy, one sentence at a time", "greedy 30", 30, 5.0),
    ("beam of 4, one sentence at a time", "beam 20 4", 20, 3.0),
    ("beam of 8, one sentence at a time", "beam 20 8", 20, 3.0),
];
/// At the beginning of a round its own caches are cold.
const WARM_UP: usize = 2;

pub fn run(args: &Seq2SeqArgs) -> Result<()> {
    let course = Course::find()?;
    setup::for_peer(&course, Peer::Torch)?;
    compute_with(THREADS)?;
    let case = json!({
        "layers": LAYERS, "vocabulary": VOCABULARY, "embed": EMBED, "hidden": HIDDEN, "batch": BATCH, "steps": STEPS,
    })
    .to_string();
    let mut torch = Asked::start(&course, Peer::Torch, include_str!("seq2seq.py"), &[case.as_ref()])?;
    let mut ours = Ours::new()?;
    let mut medians = Vec::new();
    for (task, (name, question, count, goal)) in TASKS.into_iter().enumerate() {
        let (mut our_seconds, mut their_seconds) = (Vec::new(), Vec::new());
        for round in 0..=args.rounds.max(1) {
            let theirs: Vec<f64> = serde_json::from_str(&torch.ask(question)?)?;
            thread::sleep(REST);
            let seconds = (0..count).map(|_| ours.take(task)).collect::<Result<Vec<f64>>>()?;
            // The first round is not counted.
            if round > 0 {
                their_seconds.extend(&theirs[WARM_UP..]);
                our_seconds.extend(&seconds[WARM_UP..]);
            }
        }
        let (ours, theirs) = (median(&our_seconds), median(&their_seconds));
        println!("{name}: ours {:.2} ms, PyTorch {:.2} ms", 1e3 * ours, 1e3 * theirs);
        report(
            &format!("GRU {LAYERS} × {HIDDEN}, additive attention, {name}"),
            format!("{:.2} ×", theirs / ours),
            &format!("at least {goal} ×"),
            theirs >= goal * ours,
        );
        medians.push(ours);
    }
    let (one, eight) = (medians[1], medians[3]);
    report("a beam of 8, in times of a beam of 1", format!("{:.2} ×", eight / one), "below 3 ×", eight < 3.0 * one);
    Ok(())
}

struct Ours {
    model: Seq2Seq,
    parameters: Parameters,
    adam: Adam,
    batch: PairBatch,
}

impl Ours {
    fn new() -> Result<Ours> {
        let config = Seq2SeqConfig {
            embed: EMBED,
            hidden: HIDDEN,
            layers: LAYERS,
            direction: Direction::Forward,
            ..Default::default()
        };
        let model = Seq2Seq::new(config, vocab(VOCABULARY), vocab(VOCABULARY))?;
        // As in PyTorch's batch, any token follows any other.
        let text = |seed: u64, length: usize| -> Vec<Vec<u32>> {
            let mut random = fabula::math::rng(seed);
            let even = ndarray::Array1::from_elem(VOCABULARY - 3, 1.0 / (VOCABULARY - 3) as f64);
            let mut token = || fabula::math::draw(&even, &mut random).map_or(3, |id| id as u32 + 3);
            (0..BATCH).map(|_| (0..length).map(|_| token()).collect()).collect()
        };
        let corpus = |ids: Vec<Vec<u32>>| Corpus::from_ids(&vec![String::new(); BATCH], &ids);
        let pairs = ParallelCorpus::new(corpus(text(1, STEPS - 1))?, corpus(text(2, STEPS - 1))?)?;
        Ok(Ours { parameters: model.parameters(), adam: Adam::default(), batch: pairs.batch(), model })
    }

    /// The seconds of one of the tasks.
    fn take(&mut self, task: usize) -> Result<f64> {
        let limits = Limits { min_tokens: STEPS, max_tokens: STEPS, ..Limits::default() };
        let translator = self.model.translator();
        let source = self.batch.source.ids.row(0).to_vec();
        let start = Instant::now();
        match task {
            0 => {
                self.parameters.iter().for_each(|(_, var)| var.zero_grad());
                let loss = self.model.loss(&self.batch, true);
                loss.backward();
                drop(loss);
                clip_by_norm(&self.parameters, 1.0)?;
                self.adam.step(&self.parameters, 1e-3);
            }
            1 => drop(greedy(&translator.given(&source[..STEPS - 1])?, &limits)?),
            beam => {
                let width = if beam == 2 { 4 } else { 8 };
                let beam = Beam { width, stop: Stop::WhenHopeless, limits, ..Beam::default() };
                beam.search(&translator.given(&source[..STEPS - 1])?)?;
            }
        }
        Ok(start.elapsed().as_secs_f64())
    }
}
