//! Tokenizers that learn from a text into which pieces to cut it, over the crate `tokenizers`.
//!
//! ```text
//! text ─ normalise ─ cut into words ─ cut each word into tokens ─ ids          and back: ids ─ tokens ─ decode ─ text
//!        └──────── pipeline ──────┘   └─ bpe · unigram · words ─┘
//! ```
//!
//! The first two steps are fixed for each [kind](TokenizerKind), the third is learned. Files are the `tokenizer.json`
//! of Hugging Face, both ways, and the ids are those that Python's `tokenizers` gives.

mod bpe;
mod config;
mod encoding;
mod file;
mod language_model;
mod model;
mod pipeline;
mod train;
mod unigram;

pub use config::{TokenizerConfig, TokenizerKind};
pub use encoding::Encoding;
pub use model::Tokenizer;

/// What the crate `tokenizers` says when it refuses.
fn refused(error: tokenizers::Error) -> crate::Error {
    crate::Error::Tokenizer { message: error.to_string() }
}
