//! What fitting a model finds out on its way.

use super::{
    counts::NgramCounts,
    discount::Discounts,
    interpolated::{EmStep, START, fit_weights},
};
use crate::text::Corpus;
use std::fmt;

/// What was found while fitting.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fitting {
    /// Absolute discounting and Kneser–Ney: the discounts, [n − 1] for order n.
    pub discounts: Vec<Discounts>,
    /// Interpolated: EM, iteration by iteration; the model has the weights of the last one.
    pub em: Vec<EmStep>,
    /// What a reader should know before trusting the model.
    pub notes: Vec<String>,
}

impl Fitting {
    pub(super) fn fit_weights(&mut self, counts: &NgramCounts, held_out: &Corpus) {
        if held_out.predicted() > 0 {
            self.em = fit_weights(counts, held_out);
        } else {
            self.notes.push(format!("fewer than ten sentences: none was held out, and all weights are {START}"));
        }
    }
}

impl fmt::Display for Fitting {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let mut lines: Vec<String> = self.discounts.iter().map(Discounts::to_string).collect();
        lines.extend(
            self.em.last().map(|last| format!("held-out text after {} iterations of EM: {last}", self.em.len())),
        );
        lines.extend(self.notes.iter().map(|note| format!("note: {note}")));
        f.write_str(&lines.join("\n"))
    }
}
