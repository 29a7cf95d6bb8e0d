//! One layer of a Transformer, of an encoder or of a decoder.

use super::{FeedForward, Seen, TransformerConfig};
use crate::{
    autograd::{Parameters, Var, for_f32_and_f64},
    math::Real,
    nn::{
        Dropout, LayerNorm, Module, PositionKind,
        attention::{Mask, MultiHeadAttention},
        named,
    },
};
use serde::{Deserialize, Serialize};

/// Where a layer normalises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NormOrder {
    /// What a part reads: x + f(norm(x)). GPT-2's; trains without much care.
    #[default]
    Pre,
    /// What a part leaves: norm(x + f(x)). The first Transformer's, and BERT's; wants a slow start.
    Post,
}

/// A text looks at itself, then at another one if it has one, and then each step thinks for itself.         [encoder.10]
///
///   before (pre):  x ← x + f(norm(x))      behind (post):  x ← norm(x + f(x))
///   for f in turn: attention to itself (encoder.2), attention to the memory, the feed-forward network (encoder.6)
///
/// Shapes: x (B, T, D) · memory (B, S, D) → (B, T, D). In PyTorch: `nn.TransformerEncoderLayer`, and with a memory
/// `nn.TransformerDecoderLayer`.
/// Source: Vaswani and others 2017, section 3.1; before: Xiong and others 2020, On Layer Normalization in the
/// Transformer Architecture.
#[derive(Debug)]
pub struct TransformerLayer<F: Real = f32> {
    pub attention: MultiHeadAttention<F>,
    pub attention_norm: LayerNorm<F>,
    /// What looks at the memory, if there is one, and its normalisation.
    pub cross: Option<(MultiHeadAttention<F>, LayerNorm<F>)>,
    pub feed_forward: FeedForward<F>,
    pub feed_forward_norm: LayerNorm<F>,
    pub order: NormOrder,
    /// Of what each part adds, in training.
    pub dropout: Dropout,
}

impl<F: Real> TransformerLayer<F> {
    /// Weights as [`Linear::glorot`](crate::nn::Linear::glorot) draws them.
    ///
    /// # Panics
    /// If D cannot be divided by the number of heads.
    pub fn init(config: &TransformerConfig, crossed: bool, seed: u64) -> TransformerLayer<F> {
        let TransformerConfig { width, heads, activation, order, dropout, .. } = *config;
        let seed = |k: u64| seed.wrapping_add(k);
        let attention = |rotary, k| {
            let attention = MultiHeadAttention::init(width, heads, dropout, seed(k));
            MultiHeadAttention { rotary, ..attention }
        };
        TransformerLayer {
            attention: attention(config.positions == PositionKind::Rotary, 0),
            attention_norm: LayerNorm::init(width),
            cross: crossed.then(|| (attention(false, 10), LayerNorm::init(width))),
            feed_forward: FeedForward::init(width, config.inner(), activation, dropout, seed(20)),
            feed_forward_norm: LayerNorm::init(width),
            order,
            dropout: Dropout::new(dropout, seed(30)),
        }
    }
}

for_f32_and_f64! {
    impl TransformerLayer<F> {
        /// `memory` is what a decoder looks at, and which of its places count; `seen` takes the weights of all heads.
        ///
        /// # Panics
        /// If the shapes do not fit, or a memory is missing where the layer looks at one.
        pub fn forward(
            &self,
            x: &Var<F>,
            mask: &Mask,
            memory: Option<(&Var<F>, &Mask)>,
            training: bool,
            mut seen: Option<&mut Seen<F>>,
        ) -> Var<F> {
            let of_itself = seen.as_deref_mut().map(|seen| &mut seen.attention);
            let x = self.part(x, &self.attention_norm, training, |x| {
                self.attention.run(x, None, mask, training, of_itself)
            });
            let x = match &self.cross {
                None => x,
                Some((cross, norm)) => {
                    let (memory, mask) = memory.expect("a layer that looks at a memory needs one");
                    let of_memory = seen.map(|seen| &mut seen.cross);
                    self.part(&x, norm, training, |x| cross.run(x, Some(memory), mask, training, of_memory))
                }
            };
            self.part(&x, &self.feed_forward_norm, training, |x| self.feed_forward.forward(x, training))
        }

        fn part(
            &self,
            x: &Var<F>,
            norm: &LayerNorm<F>,
            training: bool,
            f: impl FnOnce(&Var<F>) -> Var<F>,
        ) -> Var<F> {
            let add = |y: Var<F>| x + &self.dropout.forward(&y, training);
            match self.order {
                NormOrder::Pre => add(f(&norm.forward(x))),
                NormOrder::Post => norm.forward(&add(f(x))),
            }
        }
    }
}

impl<F: Real> Module<F> for TransformerLayer<F> {
    fn parameters(&self) -> Parameters<F> {
        let mut all: Parameters<F> = named("attention", self.attention.parameters()).collect();
        all.extend(named("attention_norm", self.attention_norm.parameters()));
        if let Some((cross, norm)) = &self.cross {
            all.extend(named("cross", cross.parameters()));
            all.extend(named("cross_norm", norm.parameters()));
        }
        all.extend(named("feed_forward", self.feed_forward.parameters()));
        all.extend(named("feed_forward_norm", self.feed_forward_norm.parameters()));
        all
    }
}
