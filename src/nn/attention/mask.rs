//! Which places a query may look at.

use ndarray::{Array2, ArrayView1};
use std::sync::Arc;

/// What is hidden from queries: places of a memory that were filled up, and the future.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    /// True where a place counts; none: all do. Shape: (B, S)
    pub places: Option<Arc<Array2<bool>>>,
    /// Whether a query sees no place behind its own. The last query stands at the last place.
    pub causal: bool,
}

impl Mask {
    /// Hides nothing.
    pub fn none() -> Mask {
        Mask::default()
    }

    /// Hides the future.
    pub fn causal() -> Mask {
        Mask { causal: true, ..Mask::default() }
    }

    /// Hides the places that were filled up: where `places` is false, if anywhere.
    ///
    /// Shapes: places (B, S).
    pub fn padding(places: Array2<bool>) -> Mask {
        let hides = places.iter().any(|&counts| !counts);
        Mask { places: hides.then(|| Arc::new(places)), causal: false }
    }

    /// Hides the future, too.
    pub fn and_causal(self) -> Mask {
        Mask { causal: true, ..self }
    }

    pub(super) fn sight(&self, example: usize, steps: usize, places: usize) -> Sight<'_> {
        let counts = self.places.as_ref().map(|mask| mask.row(example));
        Sight { counts, ahead: if self.causal { places - steps } else { places } }
    }
}

/// What the queries of one example see.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    pub counts: Option<ArrayView1<'a, bool>>,
    /// How many places the first query sees besides its own.
    ahead: usize,
}

impl Sight<'_> {
    /// How many of so many places the query of a step may see, were none filled up.
    pub fn reach(&self, step: usize, places: usize) -> usize {
        (self.ahead + step + 1).min(places)
    }
}
