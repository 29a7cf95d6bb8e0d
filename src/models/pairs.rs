//! What any model does with pairs: how it is trained on them, and what it answers.

use super::{
    epochs::Epochs,
    training::{adam_w, mean_loss, patience, schedule},
};
use crate::{
    Result,
    autograd::{Parameters, Var},
    decode::{LanguageModel, Limits, greedy},
    text::{Augment, Bitext, PairBatch, ParallelCorpus, Vocab, sources::Pair},
    train::{CrossEntropy, History, Limit, Penalty, Trainer},
};
use std::{borrow::Cow, rc::Rc};

/// AdamW (β 0.9 and 0.99), the gradient clipped to the norm 1, and a learning rate that rises over the first 100 updates
/// and falls along a cosine to a tenth.
#[derive(Clone, Debug)]
pub struct Seq2SeqTraining {
    /// B: the pairs of an update. Default 32.
    pub batch: usize,
    /// Default 1000 updates.
    pub limit: Limit,
    /// The highest one. Default 4·10⁻³.
    pub learning_rate: f64,
    /// How much of themselves the matrices lose at each update, times the learning rate. Default 0.
    pub weight_decay: f64,
    /// What large weights cost. Default nothing.
    pub penalty: Penalty,
    /// How much of the probability is to be spread over all tokens, in training. Default 0.
    pub label_smoothing: f64,
    /// Changes the sources in training, and not the targets. Default nothing.
    pub augment: Option<Rc<dyn Augment>>,
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
            penalty: Penalty::default(),
            label_smoothing: 0.0,
            augment: None,
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

    /// Trains what gives the scores of a batch, of shape (B, T, V), in training or not.
    pub(super) fn run(
        &self,
        seed: u64,
        parameters: &Parameters,
        logits: &impl Fn(&PairBatch, bool) -> Var,
        train: &ParallelCorpus,
        valid: Option<&ParallelCorpus>,
    ) -> Result<History> {
        let mut epochs = Epochs::new(seed, |seed| train.batches(self.batch, seed))?;
        let mut loss = |step: usize| {
            let batch = epochs.at(step);
            let batch = self.read(batch, seed.wrapping_add(step as u64));
            (mean_nats(&logits(&batch, true), &batch, self.label_smoothing), batch.predicted())
        };
        let held_out = valid.map(|valid| valid.batches(self.batch, 0)).transpose()?;
        let mut look = held_out.map(|batches| move || mean_pair_loss(logits, &batches));
        let trainer = Trainer {
            limit: self.limit.clone(),
            schedule: schedule(&self.limit, self.learning_rate),
            evaluate_every: self.evaluate_every,
            patience: patience(self.patience, valid.is_some()),
            penalty: self.penalty,
            quiet: self.quiet,
            seed,
            ..Trainer::default()
        };
        let look = look.as_mut().map(|look| look as &mut dyn FnMut() -> f64);
        trainer.run(parameters, &mut adam_w(self.weight_decay), &mut loss, look)
    }

    /// A batch as it is read this time.
    fn read<'a>(&self, batch: &'a PairBatch, seed: u64) -> Cow<'a, PairBatch> {
        let Some(augment) = self.augment.as_deref() else { return Cow::Borrowed(batch) };
        let source = batch.source.changed(augment, Vocab::EOS, seed);
        Cow::Owned(PairBatch { source, ..batch.clone() })
    }
}

/// The mean loss of these scores over all batches, in nats per token.
pub(super) fn mean_pair_loss(logits: impl Fn(&PairBatch, bool) -> Var, batches: &[PairBatch]) -> f64 {
    mean_loss(batches, |batch| (mean_nats(&logits(batch, false), batch, 0.0), batch.predicted()))
}

/// The mean cross-entropy of scores of shape (B, T, V) with the targets.
fn mean_nats(logits: &Var, batch: &PairBatch, label_smoothing: f64) -> Var {
    logits.cross_entropy_with(&batch.targets, CrossEntropy { mask: Some(&batch.mask), label_smoothing })
}

/// What greedy search makes of the source of each pair, by the model of what may be written, given a source.
pub(super) fn answers<M: LanguageModel>(
    given: impl Fn(&[u32]) -> Result<M>,
    bitext: &Bitext,
    pairs: &[Pair],
    limits: &Limits,
) -> Result<Vec<String>> {
    let answer = |pair: &Pair| {
        let model = given(&bitext.source.encode(&pair.source)?)?;
        bitext.target.decode(&greedy(&model, limits)?.tokens)
    };
    pairs.iter().map(answer).collect()
}
