//! Layers in which each step looks at others, and then thinks for itself.

mod cache;
mod config;
mod feed_forward;
mod input;
mod laid;
mod layer;
mod stack;

pub use cache::{Cache, Place};
pub use config::TransformerConfig;
pub use feed_forward::FeedForward;
pub use input::TransformerInput;
pub use laid::{LaidMemory, LaidTransformer};
pub use layer::{NormOrder, TransformerLayer};
pub use stack::{Seen, Transformer};
