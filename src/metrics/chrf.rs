//! chrF: n-grams of characters, so that a word with another ending still earns something, and Chinese needs no words.

use super::{
    References,
    ngrams::ngrams,
    references::{pairs, some_texts},
    tokenization::is_space,
};
use crate::{Error, Result};
use std::{fmt, hash::Hash};

/// chrF and, with n-grams of words beside those of characters, chrF++, with the numbers of sacrebleu 2.6.0.
///
/// ```
/// use fabula::metrics::Chrf;
/// let (hypotheses, references) = (["The foxes went home."], ["The fox went home."]);
/// println!("{}", Chrf::default().corpus(&hypotheses, &references)?);
/// println!("{}", Chrf::plus_plus().corpus(&hypotheses, &references)?);
/// # Ok::<(), fabula::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Chrf {
    /// The longest n-grams of characters: at least 1. Default 6.
    pub char_order: usize,
    /// The longest n-grams of words: 0 is chrF, the default; 2 is chrF++.
    pub word_order: usize,
    /// β: how many times as much recall weighs as precision. Default 2.
    pub beta: f64,
    /// Whether capital letters are the same as small ones. Default false.
    pub lowercase: bool,
    /// Whether white space is a character, too. Default false.
    pub whitespace: bool,
}

impl Default for Chrf {
    fn default() -> Chrf {
        Chrf { char_order: 6, word_order: 0, beta: 2.0, lowercase: false, whitespace: false }
    }
}

/// chrF, and what it was made from; all from 0 to 100.
#[derive(Clone, Debug, PartialEq)]
pub struct ChrfScore {
    pub score: f64,
    /// chrP.
    pub precision: f64,
    /// chrR.
    pub recall: f64,
    /// The metric's name with β and a plus for each order of words: `chrF2`, `chrF2++`.
    pub name: String,
}

/// Of one order: n-grams in the hypothesis, in the reference, and in both.
#[derive(Clone, Copy, Default)]
struct Counts {
    hypothesis: usize,
    reference: usize,
    matches: usize,
}

/// A text as characters and, if they are asked for, words.
struct Units {
    characters: Vec<char>,
    words: Vec<String>,
}

impl Chrf {
    /// chrF++: n-grams of up to two words, too.
    pub fn plus_plus() -> Chrf {
        Chrf { word_order: 2, ..Chrf::default() }
    }

    /// chrF of all hypotheses together.
    ///
    ///   chrFβ = (1 + β²) · chrP·chrR / (β²·chrP + chrR)
    ///
    /// chrP is the share of the hypotheses' n-grams that stand in their reference, chrR the share of the references'
    /// n-grams that stand in the hypothesis, each counted for every n apart and then averaged: over n = 1 … 6 of
    /// characters, in chrF++ also over n = 1, 2 of words. An order of which one side has no n-gram is left out. Of
    /// several references, that with the highest chrFβ counts. In percent.
    ///
    /// Source: Popović 2015, chrF: character n-gram F-score for automatic MT evaluation, equation 1; Popović 2017,
    /// chrF++: words helping character n-grams.
    ///
    /// # Errors
    /// If there is no hypothesis, not one reference or list of references for each, or an empty list; if
    /// `char_order` is 0, or β is not positive.
    pub fn corpus(&self, hypotheses: &[impl AsRef<str>], references: &[impl References]) -> Result<ChrfScore> {
        self.check()?;
        let mut all = vec![Counts::default(); self.char_order + self.word_order];
        for (hypothesis, references) in pairs(hypotheses, references)? {
            for (all, one) in all.iter_mut().zip(self.nearest(hypothesis, &references)) {
                all.hypothesis += one.hypothesis;
                all.reference += one.reference;
                all.matches += one.matches;
            }
        }
        Ok(self.score(&all))
    }

    /// chrF of one sentence.
    ///
    /// # Errors
    /// If there is no reference, or as for [`Chrf::corpus`].
    pub fn sentence(&self, hypothesis: &str, references: &(impl References + ?Sized)) -> Result<ChrfScore> {
        self.check()?;
        Ok(self.score(&self.nearest(hypothesis, &some_texts(references, 0)?)))
    }

    fn check(&self) -> Result<()> {
        let wrong = |name, found: String, expected: &str| Err(Error::Config { name, found, expected: expected.into() });
        if self.char_order == 0 {
            return wrong("the longest n-gram of chrF's characters", "0".into(), "at least 1");
        }
        if !(self.beta.is_finite() && self.beta > 0.0) {
            return wrong("β of chrF", self.beta.to_string(), "a positive number");
        }
        Ok(())
    }

    fn units(&self, text: &str) -> Units {
        let text = if self.lowercase { text.to_lowercase() } else { text.to_owned() };
        let characters = text.chars().filter(|&c| self.whitespace || !is_space(c)).collect();
        let words = if self.word_order == 0 { Vec::new() } else { words(&text) };
        Units { characters, words }
    }

    /// The counts with that reference, of all, with which the score is highest.
    fn nearest(&self, hypothesis: &str, references: &[&str]) -> Vec<Counts> {
        let hypothesis = self.units(hypothesis);
        let mut best: Option<(f64, Vec<Counts>)> = None;
        for reference in references {
            let reference = self.units(reference);
            let of_characters = (1..=self.char_order).map(|n| counts(&hypothesis.characters, &reference.characters, n));
            let of_words = (1..=self.word_order).map(|n| counts(&hypothesis.words, &reference.words, n));
            let counts: Vec<Counts> = of_characters.chain(of_words).collect();
            let score = self.score(&counts).score;
            if best.as_ref().is_none_or(|(highest, _)| score > *highest) {
                best = Some((score, counts));
            }
        }
        best.map(|(_, counts)| counts).unwrap_or_default()
    }

    fn score(&self, counts: &[Counts]) -> ChrfScore {
        let known: Vec<&Counts> = counts.iter().filter(|n| n.hypothesis > 0 && n.reference > 0).collect();
        let mean = |whole: fn(&Counts) -> usize| {
            known.iter().map(|n| n.matches as f64 / whole(n) as f64).sum::<f64>() / known.len().max(1) as f64
        };
        let (precision, recall) = (mean(|n| n.hypothesis), mean(|n| n.reference));
        let factor = self.beta * self.beta;
        let both = (1.0 + factor) * precision * recall;
        let score = if precision + recall > 0.0 { 100.0 * (both / (factor * precision + recall)) } else { 0.0 };
        let name = format!("chrF{}{}", self.beta, "+".repeat(self.word_order));
        ChrfScore { score, precision: 100.0 * precision, recall: 100.0 * recall, name }
    }
}

fn counts<T: Eq + Hash>(hypothesis: &[T], reference: &[T], n: usize) -> Counts {
    let in_reference = ngrams(reference, n);
    let matches = ngrams(hypothesis, n).iter().map(|(g, &count)| count.min(*in_reference.get(g).unwrap_or(&0))).sum();
    let total = |tokens: &[T]| (tokens.len() + 1).saturating_sub(n);
    // What the hypothesis has of an order that the reference lacks counts in no other sentence either.
    let hypothesis = if in_reference.is_empty() { 0 } else { total(hypothesis) };
    Counts { hypothesis, reference: total(reference), matches }
}

/// The words between white space; one ASCII mark at a word's end, else one at its beginning, is a word of its own.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in text.split(is_space).filter(|word| !word.is_empty()) {
        let last = word.len() - 1;
        let mark = |c: Option<char>| c.is_some_and(|c| c.is_ascii_punctuation());
        let (head, tail) = match (mark(word.chars().next()), mark(word.chars().next_back())) {
            _ if last == 0 => (word, ""),
            (_, true) => word.split_at(last),
            (true, false) => word.split_at(1),
            (false, false) => (word, ""),
        };
        words.extend([head, tail].into_iter().filter(|part| !part.is_empty()).map(String::from));
    }
    words
}

/// The line that sacrebleu prints.
impl fmt::Display for ChrfScore {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} = {:.2}", self.name, self.score)
    }
}
