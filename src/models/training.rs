//! How to train a language model on a running text.

use crate::{
    Error, Result,
    autograd::{Var, no_grad},
    math::rng,
    text::{Augment, Block, Corpus, Vocab, check_ids},
    train::{Adam, History, Limit, Penalty, Schedule, Trainer},
};
use ndarray::{Array1, Array2};
use std::{borrow::Cow, rc::Rc};

/// Updates in which the learning rate rises; a tenth of a training that is told to take fewer than ten times as many.
const WARM_UP: usize = 100;

/// AdamW (β 0.9 and 0.99), the gradient clipped to the norm 1, and a learning rate that rises over the first
/// 100 updates and falls along a cosine to a tenth.
#[derive(Clone, Debug)]
pub struct LmTraining {
    /// B: the streams into which the text is cut, to be read side by side. Default 32.
    pub batch: usize,
    /// T: the steps of a block. No gradient goes back from one block into the one before. Default 64.
    pub steps: usize,
    /// Default 1000 updates.
    pub limit: Limit,
    /// The highest one. Default 6·10⁻³.
    pub learning_rate: f64,
    /// A record, and a look at held-out text, every so many updates and at the end. Default 100.
    pub evaluate_every: usize,
    /// With held-out text, the weights under which its loss was smallest are kept. Stops after so many looks in a row
    /// without a smaller loss; default none: it goes on to the limit.
    pub patience: Option<usize>,
    /// How much of themselves the matrices lose at each update, times the learning rate. Default 0.
    pub weight_decay: f64,
    /// What large weights cost. Default nothing.
    pub penalty: Penalty,
    /// How much of the probability is to be spread over all tokens, in training. Default 0.
    pub label_smoothing: f64,
    /// Changes what is read in training, and not what is to be predicted. Default nothing.
    pub augment: Option<Rc<dyn Augment>>,
    /// No line of progress. Default false.
    pub quiet: bool,
}

impl Default for LmTraining {
    fn default() -> LmTraining {
        LmTraining {
            batch: 32,
            steps: 64,
            limit: Limit::Steps(1000),
            learning_rate: 6e-3,
            evaluate_every: 100,
            patience: None,
            weight_decay: 0.0,
            penalty: Penalty::default(),
            label_smoothing: 0.0,
            augment: None,
            quiet: false,
        }
    }
}

impl LmTraining {
    /// So many times over a text.
    ///
    /// # Errors
    /// As for [`blocks`](LmTraining::blocks).
    pub fn epochs(&self, epochs: usize, corpus: &Corpus) -> Result<Limit> {
        Ok(Limit::Epochs { epochs, batches: self.blocks(corpus)?.len() })
    }

    /// The blocks of an epoch: a text as one stream `</s> w₁ … wₘ </s> w₁ …`, cut into B.
    ///
    /// # Errors
    /// If B or T is 0, or B more than the tokens of the text.
    pub fn blocks(&self, corpus: &Corpus) -> Result<Vec<Block>> {
        let stream = corpus.stream();
        let most = stream.len() - 1;
        if self.batch > most {
            let expected = format!("at most {most}: the text has no more tokens");
            return Err(Error::Config { name: "the batch size", found: self.batch.to_string(), expected });
        }
        Block::blocks(&stream, self.batch, self.steps, Vocab::EOS)
    }

    /// Whether it suits a model that predicts the text that it reads.
    ///
    /// # Errors
    /// If tokens are to change their places.
    pub(super) fn check_places(&self) -> Result<()> {
        match &self.augment {
            Some(augment) if !augment.keeps_places() => Err(Error::Config {
                name: "the augmentation",
                found: format!("{augment:?}, which moves tokens"),
                expected: "one that keeps their places: what moves forward stands where it should be predicted".into(),
            }),
            _ => Ok(()),
        }
    }

    /// What is read of a batch in which each place keeps a token, at this step of a training.
    pub(super) fn read<'a>(&self, ids: &'a Array2<u32>, seed: u64) -> Cow<'a, Array2<u32>> {
        let Some(augment) = &self.augment else { return Cow::Borrowed(ids) };
        let (mut changed, mut rng) = (ids.clone(), rng(seed));
        for mut row in changed.rows_mut() {
            let read = augment.change(&row.to_vec(), &mut rng);
            row.assign(&Array1::from(read));
        }
        Cow::Owned(changed)
    }

    pub(super) fn trainer(&self, seed: u64, held_out: bool) -> Trainer {
        Trainer {
            limit: self.limit.clone(),
            schedule: schedule(&self.limit, self.learning_rate),
            evaluate_every: self.evaluate_every,
            patience: patience(self.patience, held_out),
            penalty: self.penalty,
            quiet: self.quiet,
            seed,
            ..Trainer::default()
        }
    }
}

pub(super) fn adam_w(weight_decay: f64) -> Adam {
    Adam { beta1: 0.9, beta2: 0.99, weight_decay, decoupled: true, decay_vectors: false, ..Adam::default() }
}

/// The mean loss over batches, in nats per token; `loss` says of each its own mean, and of how many tokens.
pub(super) fn mean_loss<B>(batches: impl IntoIterator<Item = B>, mut loss: impl FnMut(B) -> (Var, usize)) -> f64 {
    let (mut nats, mut tokens) = (0.0, 0);
    for batch in batches {
        let (loss, count) = no_grad(|| loss(batch));
        nats += f64::from(loss.item()) * count as f64;
        tokens += count;
    }
    nats / tokens as f64
}

/// A rate that rises over the first 100 updates and falls along a cosine to a tenth.
pub(super) fn schedule(limit: &Limit, peak: f64) -> Schedule {
    let steps = match *limit {
        Limit::Steps(steps) => Some(steps),
        Limit::Epochs { epochs, batches } => Some(epochs.saturating_mul(batches)),
        Limit::Seconds(_) => None,
    };
    let warm_up = steps.map_or(WARM_UP, |steps| WARM_UP.min(steps / 10));
    Schedule::Cosine { peak, floor: 0.1 * peak, warm_up, steps: steps.unwrap_or(usize::MAX) }
}

/// Clipping can keep a loss finite that has long run away: worse than to take all tokens for equally likely.
pub(super) fn check_learned(history: &History, tokens: usize, learning_rate: f64) -> Result<()> {
    let guess = (tokens as f64).ln();
    match history.records.last() {
        Some(last) if last.loss > guess + 1.0 => Err(Error::Diverged {
            step: last.step,
            found: format!("the loss is {:.2}, where a guess among all tokens costs {guess:.2}", last.loss),
            cause: format!("the learning rate, {learning_rate}, is too high; lower it"),
        }),
        _ => Ok(()),
    }
}

/// With held-out text a patience that never ends, where none is given: the best weights are kept nevertheless.
pub(super) fn patience(patience: Option<usize>, held_out: bool) -> Option<usize> {
    patience.or(held_out.then_some(usize::MAX))
}

/// Whether the ids of a text are those of a vocabulary of this size.
pub(super) fn check_corpus(corpus: &Corpus, size: usize) -> Result<()> {
    corpus.sentences().enumerate().try_for_each(|(sequence, ids)| check_ids(sequence, ids, size))
}
