//! From one text to another: an encoder and a decoder.

mod config;
mod model;
mod store;
mod training;
mod translator;

pub use config::{Attention, Seq2SeqConfig};
pub use model::{Decoded, Memory, Seq2Seq};
pub use translator::{Translation, TranslationState, Translator};
