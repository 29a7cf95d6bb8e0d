//! The few functions that every model needs, on plain arrays.

mod distribution;
mod random;
mod softmax;
mod solve;

pub use distribution::{check_distribution, check_rows, entropy};
pub use random::{draw, rng};
pub use softmax::{log_sum_exp, softmax};
pub use solve::solve;
