//! Language models built of layers.

mod config;
mod recurrent_lm;
mod store;
mod stream;
mod training;

pub use config::RecurrentLmConfig;
pub use recurrent_lm::{RecurrentLm, RecurrentState};
pub use training::LmTraining;
