//! Attention: what a query wants of a memory.
//!
//! A memory has keys and values, a row for each of its S places. A score says how well a key answers the query, the softmax
//! over the places makes weights of the scores, and the answer is the weighted sum of the values.

mod additive;
mod attend;
mod dot;

pub use additive::AdditiveAttention;
pub use attend::{Attended, attend};
