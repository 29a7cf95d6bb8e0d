//! All texts there are.

use super::{Hypothesis, LanguageModel, Limits};
use crate::{Error, Result, text::Vocab};

/// More beginnings than this are not looked at: it would take days.
const MOST: f64 = 1e7;

/// The best of all texts within the limits, for toys, where it can be had.                           [decoding.3]
///
///   ŵ = argmax Σₜ ln p(wₜ | w₁ … wₜ₋₁)      with a length penalty: of this over l^α
///
/// # Errors
/// If the limits contradict themselves, or there are more than 10⁷ texts.
pub fn exhaustive<M: LanguageModel>(
    model: &M,
    limits: &Limits,
    length_penalty: f64,
    n_best: usize,
) -> Result<Vec<Hypothesis>> {
    limits.check()?;
    let texts = ((model.vocab().len() - 1) as f64).powi(limits.max_tokens as i32);
    if texts > MOST {
        let expected =
            format!("fewer: there are about {texts:.0e} texts of this length, and at most {MOST:.0e} are tried");
        return Err(Error::Config { name: "the maximum of tokens", found: limits.max_tokens.to_string(), expected });
    }
    let mut all = Vec::new();
    let mut open = vec![(Vec::new(), 0.0, model.start())];
    while let Some((tokens, log_prob, state)) = open.pop() {
        let mut log_probs = model.log_probs(&state);
        limits.restrict(log_probs.view_mut(), &tokens);
        for (token, &p) in log_probs.iter().enumerate().filter(|(_, p)| **p > f64::NEG_INFINITY) {
            let (token, log_prob, length) = (token as u32, log_prob + p, tokens.len() + 1);
            let (ended, mut tokens) = (token == Vocab::EOS, tokens.clone());
            if !ended {
                tokens.push(token);
            }
            if ended || length == limits.max_tokens {
                let score = log_prob / (length as f64).powf(length_penalty);
                all.push(Hypothesis { tokens, ended, log_prob, score });
            } else {
                let state = model.advance(&state, token);
                open.push((tokens, log_prob, state));
            }
        }
    }
    all.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.tokens.cmp(&b.tokens)));
    all.truncate(n_best);
    Ok(all)
}
