//! What can be done with any language model, through one trait.

mod beam;
mod exact;
mod exhaustive;
mod greedy;
mod hypothesis;
mod language_model;
mod limits;
mod sample;
mod score;
mod tree;
mod truncate;

pub use beam::{Beam, Stop};
pub use exact::exact;
pub use exhaustive::exhaustive;
pub use greedy::{greedy, greedy_from};
pub use hypothesis::Hypothesis;
pub use language_model::LanguageModel;
pub use limits::Limits;
pub use sample::{Sampling, sample, sample_lines, sample_stream};
pub use score::score;
pub use tree::{Fate, SearchNode, SearchTree};
pub use truncate::{top_k, top_p};
