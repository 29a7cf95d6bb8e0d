//! The likeliest next token, again and again.

use super::{Hypothesis, LanguageModel, Limits};
use crate::{Result, text::Vocab};
use ndarray::ArrayView1;

/// Takes the likeliest token at each step, until `</s>`.                                             [decoding.1]
///
///   wₜ = argmax_w p(w | w₁ … wₜ₋₁)
///
/// The likeliest text need not begin with the likeliest token, so this is no way to find it.
///
/// # Errors
/// If the limits contradict themselves.
pub fn greedy<M: LanguageModel>(model: &M, limits: &Limits) -> Result<Hypothesis> {
    greedy_from(model, model.start(), limits)
}

/// As [`greedy`], from a state on.
///
/// # Errors
/// As there.
pub fn greedy_from<M: LanguageModel>(model: &M, mut state: M::State, limits: &Limits) -> Result<Hypothesis> {
    limits.check()?;
    let mut found = Hypothesis { tokens: Vec::new(), ended: false, log_prob: 0.0, score: 0.0 };
    while found.tokens.len() < limits.max_tokens {
        let mut log_probs = model.log_probs(&state);
        limits.restrict(log_probs.view_mut(), &found.tokens);
        let Some(token) = likeliest(log_probs.view()) else { break };
        found.log_prob += log_probs[token as usize];
        if token == Vocab::EOS {
            found.ended = true;
            break;
        }
        found.tokens.push(token);
        if found.tokens.len() < limits.max_tokens {
            state = model.advance(&state, token);
        }
    }
    found.score = found.log_prob;
    Ok(found)
}

/// The first of the likeliest tokens; none if nothing can come.
pub(super) fn likeliest(log_probs: ArrayView1<f64>) -> Option<u32> {
    let possible = log_probs.iter().enumerate().filter(|(_, p)| **p > f64::NEG_INFINITY);
    let best = possible.reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.map(|(token, _)| token as u32)
}
