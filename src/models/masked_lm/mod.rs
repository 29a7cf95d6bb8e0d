//! The Transformer that sees both sides of a gap.

mod classifier;
mod model;
mod refill;
mod store;
mod training;

pub use classifier::Classifier;
pub use model::MaskedLm;
pub use refill::Refill;
