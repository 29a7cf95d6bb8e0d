//! Text by chance, with a known answer: what no model can beat, or what it should have said.
//!
//! Sources of symbols tell their entropy rate: [`MarkovChain`], [`HiddenSource`], [`EvenProcess`], and [`Grammar`] that of
//! its sentences. Tasks tell the right answer to each question, as [`Pair`]s: [`numbers`], [`dates`], [`Strings`],
//! [`Brackets`]. The same seed gives the same draws.

pub mod brackets;
pub mod dates;
mod even;
mod grammar;
mod hidden;
mod markov;
pub mod numbers;
mod pairs;
mod strings;

pub use brackets::Brackets;
pub use dates::{Date, DateForm};
pub use even::EvenProcess;
pub use grammar::{Grammar, Tree};
pub use hidden::HiddenSource;
pub use markov::MarkovChain;
pub use numbers::NumberForm;
pub use pairs::{Pair, hold_out, sides};
pub use strings::Strings;

/// Symbols as a line of text with a space between them, which is what the models of the course read: `0 1 1 0`.
pub fn line(symbols: &[u32]) -> String {
    symbols.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")
}
