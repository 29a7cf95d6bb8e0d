//! Training recurrent language models, beside PyTorch, in alternation, with two threads each.

use super::{asked::Asked, median, report, vocab};
use crate::{
    course::Course,
    setup::{self, Peer},
    threads::compute_with,
};
use anyhow::{Result, ensure};
use clap::Args;
use fabula::{
    autograd::Parameters,
    course::peak_mib,
    models::{RecurrentLm, RecurrentLmConfig},
    nn::{Module, RecurrentKind, Reset},
    text::Block,
    train::{Adam, Optimiser, clip_by_norm},
};
use serde::{Deserialize, Serialize};
use std::{
    env,
    process::Command,
    thread,
    time::{Duration, Instant},
};

#[derive(Args)]
pub struct RecurrentArgs {
    /// Only these: rnn, lstm, gru, lstm2
    cases: Vec<String>,
    /// Rounds of steps of each, in alternation
    #[arg(long, default_value_t = 8)]
    rounds: usize,
    /// Only say how much memory the case needs with batches of so many steps: to be asked of a process of its own
    #[arg(long, hide = true, value_name = "T")]
    memory: Option<usize>,
}

/// A model and its batches, by the names that the peer's script knows.
#[derive(Clone, Copy, Serialize)]
struct Case {
    #[serde(skip)]
    name: &'static str,
    cell: &'static str,
    layers: usize,
    vocabulary: usize,
    embed: usize,
    hidden: usize,
    batch: usize,
    steps: usize,
    /// How many times as fast as PyTorch.
    #[serde(skip)]
    goal: f64,
}

const fn characters(name: &'static str, goal: f64) -> Case {
    Case { name, cell: name, layers: 1, vocabulary: 65, embed: 64, hidden: 256, batch: 32, steps: 64, goal }
}

const CASES: [Case; 4] = [
    characters("rnn", 2.0),
    characters("lstm", 1.3),
    characters("gru", 2.2),
    Case {
        name: "lstm2",
        cell: "lstm",
        layers: 2,
        vocabulary: 10_000,
        embed: 200,
        hidden: 200,
        batch: 20,
        steps: 20,
        goal: 1.3,
    },
];

#[derive(Deserialize)]
struct Answer {
    seconds: Vec<f64>,
    peak_bytes: f64,
    bytes_before: f64,
}

/// Both sides have two threads, whatever the machine has.
pub const THREADS: usize = 2;
/// Training steps in a round, and how many of them are not counted: after the other's turn, its own caches are cold.
const STEPS: usize = 32;
const WARM_UP: usize = 4;
/// PyTorch's threads go on spinning for a while when their work is done.
pub const REST: Duration = Duration::from_millis(400);

pub fn run(args: &RecurrentArgs) -> Result<()> {
    compute_with(THREADS)?;
    let known = |name: &String| CASES.iter().any(|case| case.name == name);
    ensure!(args.cases.iter().all(known), "cases {:?}: expected rnn, lstm, gru or lstm2", args.cases);
    let asked = |case: &&Case| args.cases.is_empty() || args.cases.iter().any(|name| name == case.name);
    let mut cases = CASES.iter().filter(asked);
    if let Some(steps) = args.memory {
        return cases.try_for_each(|&case| print_memory(&Case { steps, ..case }));
    }
    let course = Course::find()?;
    setup::for_peer(&course, Peer::Torch)?;
    cases.try_for_each(|case| beside_torch(&course, case, args.rounds.max(1)))?;
    growth_of_memory()
}

/// What a few steps need at most, beyond what the program has before, in MiB.
fn print_memory(case: &Case) -> Result<()> {
    let (done, held) = peak_mib(|| -> Result<()> {
        let mut training = Training::new(case)?;
        (0..3).try_for_each(|_| training.step().map(drop))
    });
    done?;
    println!("{}", serde_json::to_string(&held)?);
    Ok(())
}

/// The same, measured by a process that does nothing else; none where the system does not tell.
fn held(case: &Case, steps: usize) -> Result<Option<f64>> {
    let mut command = Command::new(env::current_exe()?);
    let output = command.args(["bench", "recurrent", case.name, "--memory", &steps.to_string()]).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Twice the steps in a batch, twice what is kept for the way back.
fn growth_of_memory() -> Result<()> {
    let lstm = &CASES[1];
    let mut line = String::from("memory of a training step of the lstm:");
    for steps in [64, 128, 256, 512] {
        if let Some(held) = held(lstm, steps)? {
            line += &format!("  B·T = {}: {held:.0} MiB", lstm.batch * steps);
        }
    }
    println!("{line}");
    Ok(())
}

fn beside_torch(course: &Course, case: &Case, rounds: usize) -> Result<()> {
    let json = serde_json::to_string(case)?;
    let mut torch =
        Asked::start(course, Peer::Torch, include_str!("recurrent.py"), &["speed".as_ref(), json.as_ref()])?;
    let mut training = Training::new(case)?;
    training.step()?;
    let (mut ours, mut theirs, mut torch_bytes) = (Vec::new(), Vec::new(), 0.0);
    for round in 0..=rounds {
        let answer: Answer = serde_json::from_str(&torch.ask(&STEPS.to_string())?)?;
        thread::sleep(REST);
        let seconds = (0..STEPS).map(|_| training.step()).collect::<Result<Vec<f64>>>()?;
        torch_bytes = answer.peak_bytes - answer.bytes_before;
        // The first round is not counted.
        if round > 0 {
            theirs.extend(&answer.seconds[WARM_UP..]);
            ours.extend(&seconds[WARM_UP..]);
        }
    }
    let tokens = (case.batch * case.steps) as f64;
    let (ours, theirs) = (median(&ours), median(&theirs));
    let held = held(case, case.steps)?.map_or(String::new(), |held| format!(", {held:.0} MiB"));
    println!(
        "{}: ours {:.0} tokens/s ({:.1} ms a step{held}), PyTorch {:.0} ({:.1} ms, {:.0} MiB)",
        case.name,
        tokens / ours,
        1e3 * ours,
        tokens / theirs,
        1e3 * theirs,
        torch_bytes / 1024.0 / 1024.0
    );
    let Case { layers, vocabulary: v, embed: e, hidden: h, batch: b, steps: t, .. } = case;
    report(
        &format!("{}, {layers} layers V{v} E{e} H{h} B{b} T{t}: ours / PyTorch", case.cell),
        format!("{:.2} ×", theirs / ours),
        &format!("at least {} ×", case.goal),
        theirs >= case.goal * ours,
    );
    Ok(())
}

/// Our side of a case.
struct Training {
    model: RecurrentLm,
    parameters: Parameters,
    block: Block,
    adam: Adam,
}

impl Training {
    fn new(case: &Case) -> Result<Training> {
        let kind = match case.cell {
            "rnn" => RecurrentKind::Rnn,
            "gru" => RecurrentKind::Gru(Reset::After),
            _ => RecurrentKind::Lstm,
        };
        let Case { layers, embed, hidden, .. } = *case;
        let config = RecurrentLmConfig { kind, embed, hidden, layers, ..Default::default() };
        let model = RecurrentLm::new(config, vocab(case.vocabulary))?;
        // As in PyTorch's batches, any token follows any other.
        let mut random = fabula::math::rng(1);
        let even = ndarray::Array1::from_elem(case.vocabulary, 1.0 / case.vocabulary as f64);
        let count = case.batch * case.steps + 1;
        let ids: Vec<u32> =
            (0..count).filter_map(|_| fabula::math::draw(&even, &mut random)).map(|id| id as u32).collect();
        let block = Block::blocks(&ids, case.batch, case.steps, 0)?.remove(0);
        Ok(Training { parameters: model.parameters(), model, block, adam: Adam::default() })
    }

    /// Forward, backward, clipping and Adam; the seconds that it took.
    fn step(&mut self) -> Result<f64> {
        let start = Instant::now();
        self.parameters.iter().for_each(|(_, var)| var.zero_grad());
        let states = self.model.zero_states(self.block.inputs.nrows());
        let (loss, _) = self.model.loss(&self.block, &states, true);
        loss.backward();
        drop(loss);
        clip_by_norm(&self.parameters, 1.0)?;
        self.adam.step(&self.parameters, 1e-3);
        Ok(start.elapsed().as_secs_f64())
    }
}
