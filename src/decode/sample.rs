//! Text by chance.

use super::LanguageModel;
use crate::{
    Error, Result,
    math::{draw, rng, softmax},
    text::{Level, Vocab},
};
use ndarray_rand::rand::rngs::StdRng;

/// How to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// Below 1 prefers what is probable, above 1 what is not. Positive; default 1.
    pub temperature: f64,
    /// A sentence that does not end by itself ends here. Default 100.
    pub max_tokens: usize,
    /// Default 0.
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Sampling {
        Sampling { temperature: 1.0, max_tokens: 100, seed: 0 }
    }
}

impl Sampling {
    /// # Errors
    /// If the temperature is not a positive number.
    pub fn check(&self) -> Result<()> {
        if self.temperature > 0.0 && self.temperature.is_finite() {
            return Ok(());
        }
        let expected = "a positive number; 1 draws from the model as it is".into();
        Err(Error::Config { name: "temperature", found: self.temperature.to_string(), expected })
    }
}

/// Ancestral sampling: draws each token from p(· | the tokens drawn so far), until `</s>`, which is not returned.
///
/// The seed is that of `rng`; `sampling.seed` is for callers who make one.
///
/// # Errors
/// If the temperature is not a positive number.
pub fn sample<M: LanguageModel>(model: &M, sampling: &Sampling, rng: &mut StdRng) -> Result<Vec<u32>> {
    sampling.check()?;
    Ok(line(model, &mut model.start(), sampling, rng))
}

/// Goes on from a state, up to the end of the line, and leaves the state there.
fn line<M: LanguageModel>(model: &M, state: &mut M::State, sampling: &Sampling, rng: &mut StdRng) -> Vec<u32> {
    let mut tokens = Vec::new();
    while tokens.len() < sampling.max_tokens {
        let p = softmax(&model.log_probs(state), sampling.temperature);
        match draw(&p, rng) {
            Some(token) if token as u32 != Vocab::EOS => tokens.push(token as u32),
            _ => break,
        }
        *state = model.advance(state, tokens[tokens.len() - 1]);
    }
    tokens
}

/// Several sentences by chance, all from the one seed, as lines.
///
/// # Errors
/// If the temperature is not a positive number.
pub fn sample_lines<M: LanguageModel>(
    model: &M,
    level: Level,
    count: usize,
    sampling: &Sampling,
) -> Result<Vec<String>> {
    sampling.check()?;
    let mut rng = rng(sampling.seed);
    let sentence = |_| {
        let ids = sample(model, sampling, &mut rng)?;
        let tokens: Vec<&str> = ids.iter().map(|&id| model.vocab().token(id)).collect();
        Ok(level.join(&tokens))
    };
    (0..count).map(sentence).collect()
}

/// Several lines by chance, one running on from the other: for a model that has learned a text as one stream.
///
/// # Errors
/// If the temperature is not a positive number.
pub fn sample_stream<M: LanguageModel>(model: &M, count: usize, sampling: &Sampling) -> Result<Vec<Vec<u32>>> {
    sampling.check()?;
    let (mut rng, mut state) = (rng(sampling.seed), model.start());
    let next = |_| {
        let ids = line(model, &mut state, sampling, &mut rng);
        state = model.advance(&state, Vocab::EOS);
        ids
    };
    Ok((0..count).map(next).collect())
}
