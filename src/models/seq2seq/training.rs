//! How to train a sequence-to-sequence model.

use super::Seq2Seq;
use crate::{
    Result,
    autograd::no_grad,
    models::training::{adam_w, patience, schedule},
    nn::Module,
    text::{PairBatch, ParallelCorpus},
    train::{History, Limit, Trainer},
};

/// AdamW (β 0.9 and 0.99, no decay), the gradient clipped to the norm 1, and a learning rate that rises over the first
/// 100 updates and falls along a cosine to a tenth.
#[derive(Clone, Debug, PartialEq)]
pub struct Seq2SeqTraining {
    /// B: the pairs of an update. Default 32.
    pub batch: usize,
    /// Default 1000 updates.
    pub limit: Limit,
    /// The highest one. Default 4·10⁻³.
    pub learning_rate: f64,
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
}

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
        let seed = self.config.seed;
        let (mut epoch, mut batches) = (0, train.batches(training.batch, seed)?);
        let per_epoch = batches.len();
        let mut loss = |step: usize| {
            if epoch != step / per_epoch {
                epoch = step / per_epoch;
                let seed = seed.wrapping_add(epoch as u64);
                batches = train.batches(training.batch, seed).expect("the size of a batch was checked");
            }
            let batch = &batches[step % per_epoch];
            (self.loss(batch, true), batch.predicted())
        };
        let held_out = valid.map(|valid| valid.batches(training.batch, 0)).transpose()?;
        let mut look = held_out.map(|batches| move || self.mean_loss(&batches));
        let trainer = Trainer {
            limit: training.limit.clone(),
            schedule: schedule(&training.limit, training.learning_rate),
            evaluate_every: training.evaluate_every,
            patience: patience(training.patience, valid.is_some()),
            quiet: training.quiet,
            seed,
            ..Trainer::default()
        };
        let look = look.as_mut().map(|look| look as &mut dyn FnMut() -> f64);
        trainer.run(&self.parameters(), &mut adam_w(), &mut loss, look)
    }

    /// The mean loss over all batches, in nats per token.
    pub fn mean_loss(&self, batches: &[PairBatch]) -> f64 {
        let nats = |batch: &PairBatch| f64::from(no_grad(|| self.loss(batch, false)).item()) * batch.predicted() as f64;
        batches.iter().map(nats).sum::<f64>() / batches.iter().map(PairBatch::predicted).sum::<usize>() as f64
    }
}
