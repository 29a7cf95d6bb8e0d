//! The sizes and choices of a sequence-to-sequence model.

use crate::{
    Error, Result,
    nn::{Direction, RecurrentKind},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the decoder sees of the source, beside the encoder's last state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attention {
    /// Nothing: all of it has to fit into one vector. Source: Sutskever, Vinyals and Le 2014.
    None,
    /// Asks before each step, with the state before it, and reads the answer beside the token. Source: Bahdanau, Cho and
    /// Bengio 2015.
    Additive,
    /// Asks behind each step, with the new state. Source: Luong, Pham and Manning 2015, without input feeding.
    Dot,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seq2SeqConfig {
    pub kind: RecurrentKind,
    /// E: the numbers of a token's vector.
    pub embed: usize,
    /// H: the numbers of a state of the decoder, and of the encoder. If that reads in both directions, each has half.
    pub hidden: usize,
    pub layers: usize,
    /// How the encoder reads.
    pub direction: Direction,
    pub attention: Attention,
    /// The probability of dropout on vectors, between layers and on the output, in training.
    pub dropout: f64,
    pub seed: u64,
}

impl Default for Seq2SeqConfig {
    fn default() -> Self {
        Seq2SeqConfig {
            kind: RecurrentKind::Gru(crate::nn::Reset::After),
            embed: 64,
            hidden: 128,
            layers: 1,
            direction: Direction::Both,
            attention: Attention::Additive,
            dropout: 0.0,
            seed: 1,
        }
    }
}

impl Seq2SeqConfig {
    pub(super) fn check(&self) -> Result<()> {
        let wrong = |name, found: usize, expected: &str| {
            Err(Error::Config { name, found: found.to_string(), expected: expected.into() })
        };
        match self {
            Seq2SeqConfig { embed: 0, .. } => wrong("embed", 0, "at least 1"),
            Seq2SeqConfig { direction: Direction::Both, hidden, .. } if hidden % 2 == 1 => {
                wrong("hidden", *hidden, "an even number, of which each direction of the encoder has half")
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Attention {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Attention::None => "no attention",
            Attention::Additive => "additive attention",
            Attention::Dot => "dot-product attention",
        })
    }
}
