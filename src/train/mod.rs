//! How a model learns: losses, optimisers, and the loop around them.

mod adam;
mod clip;
mod loss;
mod optimiser;
mod regularise;
mod schedule;
mod sgd;

pub use adam::Adam;
pub use clip::{clip_by_norm, clip_by_norm_f64};
pub use loss::{CrossEntropy, Ids};
pub use optimiser::{Optimiser, State};
pub use regularise::Penalty;
pub use schedule::Schedule;
pub use sgd::Sgd;
