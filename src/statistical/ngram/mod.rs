//! n-gram models: probability from counts of what followed what.
//!
//! Everything stands on one structure, a trie of n-grams. [`NgramCounts`] hangs a count on every node, a
//! smoothing method turns counts into probabilities, and [`NgramModel`] hangs those on the same nodes:
//!
//! ```text
//! text ─ NgramCounts ─ a method's α(hw) and γ(h) ─ the recursion p = α + γ·p(w|h′) ─ NgramModel ─ ARPA file
//!                      mle · add_k · interpolated · absolute · kneser_ney
//! ```

mod absolute;
mod add_k;
mod arpa_read;
mod arpa_write;
mod config;
mod context;
mod counting;
mod counts;
mod discount;
mod estimate;
mod fit;
mod fitting;
mod interpolated;
mod kneser_ney;
mod lookup;
mod mle;
mod model;
mod store;
mod trie;

pub use config::{MAX_ORDER, NgramConfig, Smoothing};
pub use context::Context;
pub use counts::NgramCounts;
pub use discount::Discounts;
pub use fitting::Fitting;
pub use interpolated::EmStep;
pub use lookup::Surprisal;
pub use model::NgramModel;
