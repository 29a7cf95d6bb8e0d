//! The loop: a batch, its loss, its gradient, a step; now and then a look at held-out text.

use super::{
    checkpoint::Checkpoint,
    clip::clip_by_norm,
    diverged::diverged,
    early_stopping::EarlyStopping,
    history::{History, Record},
    limit::Limit,
    meter::Meter,
    optimiser::Optimiser,
    penalty::Penalty,
    progress::Progress,
    schedule::Schedule,
};
use crate::{
    Error, Result,
    autograd::{Parameters, Var, no_grad},
};
use serde_json::Value;
use std::{path::PathBuf, time::Instant};

/// How to train.
#[derive(Clone, Debug)]
pub struct Trainer {
    /// When to stop. Default 1000 steps.
    pub limit: Limit,
    /// The learning rate. Default 10⁻³, constant.
    pub schedule: Schedule,
    /// Clips the gradient to this norm. Default 1.
    pub clip: Option<f64>,
    /// Default none.
    pub penalty: Penalty,
    /// A record, and a look at held-out text, every so many steps and at the end. Default 100.
    pub evaluate_every: usize,
    /// Stops after so many looks in a row without a smaller held-out loss, and goes back to the best weights.
    pub patience: Option<usize>,
    /// A file that is written at every look.
    pub checkpoint: Option<PathBuf>,
    /// Goes on from the checkpoint, if the file is there. Default false.
    pub resume: bool,
    /// What the checkpoint says of the model.
    pub config: Value,
    pub seed: u64,
    /// No line of progress. Default false.
    pub quiet: bool,
}

impl Default for Trainer {
    fn default() -> Trainer {
        Trainer {
            limit: Limit::Steps(1000),
            schedule: Schedule::Constant(1e-3),
            clip: Some(1.0),
            penalty: Penalty::default(),
            evaluate_every: 100,
            patience: None,
            checkpoint: None,
            resume: false,
            config: Value::Null,
            seed: 0,
            quiet: false,
        }
    }
}

impl Trainer {
    /// Trains until the limit, or until the held-out loss has stopped falling.
    ///
    /// `loss` gets the number of the step, from 0 on, and answers with the loss of a batch, in nats per token, and the
    /// number of its tokens. What it draws at random should follow from the seed and the step: then a training that is
    /// resumed gives the same bytes as one that was never interrupted. `held_out` answers with nats per token; it is
    /// called inside [`no_grad`].
    ///
    /// # Errors
    /// If a field is out of its range, the loss or a gradient becomes infinite or NaN, or the checkpoint cannot be
    /// written, or is that of another model.
    pub fn run(
        &self,
        parameters: &Parameters,
        optimiser: &mut dyn Optimiser,
        loss: &mut dyn FnMut(usize) -> (Var, usize),
        mut held_out: Option<&mut dyn FnMut() -> f64>,
    ) -> Result<History> {
        self.check(held_out.is_some())?;
        let mut stopping = self.patience.map(EarlyStopping::new);
        let (first, mut history) = self.start(parameters, optimiser, stopping.as_mut())?;
        let mut progress = Progress::new(self.quiet);
        let mut seconds = history.records.last().map_or(0.0, |record| record.seconds);
        let mut since = Meter::default();
        let mut norm = 0.0;
        let mut step = first;
        while !history.stopped_early && self.limit.part(step, seconds) < 1.0 {
            let started = Instant::now();
            let rate = self.limit.rate(&self.schedule, step, seconds);
            parameters.iter().for_each(|(_, var)| var.zero_grad());
            let (batch_loss, tokens) = loss(step);
            let value = f64::from(batch_loss.item());
            if !value.is_finite() {
                return Err(diverged(step, format!("the loss is {value}"), parameters, rate, norm));
            }
            batch_loss.backward();
            // Nothing holds the weights any more, so that they can change in place.
            drop(batch_loss);
            self.penalty.add_gradients(parameters);
            norm = clip_by_norm(parameters, self.clip.unwrap_or(f64::INFINITY)).map_err(|error| match error {
                Error::Gradient { name } => {
                    diverged(step, format!("the gradient of {name} is no number"), parameters, rate, norm)
                }
                other => other,
            })?;
            optimiser.step(parameters, rate);
            self.penalty.shrink(parameters, rate);
            step += 1;
            seconds += started.elapsed().as_secs_f64();
            since.add(value, tokens, started.elapsed().as_secs_f64());

            let part = self.limit.part(step, seconds);
            if !step.is_multiple_of(self.evaluate_every) && part < 1.0 {
                progress.between(step, value, since.tokens_per_second(), seconds, part);
                continue;
            }
            let record = Record {
                step,
                seconds,
                loss: since.loss(),
                held_out: held_out.as_mut().map(no_grad),
                learning_rate: rate,
                gradient_norm: norm,
                tokens_per_second: since.tokens_per_second(),
            };
            since = Meter::default();
            progress.record(&record, part);
            if let (Some(stopping), Some(held_out)) = (&mut stopping, record.held_out) {
                history.stopped_early = stopping.observe(held_out, parameters);
            }
            history.records.push(record);
            self.save(step, parameters, optimiser, &history, stopping.as_ref())?;
        }
        if let Some(stopping) = &stopping {
            stopping.restore(parameters);
        }
        Ok(history)
    }

    /// The first step, and what came before it.
    fn start(
        &self,
        parameters: &Parameters,
        optimiser: &mut dyn Optimiser,
        stopping: Option<&mut EarlyStopping>,
    ) -> Result<(usize, History)> {
        match &self.checkpoint {
            Some(path) if self.resume && path.exists() => {
                let stored = Checkpoint::read_with(path, parameters, stopping)?;
                if !stored.optimiser.fits(optimiser.averages()) {
                    let message = "it holds the state of another optimiser; train with that, or from the start".into();
                    return Err(Error::Checkpoint { path: path.clone(), message });
                }
                optimiser.set_state(stored.optimiser);
                Ok((stored.step, stored.history))
            }
            _ => Ok((0, History::default())),
        }
    }

    fn save(
        &self,
        step: usize,
        parameters: &Parameters,
        optimiser: &dyn Optimiser,
        history: &History,
        stopping: Option<&EarlyStopping>,
    ) -> Result<()> {
        let Some(path) = &self.checkpoint else { return Ok(()) };
        let (seed, config) = (self.seed, self.config.clone());
        let (optimiser, history) = (optimiser.state().clone(), history.clone());
        Checkpoint { step, seed, config, optimiser, history }.write_with(path, parameters, stopping)
    }

    fn check(&self, held_out: bool) -> Result<()> {
        let wrong = |name, found: String, expected: &str| Err(Error::Config { name, found, expected: expected.into() });
        self.limit.check()?;
        self.schedule.check()?;
        let Penalty { l1, l2 } = self.penalty;
        if let Some(lambda) = [l1, l2].into_iter().find(|lambda| !lambda.is_finite() || *lambda < 0.0) {
            return wrong("the penalty", lambda.to_string(), "a λ that is not negative");
        }
        match self.clip {
            Some(clip) if clip.is_nan() || clip <= 0.0 => {
                return wrong("the norm to clip to", clip.to_string(), "a positive number, or none");
            }
            _ => (),
        }
        match self.patience {
            _ if self.evaluate_every == 0 => wrong("the steps from look to look", "0".into(), "at least 1"),
            Some(0) => wrong("the patience", "0".into(), "at least 1"),
            Some(patience) if !held_out => wrong("the patience", patience.to_string(), "none without held-out text"),
            _ => Ok(()),
        }
    }
}
