//! The Transformer as a language model.

mod generation;
mod model;
mod store;
mod training;

pub use model::TransformerLm;
