//! How any model is trained on pairs.

use super::{
    epochs::Epochs,
    training::{adam_w, mean_loss, patience, schedule},
};
use crate::{
    Result,
    autograd::{Parameters, Var},
    text::{PairBatch, ParallelCorpus},
    train::{History, Limit, Trainer},
};

/// AdamW (β 0.9 and 0.99), the gradient clipped to the norm 1, and a learning rate that rises over the first 100 updates
/// and falls along a cosine to a tenth.
#[derive(Clone, Debug, PartialEq)]
pub struct Seq2SeqTraining {
    /// B: the pairs of an update. Default 32.
    pub batch: usize,
    /// Default 1000 updates.
    pub limit: Limit,
    /// The highest one. Default 4·10⁻³.
    pub learning_rate: f64,
    /// How much of themselves the matrices lose at each update, times the learning rate. Default 0.
    pub weight_decay: f64,
    /// A record, and a look at held-out pairs, every so many updates and at the end. Default 100.
    pub evaluate_every: usize,
    /// With held-out pairs, the weights under which their loss was smallest are kept. Stops after so many looks in a row
    /// without a smaller loss; default none: it goes on to the limit.
    pub patience: Option<usize>,
    /// No line of progress. Default false.
    pub quiet: bool,
}

impl Default for Seq2SeqTraining {
    fn default() -> Seq2SeqTraining {
        Seq2SeqTraining {
            batch: 32,
            limit: Limit::Steps(1000),
            learning_rate: 4e-3,
            weight_decay: 0.0,
            evaluate_every: 100,
            patience: None,
            quiet: false,
        }
    }
}

impl Seq2SeqTraining {
    /// So many times over the pairs.
    pub fn epochs(&self, epochs: usize, pairs: &ParallelCorpus) -> Limit {
        Limit::Epochs { epochs, batches: pairs.len().div_ceil(self.batch.max(1)) }
    }

    /// Trains what gives the loss of a batch, in training or not.
    pub(super) fn run(
        &self,
        seed: u64,
        parameters: &Parameters,
        loss_of: &impl Fn(&PairBatch, bool) -> Var,
        train: &ParallelCorpus,
        valid: Option<&ParallelCorpus>,
    ) -> Result<History> {
        let mut epochs = Epochs::new(seed, |seed| train.batches(self.batch, seed))?;
        let mut loss = |step: usize| {
            let batch = epochs.at(step);
            (loss_of(batch, true), batch.predicted())
        };
        let held_out = valid.map(|valid| valid.batches(self.batch, 0)).transpose()?;
        let mut look =
            held_out.map(|batches| move || mean_loss(&batches, |batch| (loss_of(batch, false), batch.predicted())));
        let trainer = Trainer {
            limit: self.limit.clone(),
            schedule: schedule(&self.limit, self.learning_rate),
            evaluate_every: self.evaluate_every,
            patience: patience(self.patience, valid.is_some()),
            quiet: self.quiet,
            seed,
            ..Trainer::default()
        };
        let look = look.as_mut().map(|look| look as &mut dyn FnMut() -> f64);
        trainer.run(parameters, &mut adam_w(self.weight_decay), &mut loss, look)
    }
}
