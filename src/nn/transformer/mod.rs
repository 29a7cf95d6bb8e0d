//! Layers in which each step looks at others, and then thinks for itself.

mod cache;
mod config;
mod feed_forward;
mod input;
mod layer;
mod stack;

pub use cache::{Cache, LaidMemory, LaidTransformer, Place};
pub use config::TransformerConfig;
pub use feed_forward::FeedForward;
pub use input::TransformerInput;
pub use layer::{NormOrder, TransformerLayer};
pub use stack::{Seen, Transformer};
