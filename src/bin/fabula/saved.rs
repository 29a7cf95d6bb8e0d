//! Any language model that `fabula fit --save` has written.

use anyhow::{Result, bail};
use fabula::{
    decode::{LanguageModel, Sampling, sample_stream},
    math::{draw, rng},
    models::{RecurrentLm, TransformerLm},
    statistical::{HmmModel, NgramModel},
    text::{Codec, Vocab, saved_model},
};
use std::{hint::black_box, path::Path, time::Instant};

pub enum Saved {
    Ngram(Box<NgramModel>),
    Hmm(Box<HmmModel>),
    Recurrent(Box<RecurrentLm>, Codec),
    Transformer(Box<TransformerLm>, Codec),
}

impl Saved {
    pub fn load(dir: &Path) -> Result<Saved> {
        Ok(match saved_model(dir)?.as_str() {
            "ngram" => Saved::Ngram(Box::new(NgramModel::load(dir)?)),
            "hmm" => Saved::Hmm(Box::new(HmmModel::load(dir)?)),
            "recurrent" => {
                let (model, codec) = RecurrentLm::load(dir)?;
                Saved::Recurrent(Box::new(model), codec)
            }
            "transformer" => {
                let (model, codec) = TransformerLm::load(dir)?;
                Saved::Transformer(Box::new(model), codec)
            }
            "masked" => bail!("{} holds a model that fills gaps: it has no next token", dir.display()),
            "seq2seq" | "encoder_decoder" => {
                bail!("{} holds a model that translates: use `fabula translate`", dir.display())
            }
            other => {
                const KNOWN: &str = "\"ngram\", \"hmm\", \"recurrent\" or \"transformer\"";
                bail!("{} holds a model {other:?}: expected {KNOWN}", dir.display())
            }
        })
    }

    /// So many sentences.
    pub fn samples(&self, count: usize, sampling: &Sampling) -> fabula::Result<Vec<String>> {
        let decode = |codec: &Codec, texts: Vec<Vec<u32>>| texts.iter().map(|ids| codec.decode(ids)).collect();
        match self {
            Saved::Ngram(model) => model.samples(count, sampling),
            Saved::Hmm(model) => model.samples(count, sampling),
            Saved::Recurrent(model, codec) => decode(codec, sample_stream(&**model, count, sampling)?),
            Saved::Transformer(model, codec) => decode(codec, sample_stream(&**model, count, sampling)?),
        }
    }

    /// How long one more token takes in a text of so many.
    pub fn seconds_per_token(&self, tokens: usize) -> f64 {
        match self {
            Saved::Ngram(model) => seconds_per_token(&**model, tokens, true),
            Saved::Hmm(model) => seconds_per_token(&**model, tokens, true),
            Saved::Recurrent(model, _) => seconds_per_token(&**model, tokens, false),
            Saved::Transformer(model, _) => seconds_per_token(&**model, tokens, false),
        }
    }
}

/// The fastest of three drawn texts. Some models begin anew with each sentence.
fn seconds_per_token(model: &impl LanguageModel, tokens: usize, anew: bool) -> f64 {
    let once = |seed| {
        let (start, mut state, mut rng) = (Instant::now(), model.start(), rng(seed));
        for _ in 0..tokens {
            let drawn = draw(&model.log_probs(&state).exp(), &mut rng).unwrap_or(Vocab::EOS as usize) as u32;
            state = if anew && drawn == Vocab::EOS { model.start() } else { model.advance(&state, drawn) };
        }
        black_box(state);
        start.elapsed().as_secs_f64() / tokens as f64
    };
    (0..3).map(once).fold(f64::INFINITY, f64::min)
}
