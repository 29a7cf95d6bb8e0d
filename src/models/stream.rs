//! A recurrent model on a running text: trained, and scored.

use super::{
    recurrent_lm::RecurrentLm,
    training::{LmTraining, check_learned, stream},
};
use crate::{
    Error, Result,
    autograd::no_grad,
    decode::LanguageModel,
    math::log_sum_exp,
    metrics::Score,
    nn::Module,
    text::{Block, Corpus, Vocab},
    train::History,
};
use ndarray::{Array1, Array2, ArrayView1, Axis};
use rayon::prelude::*;

/// How many steps are computed at once when a text is scored.
const STEPS: usize = 256;

impl RecurrentLm {
    /// Trains the model on a text: one stream, cut into B, whose states are carried over from block to block, and are
    /// zero where an epoch begins.
    ///
    /// With held-out text, the weights under which its loss was smallest are kept.
    ///
    /// # Errors
    /// If a setting is out of its range, a text has an id outside of the vocabulary, or the loss becomes infinite or NaN.
    pub fn fit(&self, train: &Corpus, valid: Option<&Corpus>, training: &LmTraining) -> Result<History> {
        check_ids(train, self.vocab().len())?;
        let blocks = training.blocks(train)?;
        let mut states = self.zero_states(training.batch);
        let mut loss = |step: usize| {
            let i = step % blocks.len();
            if i == 0 {
                states = self.zero_states(training.batch);
            }
            let (loss, next) = self.loss(&blocks[i], &states, true);
            states = next;
            (loss, blocks[i].predicted())
        };
        let cut = |valid: &Corpus| {
            check_ids(valid, self.vocab().len())?;
            // A short text has fewer streams.
            LmTraining { batch: training.batch.min(valid.predicted()), ..training.clone() }.blocks(valid)
        };
        let mut look = valid.map(cut).transpose()?.map(|blocks| move || self.mean_loss(&blocks));
        let held_out = look.as_mut().map(|look| look as &mut dyn FnMut() -> f64);
        let trainer = training.trainer(self.config().seed, valid.is_some());
        let history = trainer.run(&self.parameters(), &mut training.adam_w(), &mut loss, held_out)?;
        check_learned(&history, self.vocab().predicted(), training.learning_rate)?;
        Ok(history)
    }

    /// The mean loss over all blocks of a text, in nats per token.
    fn mean_loss(&self, blocks: &[Block]) -> f64 {
        let (mut nats, mut tokens) = (0.0, 0);
        let mut states = self.zero_states(blocks[0].inputs.nrows());
        for block in blocks {
            let (loss, next) = no_grad(|| self.loss(block, &states, false));
            nats += f64::from(loss.item()) * block.predicted() as f64;
            tokens += block.predicted();
            states = next;
        }
        nats / tokens as f64
    }

    /// Predicts every token of a text, line ends included, from all that stand before it: one stream from its first
    /// token to its last, the state being carried on from line to line.
    ///
    /// The same as the sum of [`log_prob`](LanguageModel::log_prob), but many steps at once.
    ///
    /// # Errors
    /// If the text has an id outside of the vocabulary.
    pub fn score(&self, corpus: &Corpus) -> Result<Score> {
        check_ids(corpus, self.vocab().len())?;
        let mut score = Score { characters: corpus.characters(), ..Score::default() };
        let mut states = self.zero_states(1);
        for block in Block::blocks(&stream(corpus), 1, STEPS, Vocab::EOS)? {
            let (logits, next) = no_grad(|| self.logits(&block.inputs, &states, false));
            states = next;
            let logits = logits.value();
            let places: Vec<_> = logits.lanes(Axis(2)).into_iter().zip(block.targets).collect();
            let nats = |(logits, token): (ArrayView1<f32>, u32)| (-log_probs(numbers(logits))[token as usize], token);
            let predicted: Vec<(f64, u32)> = places.into_par_iter().map(nats).collect();
            predicted.into_iter().for_each(|(nats, token)| score.add(nats, token == Vocab::UNK));
        }
        Ok(score)
    }
}

/// Whether the ids of a text are those of a vocabulary of this size.
pub(super) fn check_ids(corpus: &Corpus, size: usize) -> Result<()> {
    for (sequence, ids) in corpus.sentences().enumerate() {
        if let Some(place) = ids.iter().position(|&id| id as usize >= size) {
            return Err(Error::Symbol { sequence, place, found: ids[place], size });
        }
    }
    Ok(())
}

/// ln p of every token. There is a logit for every id, but `<s>` is no token that comes: its probability is 0.
pub(super) fn log_probs(logits: &[f32]) -> Array1<f64> {
    let mut scores: Array1<f64> = logits.iter().map(|&x| x.into()).collect();
    scores[Vocab::BOS as usize] = f64::NEG_INFINITY;
    let sum = log_sum_exp(&scores);
    scores - sum
}

/// ln p of every token, for each row of logits.
pub(super) fn log_probs_of_rows(logits: &Array2<f32>) -> Array2<f64> {
    let mut all = Array2::zeros(logits.dim());
    for (mut row, logits) in all.outer_iter_mut().zip(logits.outer_iter()) {
        row.assign(&log_probs(numbers(logits)));
    }
    all
}

pub(super) fn numbers(row: ArrayView1<'_, f32>) -> &[f32] {
    row.to_slice().expect("a row without gaps")
}
