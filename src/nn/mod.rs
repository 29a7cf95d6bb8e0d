//! Layers: what models are built of. A layer knows its formula and its parameters, and no task.

mod activation;
pub mod attention;
pub(crate) mod dropout;
mod embedding;
pub(crate) mod layer_norm;
mod linear;
mod module;
pub mod positions;
pub mod recurrent;
pub mod transformer;

pub use activation::Activation;
pub use attention::{AdditiveAttention, Mask, MultiHeadAttention};
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use layer_norm::LayerNorm;
pub(crate) use linear::LaidLinear;
pub use linear::Linear;
pub(crate) use module::named;
pub use module::{Module, parameter_count};
pub use positions::{PositionKind, Positions};
pub use recurrent::{Direction, Recurrent, RecurrentConfig, RecurrentKind, Reset};
pub use transformer::{NormOrder, Transformer, TransformerConfig, TransformerInput, TransformerLayer};
