//! Who is compared, and how large each may be.

use anyhow::{Result, bail};

/// A kind of language model.
#[derive(Clone, Copy, PartialEq)]
pub enum Contender {
    Ngram,
    Hmm,
    Rnn,
    Lstm,
    Gru,
    Transformer,
}

/// E: the numbers of a character's vector, in a recurrent network.
const EMBED: usize = 32;
/// Heads of a Transformer; each has an even width, so that rotary positions can turn pairs.
const HEADS: usize = 4;
const LAYERS: usize = 2;

impl Contender {
    pub const ALL: [Contender; 6] =
        [Contender::Ngram, Contender::Hmm, Contender::Rnn, Contender::Lstm, Contender::Gru, Contender::Transformer];

    /// As `fabula fit` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Contender::Ngram => "ngram",
            Contender::Hmm => "hmm",
            Contender::Rnn => "rnn",
            Contender::Lstm => "lstm",
            Contender::Gru => "gru",
            Contender::Transformer => "transformer",
        }
    }

    /// What `fabula fit` is told of it, for texts of so many different characters.
    ///
    /// # Errors
    /// If the smallest network has more parameters.
    pub fn arguments(self, seconds: f64, parameters: usize, tokens: usize, seed: u64) -> Result<Vec<String>> {
        let fixed = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
        let trained = |text: String| Ok([fixed(&text), fixed(&format!("--seconds {seconds} --seed {seed}"))].concat());
        match self {
            Contender::Ngram => Ok(fixed("--level char --order 6")),
            Contender::Hmm => Ok(fixed(&format!("--level char --states 32 --seed {seed}"))),
            Contender::Transformer => {
                let width = largest(parameters, 2 * HEADS, |width| transformer(tokens, width))?;
                let sizes = format!("--width {width} --heads {HEADS} --layers {LAYERS} --positions rotary");
                trained(format!("{sizes} --batch 8 --lr 0.004"))
            }
            _ => {
                let gates = if self == Contender::Rnn { 1 } else { 3 + usize::from(self == Contender::Lstm) };
                let hidden = largest(parameters, 1, |hidden| recurrent(tokens, hidden, gates))?;
                trained(format!("--embed {EMBED} --hidden {hidden}"))
            }
        }
    }
}

/// Vectors, a layer with its bias, and the output with its bias.
fn recurrent(tokens: usize, hidden: usize, gates: usize) -> usize {
    tokens * EMBED + gates * hidden * (EMBED + hidden + 1) + tokens * (hidden + 1)
}

/// Vectors, which the output shares, layers of 12·D² + 13·D, and the last norm.
fn transformer(tokens: usize, width: usize) -> usize {
    tokens * width + LAYERS * (12 * width * width + 13 * width) + 2 * width
}

/// The largest size with at most so many parameters, a multiple of `step`.
fn largest(most: usize, step: usize, parameters: impl Fn(usize) -> usize) -> Result<usize> {
    let fits = |size: &usize| parameters(*size) <= most;
    match (1..).map(|i| i * step).take_while(fits).last() {
        Some(size) => Ok(size),
        None => bail!("--parameters {most}: the smallest network has {}", parameters(step)),
    }
}
