//! How good a model is, as numbers that compare across models: what it expects of a text ([`Score`], the perplexity),
//! and how near what it writes comes to what a person wrote.
//!
//! [`Bleu`], [`Chrf`] and [`RougeL`] read texts. [`edit_distance`], [`exact_match`] and their kin compare slices of
//! whatever can be equal: words, characters, ids. A hypothesis is what the model gave, a reference what it should have
//! given.

mod accuracy;
mod bleu;
mod chrf;
mod edit;
mod ngrams;
mod perplexity;
mod references;
mod rouge;
mod tokenization;

pub use accuracy::{exact_match, token_accuracy};
pub use bleu::{Bleu, BleuScore, BleuSmoothing};
pub use chrf::{Chrf, ChrfScore};
pub use edit::{Edit, edit_distance, edit_operations, error_rate};
pub use perplexity::Score;
pub use references::References;
pub use rouge::{RougeL, RougeScore};
pub use tokenization::Tokenization;
