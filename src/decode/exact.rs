//! The likeliest text, for certain.

use super::{Hypothesis, LanguageModel, Limits, greedy};
use crate::{Result, text::Vocab};

/// The text with the greatest Σ ln p of all within the limits, and whether that is certain.
///
/// A sum can only fall with each token, so a beginning that is not above the best text known leads to nothing better, and
/// is dropped with all that would follow. It starts from the text of [`greedy`], and goes into the depth first. After
/// `most` beginnings it gives up: the best text so far, uncertain.
///
/// Source: Stahlberg and Byrne 2019, On NMT Search Errors and Model Errors: Cat Got Your Tongue?
///
/// # Errors
/// If the limits contradict themselves.
pub fn exact<M: LanguageModel>(model: &M, limits: &Limits, most: usize) -> Result<(Hypothesis, bool)> {
    let mut best = greedy(model, limits)?;
    let mut open = vec![(Vec::new(), 0.0, model.start())];
    for _ in 0..most {
        let Some((tokens, log_prob, state)) = open.pop() else { break };
        let mut sums = model.log_probs(&state);
        limits.restrict(sums.view_mut(), &tokens);
        sums += log_prob;
        let end = sums[Vocab::EOS as usize];
        if end > best.log_prob {
            best = Hypothesis { tokens: tokens.clone(), ended: true, log_prob: end, score: end };
        }
        sums[Vocab::EOS as usize] = f64::NEG_INFINITY;
        let mut next: Vec<u32> = (0..sums.len() as u32).filter(|&w| sums[w as usize] > best.log_prob).collect();
        next.sort_by(|&a, &b| sums[a as usize].total_cmp(&sums[b as usize]));
        let longer = |w: u32| [&tokens[..], &[w]].concat();
        if tokens.len() + 1 == limits.max_tokens {
            if let Some(&w) = next.last() {
                let log_prob = sums[w as usize];
                best = Hypothesis { tokens: longer(w), ended: false, log_prob, score: log_prob };
            }
        } else if !next.is_empty() {
            let states = model.advance_all(&vec![&state; next.len()], &next);
            open.extend(next.iter().zip(states).map(|(&w, state)| (longer(w), sums[w as usize], state)));
        }
        while open.last().is_some_and(|(_, log_prob, _)| *log_prob <= best.log_prob) {
            open.pop();
        }
    }
    let certain = open.iter().all(|(_, log_prob, _)| *log_prob <= best.log_prob);
    Ok((best, certain))
}
