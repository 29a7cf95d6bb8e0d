//! A recurrent model on a running text: trained, and scored.

use super::{RecurrentLm, model::detached};
use crate::{
    Result,
    autograd::no_grad,
    decode::LanguageModel,
    metrics::Score,
    models::{
        log_probs::{log_probs, numbers},
        training::{LmTraining, adam_w, check_corpus, check_learned, mean_loss},
    },
    nn::Module,
    text::{Block, Corpus, Vocab},
    train::History,
};
use ndarray::{ArrayView1, Axis};
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
        check_corpus(train, self.vocab().len())?;
        training.check_places()?;
        let blocks = training.blocks(train)?;
        let seed = self.config().seed;
        let mut states = self.zero_states(training.batch);
        let mut loss = |step: usize| {
            let i = step % blocks.len();
            if i == 0 {
                states = self.zero_states(training.batch);
            }
            let inputs = training.read(&blocks[i].inputs, seed.wrapping_add(step as u64));
            let (logits, next) = self.logits(&inputs, &states, true);
            states = detached(&next);
            (self.mean_nats(&logits, &blocks[i], training.label_smoothing), blocks[i].predicted())
        };
        let cut = |valid: &Corpus| {
            check_corpus(valid, self.vocab().len())?;
            // A short text has fewer streams.
            LmTraining { batch: training.batch.min(valid.predicted()), ..training.clone() }.blocks(valid)
        };
        let mut look = valid.map(cut).transpose()?.map(|blocks| move || self.mean_loss(&blocks));
        let held_out = look.as_mut().map(|look| look as &mut dyn FnMut() -> f64);
        let trainer = training.trainer(seed, valid.is_some());
        let history = trainer.run(&self.parameters(), &mut adam_w(training.weight_decay), &mut loss, held_out)?;
        check_learned(&history, self.vocab().predicted(), training.learning_rate)?;
        Ok(history)
    }

    /// The mean loss over all blocks of a text, in nats per token.
    fn mean_loss(&self, blocks: &[Block]) -> f64 {
        let mut states = self.zero_states(blocks[0].inputs.nrows());
        mean_loss(blocks, |block| {
            let (loss, next) = self.loss(block, &states, false);
            states = next;
            (loss, block.predicted())
        })
    }

    /// Predicts every token of a text, line ends included, from all that stand before it: one stream from its first
    /// token to its last, the state being carried on from line to line.
    ///
    /// The same as the sum of [`log_prob`](LanguageModel::log_prob), but many steps at once.
    ///
    /// # Errors
    /// If the text has an id outside of the vocabulary.
    pub fn score(&self, corpus: &Corpus) -> Result<Score> {
        check_corpus(corpus, self.vocab().len())?;
        let mut score = Score { characters: corpus.characters(), ..Score::default() };
        let mut states = self.zero_states(1);
        for block in Block::blocks(&corpus.stream(), 1, STEPS, Vocab::EOS)? {
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
