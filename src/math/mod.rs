//! The few functions that every model needs, on plain arrays.

mod distribution;
mod init;
mod memory;
pub mod product;
mod random;
mod real;
mod softmax;
mod solve;
mod sums;
mod vectorised;

pub use distribution::{check_distribution, check_rows, entropy};
pub use init::{normal, uniform};
pub(crate) use memory::unwritten;
pub use product::product;
pub use random::{draw, rng};
pub use real::Real;
pub use softmax::{log_sum_exp, softmax};
pub use solve::solve;
pub(crate) use sums::{add_rows, column_sums};
pub(crate) use vectorised::{max_of, sum_of, vectorised};
