//! Layers in which each step looks at others, and then thinks for itself.

mod feed_forward;
mod layer;
mod stack;

pub use feed_forward::FeedForward;
pub use layer::{NormOrder, TransformerLayer};
pub use stack::{Seen, Transformer, TransformerConfig};
