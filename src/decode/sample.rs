//! Text by chance.

use super::{
    LanguageModel, Limits,
    greedy::likeliest,
    truncate::{top_k, top_p},
};
use crate::{
    Error, Result,
    math::{draw, rng, softmax},
    text::{Level, Vocab},
};
use ndarray::Array1;
use ndarray_rand::rand::rngs::StdRng;

/// How to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// Below 1 prefers what is probable, above 1 what is not; 0 takes the likeliest token. Default 1.
    pub temperature: f64,
    /// Only the k likeliest tokens can come. Default none.
    pub top_k: Option<usize>,
    /// Only the fewest likeliest tokens can come that have together this probability. Default none.
    pub top_p: Option<f64>,
    /// As in [`Limits`]. Default 1.
    pub repetition_penalty: f64,
    /// As in [`Limits`]. Default 0.
    pub min_tokens: usize,
    /// A sentence that does not end by itself ends here. Default 100.
    pub max_tokens: usize,
    /// Default 0.
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Sampling {
        Sampling {
            temperature: 1.0,
            top_k: None,
            top_p: None,
            repetition_penalty: 1.0,
            min_tokens: 0,
            max_tokens: 100,
            seed: 0,
        }
    }
}

impl Sampling {
    /// # Errors
    /// If a field is out of its range.
    pub fn check(&self) -> Result<()> {
        let wrong = |name, found: String, expected: &str| Err(Error::Config { name, found, expected: expected.into() });
        let &Sampling { temperature, top_k, top_p, .. } = self;
        if !(temperature >= 0.0 && temperature.is_finite()) {
            let expected = "0, which takes the likeliest token, or a positive number; 1 draws from the model as it is";
            return wrong("temperature", temperature.to_string(), expected);
        }
        if top_k == Some(0) {
            return wrong("top-k", "0".into(), "at least 1");
        }
        match top_p {
            Some(p) if !(p > 0.0 && p <= 1.0) => wrong("top-p", p.to_string(), "a probability above 0, at most 1"),
            _ => self.limits().check(),
        }
    }

    fn limits(&self) -> Limits {
        let &Sampling { repetition_penalty, min_tokens, max_tokens, .. } = self;
        Limits { min_tokens, max_tokens, repetition_penalty }
    }

    /// The distribution of the next token that is drawn from, behind these.
    ///
    /// In this order: repetition penalty and minimum, temperature, top-k, top-p. NaN if nothing can come.
    pub fn distribution(&self, mut log_probs: Array1<f64>, so_far: &[u32]) -> Array1<f64> {
        self.limits().restrict(log_probs.view_mut(), so_far);
        if self.temperature == 0.0 {
            let likeliest = likeliest(log_probs.view());
            return Array1::from_shape_fn(log_probs.len(), |token| match likeliest {
                Some(best) => f64::from(u8::from(best as usize == token)),
                None => f64::NAN,
            });
        }
        let mut p = softmax(&log_probs, self.temperature);
        if let Some(k) = self.top_k {
            p = top_k(&p, k);
        }
        if let Some(mass) = self.top_p {
            p = top_p(&p, mass);
        }
        p
    }
}

/// Ancestral sampling: draws each token from p(· | the tokens drawn so far), until `</s>`, which is not returned.
///
/// The seed is that of `rng`; `sampling.seed` is for callers who make one.
///
/// # Errors
/// If a field is out of its range.
pub fn sample<M: LanguageModel>(model: &M, sampling: &Sampling, rng: &mut StdRng) -> Result<Vec<u32>> {
    sampling.check()?;
    Ok(line(model, &mut model.start(), sampling, rng))
}

/// Goes on from a state, up to the end of the line, and leaves the state there.
fn line<M: LanguageModel>(model: &M, state: &mut M::State, sampling: &Sampling, rng: &mut StdRng) -> Vec<u32> {
    let mut tokens = Vec::new();
    while tokens.len() < sampling.max_tokens {
        let p = sampling.distribution(model.log_probs(state), &tokens);
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
/// If a field of `sampling` is out of its range.
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
/// If a field of `sampling` is out of its range.
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
