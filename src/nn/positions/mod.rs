//! Where a token stands: attention by itself does not know.

mod rotary;
mod sinusoidal;

use super::Module;
use crate::{
    autograd::{Parameters, Var, for_f32_and_f64},
    math::{Real, normal},
};
use serde::{Deserialize, Serialize};

pub use rotary::Rotary;
pub use sinusoidal::sinusoidal;

/// How a Transformer learns where a token stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PositionKind {
    /// It does not: all it can see is a bag of tokens, and, in a decoder, what each of them had before it.
    None,
    /// A vector for each place, added to the token's, and learned. There are so many places, and no more.
    #[default]
    Learned,
    /// A vector of sines and cosines, added to the token's.
    Sinusoidal,
    /// Queries and keys turned by an angle that grows with the place.
    Rotary,
}

/// What is added to the vectors of tokens for their places.
#[derive(Clone, Debug)]
pub struct Positions<F: Real = f32> {
    pub kind: PositionKind,
    /// The vectors of the places, if they are learned. Shape: (places, D)
    pub table: Option<Var<F>>,
}

impl<F: Real> Positions<F> {
    /// Learned vectors start as those of tokens: normal, with the deviation 1/√D.
    pub fn init(kind: PositionKind, places: usize, size: usize, seed: u64) -> Positions<F> {
        let deviation = 1.0 / (size as f64).sqrt();
        let table = (kind == PositionKind::Learned).then(|| Var::leaf(normal(&[places, size], deviation, seed), true));
        Positions { kind, table }
    }
}

for_f32_and_f64! {
    impl Positions<F> {
        /// Adds to each step the vector of its place.
        ///
        /// Shapes: x (B, T, D) → the same.
        ///
        /// # Panics
        /// If places are learned, and there are fewer than T.
        pub fn forward(&self, x: &Var<F>) -> Var<F> {
            let (steps, size) = (x.shape()[1], x.shape()[2]);
            match (self.kind, &self.table) {
                (_, Some(table)) => {
                    let places = table.shape()[0];
                    assert!(steps <= places, "{steps} steps, but only {places} places were learned");
                    x + &table.slice(0, 0, steps)
                }
                (PositionKind::Sinusoidal, _) => x + &Var::leaf(sinusoidal(0, steps, size), false),
                _ => x.clone(),
            }
        }
    }
}

impl<F: Real> Module<F> for Positions<F> {
    fn parameters(&self) -> Parameters<F> {
        self.table.iter().map(|table| ("table".into(), table.clone())).collect()
    }
}
