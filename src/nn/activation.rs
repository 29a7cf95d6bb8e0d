//! The functions between the two products of a feed-forward network.

use crate::autograd::{Var, for_f32_and_f64};
use serde::{Deserialize, Serialize};

/// What a feed-forward network does to each of its inner numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// max(0, x): the first Transformer's.
    Relu,
    /// x·Φ(x): BERT's.
    #[default]
    Gelu,
    /// Nearly the same, by a hyperbolic tangent: GPT-2's.
    GeluTanh,
}

for_f32_and_f64! {
    impl Var<F> {
        /// An activation by name.
        pub fn activate(&self, activation: Activation) -> Var<F> {
            match activation {
                Activation::Relu => self.relu(),
                Activation::Gelu => self.gelu(),
                Activation::GeluTanh => self.gelu_tanh(),
            }
        }
    }
}
