//! The few functions that every model needs, on plain arrays.

mod distribution;
mod init;
mod mean;
mod memory;
pub mod product;
mod random;
mod real;
mod softmax;
mod solve;
mod sums;
mod threads;
mod vectorised;

pub use distribution::{check_distribution, check_rows, entropy};
pub use init::{normal, sines, uniform};
pub use mean::mean;
pub(crate) use memory::{unwritten, zeros};
pub use product::product;
pub use random::{draw, rng};
pub use real::Real;
pub use softmax::{log_sum_exp, softmax};
pub use solve::solve;
pub(crate) use sums::{add, add_rows, column_sums, sum};
pub(crate) use threads::threads;
pub(crate) use vectorised::{dot, max_of, sum_of, vectorised};

/// To be called before a long computation: what the system does for it is set up at the first call.
fn prepare() {
    memory::keep_freed_memory();
    threads::main_thread_computes();
}
