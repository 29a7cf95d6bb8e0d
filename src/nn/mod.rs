//! Layers: what models are built of. A layer knows its formula and its parameters, and no task.

pub mod attention;
pub(crate) mod dropout;
mod embedding;
mod layer_norm;
mod linear;
mod module;
pub mod recurrent;

pub use attention::AdditiveAttention;
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use layer_norm::LayerNorm;
pub(crate) use linear::LaidLinear;
pub use linear::Linear;
pub(crate) use module::named;
pub use module::{Module, parameter_count};
pub use recurrent::{Direction, Recurrent, RecurrentConfig, RecurrentKind, Reset};
