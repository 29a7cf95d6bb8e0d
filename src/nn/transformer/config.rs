//! The sizes and choices of a Transformer.

use super::NormOrder;
use crate::{
    Error, Result,
    nn::{Activation, PositionKind},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The sizes and choices of a Transformer, whatever it is used for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransformerConfig {
    /// D: the numbers of each step. Default 128.
    pub width: usize,
    /// Into how many heads they are cut. Default 4.
    pub heads: usize,
    /// Default 4; an encoder and a decoder have so many each.
    pub layers: usize,
    /// M: the inner numbers of the feed-forward networks. Default 4·D.
    pub inner: Option<usize>,
    /// How many steps it reads at once, in training. Where places are learned, it can never read more. Default 64.
    pub context: usize,
    pub positions: PositionKind,
    pub activation: Activation,
    pub order: NormOrder,
    /// Of what is read, of weights, of inner numbers and of what each part adds, in training. Default 0.
    pub dropout: f64,
    /// The probability with which a token's whole vector is dropped, wherever it stands in a batch. Default 0.
    #[serde(default)]
    pub word_dropout: f64,
    pub seed: u64,
}

impl Default for TransformerConfig {
    fn default() -> TransformerConfig {
        TransformerConfig {
            width: 128,
            heads: 4,
            layers: 4,
            inner: None,
            context: 64,
            positions: PositionKind::default(),
            activation: Activation::default(),
            order: NormOrder::default(),
            dropout: 0.0,
            word_dropout: 0.0,
            seed: 1,
        }
    }
}

impl TransformerConfig {
    /// M
    pub fn inner(&self) -> usize {
        self.inner.unwrap_or(4 * self.width)
    }

    /// # Errors
    /// If a size is 0, D cannot be divided by the number of heads, or a dropout is no probability.
    pub fn check(&self) -> Result<()> {
        let TransformerConfig { width, heads, dropout, word_dropout, .. } = *self;
        let error = |name, found: String, expected: String| Err(Error::Config { name, found, expected });
        let sizes = [
            ("the width D", width),
            ("the number of heads", heads),
            ("the number of layers", self.layers),
            ("the inner size M", self.inner()),
            ("the context", self.context),
        ];
        if let Some((name, _)) = sizes.into_iter().find(|&(_, size)| size == 0) {
            return error(name, "0".into(), "at least 1".into());
        }
        if !width.is_multiple_of(heads) {
            let expected = format!("a multiple of {heads}, the number of heads, into which it is cut");
            return error("the width D", width.to_string(), expected);
        }
        let (rotary, size) = (self.positions == PositionKind::Rotary, width / heads);
        if rotary && !size.is_multiple_of(2) {
            let expected = "an even number for each head, of which rotary positions turn pairs".into();
            return error("the width of a head", size.to_string(), expected);
        }
        for (name, p) in [("the dropout", dropout), ("the dropout of words", word_dropout)] {
            if !(0.0..1.0).contains(&p) {
                return error(name, p.to_string(), "from 0 to below 1".into());
            }
        }
        Ok(())
    }

    /// # Errors
    /// If a text is longer than the places that are learned.
    pub fn check_steps(&self, steps: usize) -> Result<()> {
        if self.positions == PositionKind::Learned && steps > self.context {
            let expected = format!(
                "at most {}: a vector was learned for so many places; rotary and sinusoidal positions go on",
                self.context
            );
            return Err(Error::Config { name: "the number of steps", found: steps.to_string(), expected });
        }
        Ok(())
    }
}

impl fmt::Display for TransformerConfig {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let TransformerConfig { width, heads, layers, context, .. } = self;
        write!(f, "{layers} layers, D {width}, {heads} heads, context {context}")
    }
}
