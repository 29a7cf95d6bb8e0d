//! What a Transformer keeps of the tokens that it has read.

use crate::math::Real;
use ndarray::Array2;
use std::sync::Arc;

/// The keys and values that one token left in every layer: what later tokens look at.                    [decoder.2]
///
/// Keys and values of a token depend on what stands before it, and on nothing behind it. So they never change, and are
/// computed once: a text of T tokens takes T steps of one row each, instead of T steps of up to T rows.
///
/// Shape: (layers, 2D), a row's keys before its values.
pub struct Place<F: Real = f32> {
    pub(super) kv: Array2<F>,
}

/// All places of a text. Texts that begin alike share their beginning; branching copies no number.
pub type Cache<F = f32> = Vec<Arc<Place<F>>>;
