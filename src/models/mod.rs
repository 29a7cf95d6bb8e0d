//! Language models built of layers.

mod recurrent_lm;

pub use recurrent_lm::{RecurrentLm, RecurrentLmConfig, RecurrentState};
