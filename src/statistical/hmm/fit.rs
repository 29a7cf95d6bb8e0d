//! Fitting to a text: Baum–Welch from one start or several, then smoothing.

use super::{
    baum_welch::BaumWelchStep,
    config::HmmConfig,
    expected::HmmCounts,
    language_model::{HmmModel, symbols},
    model::Hmm,
};
use crate::{Error, Result, decode, text::Corpus};
use std::fmt;

/// How far a fit has come.
#[derive(Clone, Debug, PartialEq)]
pub struct HmmProgress {
    /// The start, from 1 on.
    pub restart: usize,
    pub step: BaumWelchStep,
    /// Nats per token of the held-out text, if there is one, under the model with which the iteration ended.
    pub held_out: Option<f64>,
}

impl HmmModel {
    /// Fits a model to sentences. Of several starts, the one with the highest likelihood is kept.
    ///
    /// # Errors
    /// If the config is out of range, there is no sentence, one holds a reserved token, or there are more states than
    /// tokens.
    pub fn fit(train: &[String], config: &HmmConfig) -> Result<HmmModel> {
        HmmModel::fit_watched(train, None, config, &mut |_| {})
    }

    /// Fits a model to sentences, and chooses by other ones: of all iterations of all starts, the one under whose model
    /// the held-out text is most probable is kept.
    ///
    /// # Errors
    /// As for [`HmmModel::fit`].
    pub fn fit_with_valid(train: &[String], valid: &[String], config: &HmmConfig) -> Result<HmmModel> {
        HmmModel::fit_watched(train, Some(valid), config, &mut |_| {})
    }

    /// As the other two, calling `watch` after each iteration.
    ///
    /// # Errors
    /// As for [`HmmModel::fit`].
    pub fn fit_watched(
        train: &[String],
        valid: Option<&[String]>,
        config: &HmmConfig,
        watch: &mut dyn FnMut(&HmmProgress),
    ) -> Result<HmmModel> {
        config.check()?;
        let (corpus, vocab) = Corpus::build(train, config.level)?;
        if config.states > corpus.predicted() {
            let expected = format!("at most {}, the number of tokens in the text", corpus.predicted());
            return Err(Error::Config { name: "the number of states", found: config.states.to_string(), expected });
        }
        let valid = valid.map(|valid| Corpus::encode(valid, config.level, &vocab)).transpose()?;
        let sequences = symbols(&corpus);
        // The best so far, and its nats per token of the text that decides.
        let mut best: Option<(f64, HmmModel)> = None;
        let mut keep_better = |nats: f64, model: &HmmModel| {
            if best.as_ref().is_none_or(|(least, _)| nats < *least) {
                best = Some((nats, model.clone()));
            }
        };
        for restart in 0..config.restarts {
            let hmm = Hmm::random(config.states, vocab.predicted(), config.seed.wrapping_add(restart as u64))?;
            let start = hmm.clone();
            let mut model = HmmModel { config: config.clone(), vocab: vocab.clone(), hmm, history: Vec::new() };
            start.fit_watched(&sequences, &config.baum_welch(), &mut |step, counts, hmm| {
                model.hmm = smoothed(hmm, counts, config.k);
                model.history.push(step.clone());
                let held_out = valid.as_ref().map(|valid| decode::score(&model, valid).nats_per_token());
                held_out.iter().for_each(|nats| keep_better(*nats, &model));
                watch(&HmmProgress { restart: restart + 1, step: step.clone(), held_out });
            })?;
            if let (None, Some(last)) = (&valid, model.history.last()) {
                keep_better(last.nats_per_symbol, &model);
            }
        }
        Ok(best.expect("at least one start and one iteration").1)
    }
}

/// The model of an M step that counts k more of every emission.
fn smoothed(hmm: &Hmm, counts: &HmmCounts, k: f64) -> Hmm {
    let mut counts = counts.clone();
    counts.emissions += k;
    hmm.reestimate(&counts)
}

impl fmt::Display for HmmProgress {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let BaumWelchStep { iteration, nats_per_symbol, gain, .. } = self.step;
        write!(f, "start {}, iteration {iteration:3}: {nats_per_symbol:.6} nats per token", self.restart)?;
        gain.map_or(Ok(()), |gain| write!(f, ", gained {gain:.6}"))?;
        self.held_out.map_or(Ok(()), |nats| write!(f, ", held-out text {nats:.6}"))
    }
}
