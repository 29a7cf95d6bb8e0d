//! A Transformer on a running text: trained, and scored.

use super::TransformerLm;
use crate::{
    Result,
    autograd::no_grad,
    metrics::Score,
    models::{
        log_probs::{log_probs, numbers},
        training::{LmTraining, adam_w, check_corpus, check_learned, mean_loss},
    },
    nn::Module,
    text::{Block, Corpus, Vocab},
    train::{CrossEntropy, History, Limit},
};
use ndarray::Axis;
use rayon::prelude::*;

/// How many windows are read at once when a text is scored.
const WINDOWS: usize = 16;

impl TransformerLm {
    /// What suits a small GPT: 12 windows of the context, a learning rate of 10⁻³, weights that decay by 0.1.
    pub fn training(&self) -> LmTraining {
        LmTraining {
            batch: 12,
            steps: self.config.context,
            limit: Limit::Steps(2000),
            learning_rate: 1e-3,
            weight_decay: 0.1,
            ..LmTraining::default()
        }
    }

    /// Trains the model on windows drawn from anywhere in a text. An epoch draws as many tokens as the text has.
    ///
    /// With held-out text, the weights under which its loss was smallest are kept.
    ///
    /// # Errors
    /// If a setting is out of its range, a window is longer than the places that are learned, a text has an id outside of
    /// the vocabulary, or the loss becomes infinite or NaN.
    pub fn fit(&self, train: &Corpus, valid: Option<&Corpus>, training: &LmTraining) -> Result<History> {
        self.config.check_steps(training.steps)?;
        training.check_places()?;
        let size = self.vocab.len();
        check_corpus(train, size)?;
        let text = train.stream();
        let seed = self.config.seed;
        // Looked at once, so that a setting out of its range is found before the training begins.
        Block::drawn(&text, training.batch, training.steps, seed)?;
        let mut loss = |step: usize| {
            let seed = seed.wrapping_add(step as u64);
            let block = Block::drawn(&text, training.batch, training.steps, seed).expect("checked before");
            let logits = self.logits(&training.read(&block.inputs, seed), true);
            let options = CrossEntropy { mask: Some(&block.mask), label_smoothing: training.label_smoothing };
            (logits.cross_entropy_with(&block.targets, options), block.predicted())
        };
        let windows = |valid: &Corpus| {
            check_corpus(valid, size)?;
            Block::windows(&valid.stream(), WINDOWS, training.steps, Vocab::EOS)
        };
        let mut look = valid.map(windows).transpose()?.map(|windows| move || self.mean_loss(&windows));
        let held_out = look.as_mut().map(|look| look as &mut dyn FnMut() -> f64);
        let trainer = training.trainer(seed, valid.is_some());
        let history = trainer.run(&self.parameters(), &mut adam_w(training.weight_decay), &mut loss, held_out)?;
        check_learned(&history, self.vocab.predicted(), training.learning_rate)?;
        Ok(history)
    }

    /// The mean loss over windows of a text, in nats per token.
    fn mean_loss(&self, windows: &[Block]) -> f64 {
        mean_loss(windows, |block| (self.loss(block, false), block.predicted()))
    }

    /// Predicts every token of a text, line ends included, from those before it in its window: windows of `steps` tokens,
    /// one behind the other, that know nothing of each other.
    ///
    /// # Errors
    /// If the text has an id outside of the vocabulary, or the windows are longer than the places that are learned.
    pub fn score(&self, corpus: &Corpus, steps: usize) -> Result<Score> {
        check_corpus(corpus, self.vocab.len())?;
        self.config.check_steps(steps)?;
        let mut score = Score { characters: corpus.characters(), ..Score::default() };
        for block in Block::windows(&corpus.stream(), WINDOWS, steps, Vocab::EOS)? {
            let logits = no_grad(|| self.logits(&block.inputs, false)).value();
            let places: Vec<_> = logits.lanes(Axis(2)).into_iter().zip(&block.targets).zip(&block.mask).collect();
            let nats = places
                .into_par_iter()
                .filter(|(_, counts)| **counts)
                .map(|((logits, &token), _)| (-log_probs(numbers(logits))[token as usize], token));
            nats.collect::<Vec<_>>().into_iter().for_each(|(nats, token)| score.add(nats, token == Vocab::UNK));
        }
        Ok(score)
    }
}
