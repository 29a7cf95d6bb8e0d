//! The Transformer that reads one text and writes another.

mod model;
mod store;
mod training;
mod translator;

pub use model::EncoderDecoder;
pub use translator::{TransformerTranslation, TransformerTranslator};
