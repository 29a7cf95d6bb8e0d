//! Language models built of layers.

mod config;
mod folder;
mod recurrent_lm;
mod seq2seq;
mod store;
mod stream;
mod training;
mod transformer_lm;

pub use config::RecurrentLmConfig;
pub use recurrent_lm::{RecurrentLm, RecurrentState};
pub use seq2seq::{
    Attention, Decoded, Memory, Seq2Seq, Seq2SeqConfig, Seq2SeqTraining, Translation, TranslationState, Translator,
};
pub use training::LmTraining;
pub use transformer_lm::{TransformerLm, TransformerState};
