//! Batches that are cut anew for each epoch.

use crate::Result;

/// Gives a batch for each step: all batches of an epoch in turn, then those of the next.
pub struct Epochs<B, F> {
    cut: F,
    seed: u64,
    epoch: usize,
    batches: Vec<B>,
}

impl<B, F: Fn(u64) -> Result<Vec<B>>> Epochs<B, F> {
    /// `cut` makes the batches of an epoch from a seed, always as many.
    ///
    /// # Errors
    /// If it cannot make those of the first.
    pub fn new(seed: u64, cut: F) -> Result<Epochs<B, F>> {
        Ok(Epochs { batches: cut(seed)?, cut, seed, epoch: 0 })
    }

    /// The batch of a step, counted from 0.
    pub fn at(&mut self, step: usize) -> &B {
        let epoch = step / self.batches.len();
        if self.epoch != epoch {
            self.epoch = epoch;
            self.batches = (self.cut)(self.seed.wrapping_add(epoch as u64)).expect("it could make those of the first");
        }
        &self.batches[step % self.batches.len()]
    }
}
