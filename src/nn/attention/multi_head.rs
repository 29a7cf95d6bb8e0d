//! Attention with several heads.

use super::{Heads, Mask};
use crate::{
    autograd::{Parameters, Var, for_f32_and_f64},
    math::Real,
    nn::{Dropout, Linear, Module, named, positions::Rotary},
};
use ndarray::Array4;

/// Several heads look at a memory, each for something of its own, and what they find is mixed.            [encoder.2]
///
///   (q, k, v) = x·W + b, cut into three, and each of these into heads   y = c·Wₒ + bₒ   with c from (encoder.1)
///
/// In cross-attention, k and v come from the memory by their two thirds of W and b, and q from x by the first.
///
/// Shapes: x (B, T, D) · memory (B, S, D) · W (D, 3D) · b (3D) · Wₒ (D, D) · bₒ (D) → (B, T, D).
/// Source: Vaswani and others 2017, section 3.2.2; PyTorch's `in_proj_weight` is Wᵀ.
#[derive(Debug)]
pub struct MultiHeadAttention<F: Real = f32> {
    pub qkv: Linear<F>,
    pub output: Linear<F>,
    pub heads: usize,
    /// Whether queries and keys are turned by their places.
    pub rotary: bool,
    /// Of weights, in training.
    pub dropout: Dropout,
}

impl<F: Real> MultiHeadAttention<F> {
    /// Weights as [`Linear::glorot`] draws them.
    ///
    /// # Panics
    /// If D cannot be divided by the number of heads.
    pub fn init(width: usize, heads: usize, dropout: f64, seed: u64) -> MultiHeadAttention<F> {
        assert!(heads > 0 && width.is_multiple_of(heads), "{width} numbers cannot be cut into {heads} heads");
        MultiHeadAttention {
            qkv: Linear::glorot(width, 3 * width, seed),
            output: Linear::glorot(width, width, seed.wrapping_add(1)),
            heads,
            rotary: false,
            dropout: Dropout::new(dropout, seed.wrapping_add(2)),
        }
    }
}

for_f32_and_f64! {
    impl MultiHeadAttention<F> {
        /// A text looks at itself.
        ///
        /// # Panics
        /// If the shapes do not fit.
        pub fn forward(&self, x: &Var<F>, mask: &Mask, training: bool) -> Var<F> {
            self.run(x, None, mask, training, None)
        }

        /// A text looks at another one.
        ///
        /// # Panics
        /// If the shapes do not fit.
        pub fn cross(&self, x: &Var<F>, memory: &Var<F>, mask: &Mask, training: bool) -> Var<F> {
            self.run(x, Some(memory), mask, training, None)
        }

        /// How much each head of each step looks at each place of the memory, or of the text itself.
        ///
        /// Shapes: → (B, heads, T, S).
        pub fn weights(&self, x: &Var<F>, memory: Option<&Var<F>>, mask: &Mask) -> Array4<F> {
            let mut seen = Vec::new();
            self.run(x, memory, mask, false, Some(&mut seen));
            seen.remove(0)
        }

        pub(crate) fn run(
            &self,
            x: &Var<F>,
            memory: Option<&Var<F>>,
            mask: &Mask,
            training: bool,
            seen: Option<&mut Vec<Array4<F>>>,
        ) -> Var<F> {
            let heads = Heads {
                count: self.heads,
                mask: mask.clone(),
                thinning: self.dropout.thinning(training),
            };
            if memory.is_none() && !self.rotary && seen.is_none() {
                return self.output.forward(&self.qkv.forward(x).scaled_self_attention(&heads));
            }
            let [q, k, v] = self.parts(x, memory);
            if let Some(seen) = seen {
                seen.push(q.scaled_weights(&k, &heads));
            }
            self.output.forward(&q.scaled_attention(&k, &v, &heads))
        }

        /// Queries, keys and values.
        fn parts(&self, x: &Var<F>, memory: Option<&Var<F>>) -> [Var<F>; 3] {
            let size = self.output.w.shape()[0];
            let third = |x: &Var<F>, i: usize| x.slice(2, i * size, (i + 1) * size);
            let [q, k, v] = match memory {
                None => {
                    let qkv = self.qkv.forward(x);
                    [0, 1, 2].map(|i| third(&qkv, i))
                }
                Some(memory) => {
                    let part = |x: &Var<F>, from: usize, to: usize| {
                        x.linear(&self.qkv.w.slice(1, from * size, to * size), &self.qkv.b.slice(0, from * size, to * size))
                    };
                    let kv = part(memory, 1, 3);
                    [part(x, 0, 1), third(&kv, 0), third(&kv, 1)]
                }
            };
            match self.rotary {
                true => [q.rotate(Rotary { heads: self.heads }), k.rotate(Rotary { heads: self.heads }), v],
                false => [q, k, v],
            }
        }
    }
}

impl<F: Real> Module<F> for MultiHeadAttention<F> {
    fn parameters(&self) -> Parameters<F> {
        named("qkv", self.qkv.parameters()).chain(named("output", self.output.parameters())).collect()
    }
}
