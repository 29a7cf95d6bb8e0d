//! How a model learns: losses, optimisers, and the loop around them.

mod adam;
mod checkpoint;
mod checksum;
mod clip;
mod diverged;
mod early_stopping;
mod history;
mod ids;
mod limit;
mod loss;
mod meter;
mod optimiser;
mod penalty;
mod progress;
mod schedule;
mod sgd;
mod tensors;
mod trainer;

pub use adam::Adam;
pub use checkpoint::{Checkpoint, read_config, read_parameters, write_parameters};
pub(crate) use checksum::Checksum;
pub use clip::{clip_by_norm, clip_by_norm_f64};
pub use early_stopping::EarlyStopping;
pub use history::{History, Record};
pub use ids::Ids;
pub use limit::Limit;
pub use loss::CrossEntropy;
pub use optimiser::{Optimiser, State};
pub use penalty::Penalty;
pub use schedule::Schedule;
pub use sgd::Sgd;
pub use trainer::Trainer;
