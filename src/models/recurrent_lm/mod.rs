//! The recurrent language model.

mod config;
mod model;
mod store;
mod training;

pub use config::RecurrentLmConfig;
pub use model::{RecurrentLm, RecurrentState};
