//! A masked model on texts: trained, scored, and asked to fill gaps.

use super::MaskedLm;
use crate::{
    Error, Result,
    autograd::{Var, no_grad},
    metrics::Score,
    models::{
        epochs::Epochs,
        log_probs::{log_probs, log_probs_of_rows, numbers},
        training::{LmTraining, adam_w, check_corpus, check_learned, mean_loss},
    },
    nn::{Mask, Module},
    text::{Corpus, Masking, Padded, Vocab, check_text},
    train::{CrossEntropy, History, Limit},
};
use ndarray::{Array2, Axis};
use std::borrow::Cow;

/// Under which seed held-out tokens are hidden: at each look the same ones.
const LOOK: u64 = 0;

impl MaskedLm {
    /// What suits a small BERT: 32 texts, a learning rate of 10⁻³, weights that decay by 0.1.
    pub fn training(&self) -> LmTraining {
        LmTraining {
            steps: self.config.context,
            limit: Limit::Steps(2000),
            learning_rate: 1e-3,
            weight_decay: 0.1,
            ..LmTraining::default()
        }
    }

    /// Trains the model to find hidden tokens: each line is a text `<s> w₁ … wₘ </s>`, and a longer one than `steps`
    /// tokens is cut. Other tokens are hidden each time.
    ///
    /// With held-out text, the weights under which its loss was smallest are kept.
    ///
    /// # Errors
    /// If a setting is out of its range, texts are longer than the places that are learned, one has an id outside of the
    /// vocabulary, or the loss becomes infinite or NaN.
    pub fn fit(&self, train: &Corpus, valid: Option<&Corpus>, training: &LmTraining) -> Result<History> {
        self.fit_hiding(train, valid, training, &Masking::default())
    }

    /// As [`fit`](MaskedLm::fit), with tokens hidden otherwise.
    ///
    /// # Errors
    /// As there.
    pub fn fit_hiding(
        &self,
        train: &Corpus,
        valid: Option<&Corpus>,
        training: &LmTraining,
        masking: &Masking,
    ) -> Result<History> {
        training.check_places()?;
        let seed = self.config.seed;
        let texts = self.texts(train, training.steps)?;
        let mut epochs = Epochs::new(seed, |seed| Padded::batches(&texts, training.batch, Vocab::EOS, seed))?;
        let mut loss = |step: usize| {
            let (batch, seed) = (epochs.at(step), seed.wrapping_add(step as u64));
            self.batch_loss(batch, masking, seed, Some(training))
        };
        let held_out = valid.map(|valid| {
            let texts = self.texts(valid, training.steps)?;
            Padded::batches(&texts, training.batch, Vocab::EOS, LOOK)
        });
        let mut look = held_out.transpose()?.map(|batches| {
            move || mean_loss(batches.iter().zip(LOOK..), |(batch, seed)| self.batch_loss(batch, masking, seed, None))
        });
        let look = look.as_mut().map(|look| look as &mut dyn FnMut() -> f64);
        let trainer = training.trainer(seed, valid.is_some());
        let history = trainer.run(&self.parameters(), &mut adam_w(training.weight_decay), &mut loss, look)?;
        check_learned(&history, self.vocab.predicted(), training.learning_rate)?;
        Ok(history)
    }

    /// The loss of a batch and how many tokens were hidden; in training, by these settings.
    fn batch_loss(&self, batch: &Padded, masking: &Masking, seed: u64, by: Option<&LmTraining>) -> (Var, usize) {
        let counts = Array2::from_shape_fn(batch.ids.dim(), |at| batch.mask[at] && batch.ids[at] != Vocab::BOS);
        let tokens = Vocab::RESERVED.len() as u32..self.mask().max(Vocab::RESERVED.len() as u32 + 1);
        let read = by.map_or(Cow::Borrowed(&batch.ids), |by| by.read(&batch.ids, seed));
        let (inputs, chosen) = masking.hide(&read, &counts, self.mask(), tokens, seed);
        let hidden = chosen.iter().filter(|&&chosen| chosen).count();
        let logits = self.logits(&inputs, &Mask::padding(batch.mask.clone()), by.is_some());
        let label_smoothing = by.map_or(0.0, |by| by.label_smoothing);
        (logits.cross_entropy_with(&batch.ids, CrossEntropy { mask: Some(&chosen), label_smoothing }), hidden)
    }

    /// The texts of a corpus, none longer than so many tokens.
    fn texts(&self, corpus: &Corpus, steps: usize) -> Result<Vec<Vec<u32>>> {
        if steps < 2 {
            let expected = "at least 2: a token and what stands beside it".into();
            return Err(Error::Config { name: "the number of steps", found: steps.to_string(), expected });
        }
        check_corpus(corpus, self.vocab.len())?;
        let texts: Vec<Vec<u32>> =
            corpus.sentences().flat_map(|text| text.chunks(steps)).map(<[u32]>::to_vec).collect();
        self.config.check_steps(texts.iter().map(Vec::len).max().unwrap_or(0))?;
        Ok(texts)
    }

    /// ln p of every token at every place of a text, in which some may be hidden by [`mask`](MaskedLm::mask).
    ///
    /// Shapes: → (T, V).
    ///
    /// # Errors
    /// If the text is empty, longer than the places that are learned, or has an id above that of `<mask>`.
    pub fn fill(&self, ids: &[u32]) -> Result<Array2<f64>> {
        check_text(0, ids, self.vocab.len() + 1)?;
        self.config.check_steps(ids.len())?;
        let row = Array2::from_shape_vec((1, ids.len()), ids.to_vec()).expect("one row");
        let logits = no_grad(|| self.logits(&row, &Mask::none(), false)).value();
        let logits = logits.index_axis_move(Axis(0), 0).into_dimensionality().expect("a row for each place");
        Ok(log_probs_of_rows(logits.view()))
    }

    /// Hides every token of every text once, alone, and predicts it from all others (Salazar and others 2020): the line
    /// ends as well, but not `<s>`.
    ///
    /// # Errors
    /// As for [`fit`](MaskedLm::fit).
    pub fn score(&self, corpus: &Corpus, steps: usize) -> Result<Score> {
        let mut score = Score { characters: corpus.characters(), ..Score::default() };
        for text in self.texts(corpus, steps)? {
            let places: Vec<usize> = (0..text.len()).filter(|&place| text[place] != Vocab::BOS).collect();
            if places.is_empty() {
                continue;
            }
            let hidden = |(row, place): (usize, usize)| if places[row] == place { self.mask() } else { text[place] };
            let ids = Array2::from_shape_fn((places.len(), text.len()), hidden);
            let logits = no_grad(|| self.logits(&ids, &Mask::none(), false)).value();
            for (row, &place) in places.iter().enumerate() {
                let logits = logits.slice(ndarray::s![row, place, ..]);
                score.add(-log_probs(numbers(logits))[text[place] as usize], text[place] == Vocab::UNK);
            }
        }
        Ok(score)
    }
}
