//! A masked model on texts: trained, scored, and asked to fill gaps.

use super::MaskedLm;
use crate::{
    Error, Result,
    autograd::no_grad,
    metrics::Score,
    models::{
        epochs::Epochs,
        log_probs::{log_probs, numbers},
        training::{LmTraining, check_ids, check_learned},
    },
    nn::{Mask, Module},
    text::{Corpus, Masking, Padded, Vocab},
    train::{History, Limit},
};
use ndarray::{Array1, Array2, Axis};

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
        let seed = self.config.seed;
        let texts = self.texts(train, training.steps)?;
        let mut epochs = Epochs::new(seed, |seed| Padded::batches(&texts, training.batch, Vocab::EOS, seed))?;
        let mut loss = |step: usize| self.batch_loss(epochs.at(step), masking, seed.wrapping_add(step as u64), true);
        let held_out = valid.map(|valid| {
            let texts = self.texts(valid, training.steps)?;
            Padded::batches(&texts, training.batch, Vocab::EOS, LOOK)
        });
        let mut look = held_out.transpose()?.map(|batches| {
            move || {
                let (mut nats, mut count) = (0.0, 0);
                for (i, batch) in batches.iter().enumerate() {
                    let (loss, hidden) = no_grad(|| self.batch_loss(batch, masking, LOOK + i as u64, false));
                    nats += f64::from(loss.item()) * hidden as f64;
                    count += hidden;
                }
                nats / count as f64
            }
        });
        let look = look.as_mut().map(|look| look as &mut dyn FnMut() -> f64);
        let trainer = training.trainer(seed, valid.is_some());
        let history = trainer.run(&self.parameters(), &mut training.adam_w(), &mut loss, look)?;
        check_learned(&history, self.vocab.predicted(), training.learning_rate)?;
        Ok(history)
    }

    fn batch_loss(
        &self,
        batch: &Padded,
        masking: &Masking,
        seed: u64,
        training: bool,
    ) -> (crate::autograd::Var, usize) {
        let counts = Array2::from_shape_fn(batch.ids.dim(), |at| batch.mask[at] && batch.ids[at] != Vocab::BOS);
        let tokens = Vocab::RESERVED.len() as u32..self.mask().max(Vocab::RESERVED.len() as u32 + 1);
        let (inputs, chosen) = masking.hide(&batch.ids, &counts, self.mask(), tokens, seed);
        let hidden = chosen.iter().filter(|&&chosen| chosen).count();
        (self.loss(&inputs, &padding(batch), &batch.ids, &chosen, training), hidden)
    }

    /// The texts of a corpus, none longer than so many tokens.
    fn texts(&self, corpus: &Corpus, steps: usize) -> Result<Vec<Vec<u32>>> {
        if steps < 2 {
            let expected = "at least 2: a token and what stands beside it".into();
            return Err(Error::Config { name: "the number of steps", found: steps.to_string(), expected });
        }
        check_ids(corpus, self.vocab.len())?;
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
        let size = self.vocab.len() + 1;
        if ids.is_empty() {
            return Err(Error::EmptySequence { sequence: 0 });
        }
        if let Some(place) = ids.iter().position(|&id| id as usize >= size) {
            return Err(Error::Symbol { sequence: 0, place, found: ids[place], size });
        }
        self.config.check_steps(ids.len())?;
        let row = Array2::from_shape_vec((1, ids.len()), ids.to_vec()).expect("one row");
        let logits = no_grad(|| self.logits(&row, &Mask::none(), false)).value();
        let rows: Vec<Array1<f64>> =
            logits.lanes(Axis(2)).into_iter().map(|logits| log_probs(numbers(logits))).collect();
        let rows: Vec<_> = rows.iter().map(|row| row.view()).collect();
        Ok(ndarray::stack(Axis(0), &rows).expect("as many numbers for each place"))
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

/// What hides the places of a batch that were filled up.
pub(super) fn padding(batch: &Padded) -> Mask {
    match batch.mask.iter().all(|&counts| counts) {
        true => Mask::none(),
        false => Mask::padding(batch.mask.clone()),
    }
}
