//! A Transformer on pairs.

use super::EncoderDecoder;
use crate::{
    Result,
    models::pairs::{Seq2SeqTraining, mean_pair_loss},
    nn::Module,
    text::{PairBatch, ParallelCorpus},
    train::History,
};

impl EncoderDecoder {
    /// What suits a small Transformer: a learning rate of 10⁻³, weights that decay by 0.1.
    pub fn training(&self) -> Seq2SeqTraining {
        Seq2SeqTraining { learning_rate: 1e-3, weight_decay: 0.1, ..Seq2SeqTraining::default() }
    }

    /// Trains the model on pairs, each token of a target predicted from those before it as they should be.
    ///
    /// With held-out pairs, the weights under which their loss was smallest are kept.
    ///
    /// # Errors
    /// If a setting is out of its range, a text is longer than the places that are learned, or the loss becomes infinite
    /// or NaN.
    pub fn fit(
        &self,
        train: &ParallelCorpus,
        valid: Option<&ParallelCorpus>,
        training: &Seq2SeqTraining,
    ) -> Result<History> {
        for pairs in [Some(train), valid].into_iter().flatten() {
            let longest = pairs.sources().chain(pairs.targets()).map(<[u32]>::len).max();
            self.config.check_steps(longest.unwrap_or(0))?;
        }
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
