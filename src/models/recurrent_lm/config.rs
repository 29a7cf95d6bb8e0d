//! The sizes and choices of a recurrent language model.

use crate::{Error, Result, nn::RecurrentKind};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecurrentLmConfig {
    pub kind: RecurrentKind,
    /// E: the numbers of a token's vector.
    pub embed: usize,
    /// H: the numbers of a state.
    pub hidden: usize,
    pub layers: usize,
    /// The probability of dropout on vectors, between layers and on the output, in training.
    pub dropout: f64,
    /// Whether all steps of a block share a mask: [`RecurrentConfig::variational`](crate::nn::RecurrentConfig::variational).
    /// Default false.
    #[serde(default)]
    pub variational: bool,
    /// The probability with which a token's whole vector is dropped, wherever it stands in a batch. Default 0.
    #[serde(default)]
    pub word_dropout: f64,
    /// Whether the output multiplies by the vectors of the tokens instead of weights of its own; then E must be H.
    pub tied: bool,
    pub seed: u64,
}

impl Default for RecurrentLmConfig {
    fn default() -> Self {
        let kind = RecurrentKind::Lstm;
        RecurrentLmConfig {
            kind,
            embed: 64,
            hidden: 256,
            layers: 1,
            dropout: 0.0,
            variational: false,
            word_dropout: 0.0,
            tied: false,
            seed: 1,
        }
    }
}

/// The most numbers that a model may learn: beyond, what takes 16 bytes each in training fits into no memory.
const MOST: f64 = (1u64 << 31) as f64;

impl RecurrentLmConfig {
    /// Refuses what cannot be made of a vocabulary of V tokens, with a cell of G gates.
    pub(super) fn check(&self, v: usize, gates: usize) -> Result<()> {
        let wrong = |name, found: String, expected: String| Err(Error::Config { name, found, expected });
        let &RecurrentLmConfig { embed, hidden, layers, word_dropout, tied, .. } = self;
        if !(0.0..1.0).contains(&word_dropout) {
            let expected = "a probability from 0 to below 1".into();
            return wrong("the dropout of words", word_dropout.to_string(), expected);
        }
        if embed == 0 {
            return wrong("embed", "0".into(), "at least 1".into());
        }
        if tied && embed != hidden {
            let expected = format!("{hidden}, as hidden is, since the output is to multiply by the tokens' vectors");
            return wrong("embed", embed.to_string(), expected);
        }
        // In floating point, where absurd sizes do not overflow.
        let [v, g, e, h, l] = [v, gates, embed, hidden, layers].map(|size| size as f64);
        let parameters = v * e + (e + (2.0 * l - 1.0) * h) * g * h + h * v;
        if parameters > MOST {
            return wrong("the number of parameters", format!("about {parameters:.1e}"), format!("at most {MOST}"));
        }
        Ok(())
    }
}
