//! To stop before a model learns its text by heart.

use crate::autograd::{Parameters, Values};

/// Watches the held-out loss, and keeps the weights under which it was smallest.
#[derive(Clone, Debug)]
pub struct EarlyStopping {
    /// After so many evaluations in a row without a smaller loss, it is time to stop.
    pub patience: usize,
    pub(super) best: Option<(f64, Vec<Values<f32>>)>,
    pub(super) waited: usize,
}

impl EarlyStopping {
    pub fn new(patience: usize) -> EarlyStopping {
        EarlyStopping { patience, best: None, waited: 0 }
    }

    /// Takes a held-out loss and the weights it belongs to; true when it is time to stop.
    ///
    /// A loss that is NaN is no improvement.
    pub fn observe(&mut self, held_out: f64, parameters: &Parameters) -> bool {
        if self.best.as_ref().is_none_or(|(best, _)| held_out < *best) && !held_out.is_nan() {
            // Shared, not copied: the next step of an optimiser makes its own copy.
            self.best = Some((held_out, parameters.iter().map(|(_, var)| var.value()).collect()));
            self.waited = 0;
        } else {
            self.waited += 1;
        }
        self.waited >= self.patience
    }

    /// The smallest held-out loss so far.
    pub fn best(&self) -> Option<f64> {
        self.best.as_ref().map(|(loss, _)| *loss)
    }

    /// Puts the best weights back; without any observation, nothing changes.
    pub fn restore(&self, parameters: &Parameters) {
        let best = self.best.iter().flat_map(|(_, weights)| weights);
        parameters.iter().zip(best).for_each(|((_, var), best)| var.set(best.to_owned()));
    }
}
