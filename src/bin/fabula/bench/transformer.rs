//! A small GPT beside PyTorch, in alternation, with two threads each: training, generating, learning, and long texts.

use super::{
    asked::Asked,
    learning::comedies,
    median,
    recurrent::{REST, THREADS},
    report, vocab,
};
use crate::{
    course::Course,
    setup::{self, Peer},
    threads::compute_with,
};
use anyhow::{Result, ensure};
use clap::Args;
use fabula::{
    autograd::{Parameters, Var},
    course::peak_mib,
    decode::{Limits, greedy},
    math::normal,
    models::{LmTraining, TransformerLm},
    nn::{Mask, Module, TransformerConfig, attention::Heads},
    text::{Block, Codec, Level, read_lines},
    train::{Adam, Limit, Optimiser, clip_by_norm},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{env, process::Command, thread, time::Instant};

#[derive(Args)]
pub struct TransformerArgs {
    /// Only these: training, generating, memory, learning
    parts: Vec<String>,
    /// Rounds of each, in alternation
    #[arg(long, default_value_t = 8)]
    rounds: usize,
    /// Only say how much memory attention over so many places needs: to be asked of a process of its own
    #[arg(long, hide = true, value_name = "T")]
    places: Option<usize>,
}

const VOCABULARY: usize = 65;
const BATCH: usize = 12;
/// Training steps, or texts, in a round, and how many of them are not counted.
const STEPS: usize = 24;
const WARM_UP: usize = 4;

#[derive(Deserialize)]
struct Answer {
    seconds: Vec<f64>,
}

#[derive(Deserialize)]
struct Learned {
    seconds: f64,
    nats_per_character: f64,
}

pub fn run(args: &TransformerArgs) -> Result<()> {
    compute_with(THREADS)?;
    if let Some(places) = args.places {
        return print_memory(places);
    }
    let known = ["training", "generating", "memory", "learning"];
    ensure!(args.parts.iter().all(|part| known.contains(&part.as_str())), "{:?}: expected {known:?}", args.parts);
    let asked = |part: &str| args.parts.is_empty() || args.parts.iter().any(|name| name == part);
    let course = Course::find()?;
    setup::for_peer(&course, Peer::Torch)?;
    if asked("training") {
        training(&course, args.rounds)?;
    }
    if asked("generating") {
        generating(&course, args.rounds)?;
    }
    if asked("memory") {
        growth_of_memory()?;
    }
    if asked("learning") {
        learning(&course)?;
    }
    Ok(())
}

fn case(config: &TransformerConfig) -> Value {
    let TransformerConfig { width, heads, layers, context, .. } = config;
    json!({
        "vocabulary": VOCABULARY, "width": width, "heads": heads, "layers": layers, "context": context, "batch": BATCH,
    })
}

fn torch(course: &Course, mode: &str, case: &Value) -> Result<Asked> {
    let case = case.to_string();
    Asked::start(course, Peer::Torch, include_str!("transformer.py"), &[mode.as_ref(), case.as_ref()])
}

/// The median seconds of both, ours first.
fn in_alternation(mut torch: Asked, rounds: usize, mut ours: impl FnMut() -> Result<()>) -> Result<[f64; 2]> {
    let (mut here, mut there) = (Vec::new(), Vec::new());
    for round in 0..=rounds.max(1) {
        let answer: Answer = serde_json::from_str(&torch.ask(&STEPS.to_string())?)?;
        thread::sleep(REST);
        let mut seconds = Vec::new();
        for _ in 0..STEPS {
            let start = Instant::now();
            ours()?;
            seconds.push(start.elapsed().as_secs_f64());
        }
        // The first round is not counted.
        if round > 0 {
            there.extend(&answer.seconds[WARM_UP..]);
            here.extend(&seconds[WARM_UP..]);
        }
    }
    Ok([median(&here), median(&there)])
}

fn training(course: &Course, rounds: usize) -> Result<()> {
    let config = TransformerConfig::default();
    let peer = torch(course, "speed", &case(&config))?;
    let context = config.context;
    let model = TransformerLm::new(config, vocab(VOCABULARY))?;
    let parameters: Parameters = model.parameters();
    let mut adam = Adam { beta2: 0.99, weight_decay: 0.1, decay_vectors: false, ..Adam::default() };
    let ids: Vec<u32> = (0..BATCH * context + 1).map(|i| ((i * i * 31 + 7 * i) % VOCABULARY) as u32).collect();
    let block = Block::blocks(&ids, BATCH, context, 0)?.remove(0);
    let [ours, theirs] = in_alternation(peer, rounds, || {
        parameters.iter().for_each(|(_, var)| var.zero_grad());
        let loss = model.loss(&block, true);
        loss.backward();
        drop(loss);
        clip_by_norm(&parameters, 1.0)?;
        adam.step(&parameters, 1e-3);
        Ok(())
    })?;
    let tokens = (BATCH * context) as f64;
    println!(
        "{model}: ours {:.0} tokens/s ({:.1} ms a step), PyTorch {:.0} ({:.1} ms)",
        tokens / ours,
        1e3 * ours,
        tokens / theirs,
        1e3 * theirs
    );
    let ratio = theirs / ours;
    report("training, batch of 12: ours / PyTorch", format!("{ratio:.2} ×"), "at least 1.8 ×", ratio >= 1.8);
    Ok(())
}

fn generating(course: &Course, rounds: usize) -> Result<()> {
    let config = TransformerConfig::default();
    let peer = torch(course, "generate", &case(&config))?;
    let tokens = config.context;
    let model = TransformerLm::new(config, vocab(VOCABULARY))?;
    let limits = Limits { max_tokens: tokens, min_tokens: tokens, ..Limits::default() };
    let [ours, theirs] = in_alternation(peer, rounds, || {
        let text = greedy(&model, &limits)?;
        ensure!(text.tokens.len() == tokens, "{} tokens instead of {tokens}", text.tokens.len());
        Ok(())
    })?;
    let each = |seconds: f64| 1e6 * seconds / tokens as f64;
    println!("a text of {tokens} tokens with a cache: ours {:.0} µs a token, PyTorch {:.0}", each(ours), each(theirs));
    let ratio = theirs / ours;
    report("generating one text: PyTorch / ours", format!("{ratio:.2} ×"), "at least 5 ×", ratio >= 5.0);
    Ok(())
}

/// What forward and backward of attention need at most, beyond what they read and write, in MiB.
fn print_memory(places: usize) -> Result<()> {
    let draw = |seed| Var::leaf(normal::<f32>(&[1, places, 128], 1.0, seed), true);
    let [q, k, v] = [1, 2, 3].map(draw);
    let ((), held) = peak_mib(|| {
        let c = q.scaled_attention(&k, &v, &Heads::new(4, Mask::causal()));
        c.square().sum().backward();
    });
    println!("{}", serde_json::to_string(&held)?);
    Ok(())
}

/// Twice the places, twice the memory; the weights of all of them would be four times as many.
fn growth_of_memory() -> Result<()> {
    let mut line = String::from("memory of attention, width 128, 4 heads:");
    let mut held = Vec::new();
    for places in [1024, 2048, 4096, 8192] {
        let output = Command::new(env::current_exe()?)
            .args(["bench", "transformer", "--places", &places.to_string()])
            .output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let Some(mib) = serde_json::from_slice::<Option<f64>>(&output.stdout)? else { return Ok(()) };
        line += &format!("  T = {places}: {mib:.0} MiB");
        held.push(mib);
    }
    println!("{line}");
    let growth = held[3] / held[1];
    report("memory at 8,192 places / at 2,048", format!("{growth:.1}"), "about 4, far from 16", growth < 6.0);
    Ok(())
}

fn learning(course: &Course) -> Result<()> {
    const UPDATES: usize = 2000;
    let folder = tempfile::tempdir()?;
    let (train, test) = comedies(course, folder.path())?;
    let config = TransformerConfig::default();
    let mut asked = case(&config);
    for (key, value) in
        [("lr", json!(1e-3)), ("updates", json!(UPDATES)), ("train", json!(train)), ("test", json!(test))]
    {
        asked[key] = value;
    }
    let mut peer = torch(course, "learn", &asked)?;
    let theirs: Learned = serde_json::from_str(&peer.hear()?)?;
    drop(peer);

    let (train, test) = (read_lines(&train)?, read_lines(&test)?);
    let codec = Codec::build(&train, Level::Char, 1)?;
    let (train, test) = (codec.corpus(&train)?, codec.corpus(&test)?);
    let steps = config.context;
    let model = TransformerLm::new(config, codec.vocab().clone())?;
    let training = LmTraining { limit: Limit::Steps(UPDATES), quiet: true, ..model.training() };
    let start = Instant::now();
    model.fit(&train, None, &training)?;
    let seconds = start.elapsed().as_secs_f64();
    let nats = model.score(&test, steps)?.nats_per_token();
    println!(
        "{UPDATES} updates: ours {seconds:.1} s and {nats:.3} nats per held-out character, PyTorch {:.1} s and {:.3}",
        theirs.seconds, theirs.nats_per_character
    );
    let ratio = theirs.seconds / seconds;
    report("the same number of updates: PyTorch / ours", format!("{ratio:.2} ×"), "at least 1.8 ×", ratio >= 1.8);
    report(
        "nats per held-out character",
        format!("{nats:.3}"),
        &format!("at most PyTorch's {:.3}", theirs.nats_per_character),
        nats <= theirs.nats_per_character,
    );
    Ok(())
}
