//! The few functions that every model needs, on plain arrays.

mod random;
mod softmax;

pub use random::{draw, rng};
pub use softmax::{log_sum_exp, softmax};
