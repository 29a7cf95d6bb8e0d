//! Hidden Markov models: a chain of states that nobody sees, and the symbols that they emit.
//!
//! [`Hmm`] knows numbers only: states 0 to K − 1, symbols 0 to V − 1. [`HmmModel`] is one with a vocabulary, a language
//! model over sentences.
//!
//! ```text
//! model π, A, B ─ paths (brute force) ─ forward ─ backward ─ posterior γ ─ viterbi
//!                 expected counts ξ, γ (E) ─ baum_welch (M) │ supervised │ sample │ predict
//! text ─ config ─ fit ─ language_model ─ store
//! ```

mod backward;
mod baum_welch;
mod config;
mod expected;
mod fit;
mod forward;
mod language_model;
mod model;
mod paths;
mod posterior;
mod predict;
mod sample;
mod step;
mod store;
mod supervised;
mod viterbi;

pub use baum_welch::{BaumWelch, BaumWelchStep, Watch};
pub use config::HmmConfig;
pub use expected::HmmCounts;
pub use fit::HmmProgress;
pub use forward::Forward;
pub use language_model::HmmModel;
pub use model::Hmm;
pub use paths::Path;
pub use sample::HmmSample;
