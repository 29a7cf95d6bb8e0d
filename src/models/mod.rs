//! Language models built of layers.

mod encoder_decoder;
mod epochs;
mod folder;
mod log_probs;
mod masked_lm;
mod pairs;
mod recurrent_lm;
mod seq2seq;
mod training;
mod transformer_lm;
mod transformer_state;

pub use encoder_decoder::{EncoderDecoder, TransformerTranslation, TransformerTranslator};
pub use masked_lm::{Classifier, MaskedLm, Refill};
pub use pairs::Seq2SeqTraining;
pub use recurrent_lm::{RecurrentLm, RecurrentLmConfig, RecurrentState};
pub use seq2seq::{Attention, Decoded, Memory, Seq2Seq, Seq2SeqConfig, Translation, TranslationState, Translator};
pub use training::LmTraining;
pub use transformer_lm::TransformerLm;
pub use transformer_state::TransformerState;
