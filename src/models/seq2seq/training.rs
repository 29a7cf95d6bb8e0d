//! A recurrent encoder and decoder on pairs.

use super::Seq2Seq;
use crate::{
    Result,
    models::pairs::{Seq2SeqTraining, mean_pair_loss},
    nn::Module,
    text::{PairBatch, ParallelCorpus},
    train::History,
};

impl Seq2Seq {
    /// Trains the model on pairs, each token of a target predicted from those before it as they should be (teacher
    /// forcing: Williams and Zipser 1989).
    ///
    /// With held-out pairs, the weights under which their loss was smallest are kept.
    ///
    /// # Errors
    /// If a setting is out of its range, or the loss becomes infinite or NaN.
    pub fn fit(
        &self,
        train: &ParallelCorpus,
        valid: Option<&ParallelCorpus>,
        training: &Seq2SeqTraining,
    ) -> Result<History> {
        training.run(
            self.config.seed,
            &self.parameters(),
            &|batch, training| self.logits(batch, training),
            train,
            valid,
        )
    }

    /// The mean loss over all batches, in nats per token.
    pub fn mean_loss(&self, batches: &[PairBatch]) -> f64 {
        mean_pair_loss(|batch, training| self.logits(batch, training), batches)
    }
}
