//! Language models built of layers.

mod recurrent_lm;
mod store;
mod stream;
mod training;

pub use recurrent_lm::{RecurrentLm, RecurrentLmConfig, RecurrentState};
pub use training::LmTraining;
