//! The sizes and choices of recurrent layers.

use super::Reset;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecurrentKind {
    Rnn,
    Lstm,
    Gru(Reset),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From the first step to the last.
    Forward,
    /// Both ways, each with its own weights; their outputs side by side.
    Both,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RecurrentConfig {
    pub kind: RecurrentKind,
    /// D: the numbers of an input.
    pub inputs: usize,
    /// H: the numbers of a state, in each layer and direction.
    pub hidden: usize,
    pub layers: usize,
    pub direction: Direction,
    /// The probability of dropout between layers, in training.
    pub dropout: f64,
    /// Whether dropout draws one mask for all steps, and one, for all rows of a batch, on what each layer gets from the
    /// step before (Gal and Ghahramani 2016); else each number is drawn by itself, and none there. Default false.
    pub variational: bool,
    pub seed: u64,
}

impl Default for RecurrentConfig {
    fn default() -> Self {
        RecurrentConfig {
            kind: RecurrentKind::Lstm,
            inputs: 64,
            hidden: 256,
            layers: 1,
            direction: Direction::Forward,
            dropout: 0.0,
            variational: false,
            seed: 1,
        }
    }
}

impl fmt::Display for RecurrentKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            RecurrentKind::Rnn => "RNN",
            RecurrentKind::Lstm => "LSTM",
            RecurrentKind::Gru(Reset::After) => "GRU",
            RecurrentKind::Gru(Reset::Before) => "GRU with the reset before the product",
        })
    }
}

impl RecurrentConfig {
    pub(super) fn check(&self) -> Result<()> {
        let positive = [("inputs", self.inputs), ("hidden", self.hidden), ("layers", self.layers)];
        if let Some((name, _)) = positive.into_iter().find(|&(_, size)| size == 0) {
            return Err(Error::Config { name, found: "0".into(), expected: "at least 1".into() });
        }
        match self.dropout {
            p if (0.0..1.0).contains(&p) => Ok(()),
            p => {
                let expected = "a probability from 0 to below 1".into();
                Err(Error::Config { name: "dropout", found: p.to_string(), expected })
            }
        }
    }

    pub(super) fn directions(&self) -> usize {
        match self.direction {
            Direction::Forward => 1,
            Direction::Both => 2,
        }
    }
}
