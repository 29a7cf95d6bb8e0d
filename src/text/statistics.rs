//! How large a text is, and how much of it is new.

use super::{Bilingual, Fable, Fables, Split, words};
use std::{collections::HashSet, fmt};

/// The figures of a text that was split into training and held-out sentences. `{}` writes them a line each.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    pub sentences: usize,
    pub tokens: usize,
    /// Different tokens.
    pub vocabulary: usize,
    /// Tokens of a sentence.
    pub mean_length: f64,
    /// Of an even number of sentences, the mean of the two in the middle.
    pub median_length: f64,
    pub longest: usize,
    /// The part of the held-out tokens that never stand in training: each running token counts.
    pub unseen: f64,
}

impl Statistics {
    /// Counts sentences that are tokens already. The figures are 0 where there is nothing to count.
    pub fn count(train: &[Vec<String>], held_out: &[Vec<String>]) -> Statistics {
        let seen: HashSet<&String> = train.iter().flatten().collect();
        let new = held_out.iter().flatten().filter(|token| !seen.contains(token)).count();
        let all = || train.iter().chain(held_out);
        let mut lengths: Vec<usize> = all().map(Vec::len).collect();
        lengths.sort_unstable();
        let (n, tokens) = (lengths.len(), lengths.iter().sum());
        let middle =
            lengths.get(n.saturating_sub(1) / 2).copied().unwrap_or(0) + lengths.get(n / 2).copied().unwrap_or(0);
        let part = |part: usize, of: usize| if of == 0 { 0.0 } else { part as f64 / of as f64 };
        Statistics {
            sentences: n,
            tokens,
            vocabulary: all().flatten().collect::<HashSet<_>>().len(),
            mean_length: part(tokens, n),
            median_length: middle as f64 / 2.0,
            longest: lengths.last().copied().unwrap_or(0),
            unseen: part(new, held_out.iter().map(Vec::len).sum()),
        }
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "sentences       {}", self.sentences)?;
        writeln!(f, "tokens          {}", self.tokens)?;
        writeln!(f, "vocabulary      {}", self.vocabulary)?;
        writeln!(f, "mean length     {:.1}", self.mean_length)?;
        writeln!(f, "median length   {}", self.median_length)?;
        writeln!(f, "longest         {}", self.longest)?;
        write!(f, "unseen          {:.1} %", 100.0 * self.unseen)
    }
}

impl Fables {
    /// The figures of the stories and morals in English, in [words and marks](words()).
    pub fn english_statistics(&self) -> Statistics {
        self.statistics(|sentence| words(&sentence.en))
    }

    /// The figures of the stories and morals in Chinese, in characters.
    pub fn chinese_statistics(&self) -> Statistics {
        self.statistics(|sentence| sentence.zh.chars().map(String::from).collect())
    }

    fn statistics(&self, tokens: fn(&Bilingual) -> Vec<String>) -> Statistics {
        let sentences = |fable: &&Fable| fable.sentences.iter().chain([&fable.moral]).map(tokens).collect::<Vec<_>>();
        let of = |split| self.of(split).iter().flat_map(sentences).collect::<Vec<_>>();
        Statistics::count(&of(Split::Train), &[of(Split::Valid), of(Split::Test)].concat())
    }
}
