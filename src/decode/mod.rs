//! What can be done with any language model, through one trait.

mod language_model;
mod sample;
mod score;

pub use language_model::LanguageModel;
pub use sample::{Sampling, sample, sample_lines, sample_stream};
pub use score::score;
