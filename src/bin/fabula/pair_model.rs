//! A model that makes one text of another, of either kind.

use anyhow::{Result, bail};
use fabula::{
    autograd::Parameters,
    decode::Limits,
    models::{EncoderDecoder, Seq2Seq, Seq2SeqTraining},
    nn::Module,
    text::{Bitext, Codec, PairBatch, ParallelCorpus, saved_model, sources::Pair},
    train::History,
};
use std::{fmt, path::Path};

pub enum PairModel {
    Recurrent(Box<Seq2Seq>),
    Transformer(Box<EncoderDecoder>),
}

/// The same words for a model of either kind, though their translations have different types.
macro_rules! of_either_kind {
    ($model:expr, $name:ident => $body:expr) => {
        match $model {
            $crate::pair_model::PairModel::Recurrent($name) => $body,
            $crate::pair_model::PairModel::Transformer($name) => $body,
        }
    };
}
pub(crate) use of_either_kind;

impl PairModel {
    /// What `fabula fit seq2seq --save` has written: the model, and the codecs of sources and targets.
    pub fn load(dir: &Path) -> Result<(PairModel, Codec, Codec)> {
        match saved_model(dir)?.as_str() {
            "seq2seq" => Ok(with(PairModel::Recurrent, Seq2Seq::load(dir)?)),
            "encoder_decoder" => Ok(with(PairModel::Transformer, EncoderDecoder::load(dir)?)),
            found => bail!("{} holds a model {found:?}: expected one that translates", dir.display()),
        }
    }

    pub fn fit(
        &self,
        train: &ParallelCorpus,
        valid: Option<&ParallelCorpus>,
        training: &Seq2SeqTraining,
    ) -> fabula::Result<History> {
        of_either_kind!(self, model => model.fit(train, valid, training))
    }

    pub fn save(&self, dir: &Path, source: &Codec, target: &Codec) -> fabula::Result<()> {
        of_either_kind!(self, model => model.save(dir, source, target))
    }

    pub fn mean_loss(&self, batches: &[PairBatch]) -> f64 {
        of_either_kind!(self, model => model.mean_loss(batches))
    }

    pub fn answers(&self, bitext: &Bitext, pairs: &[Pair], limits: &Limits) -> fabula::Result<Vec<String>> {
        of_either_kind!(self, model => model.answers(bitext, pairs, limits))
    }

    pub fn parameters(&self) -> Parameters {
        of_either_kind!(self, model => model.parameters())
    }
}

fn with<M>(kind: fn(Box<M>) -> PairModel, (model, source, target): (M, Codec, Codec)) -> (PairModel, Codec, Codec) {
    (kind(Box::new(model)), source, target)
}

impl fmt::Display for PairModel {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        of_either_kind!(self, model => model.fmt(f))
    }
}
