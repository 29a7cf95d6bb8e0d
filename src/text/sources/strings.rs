//! Copy and reverse: the two tasks that show how much of a text a model can carry.

use super::pairs::{Pair, distinct};
use crate::{Error, Result};
use ndarray_rand::rand::Rng;

/// Random strings: each length is equally likely, and so is each character of the alphabet.
#[derive(Clone, Debug, PartialEq)]
pub struct Strings {
    /// The characters, each once. Default: the small English letters.
    pub alphabet: String,
    /// The shortest length, in characters; at least 1. Default 1.
    pub min: usize,
    /// The longest. Default 10.
    pub max: usize,
}

impl Default for Strings {
    fn default() -> Strings {
        Strings { alphabet: ('a'..='z').collect(), min: 1, max: 10 }
    }
}

impl Strings {
    /// # Errors
    /// If the alphabet is empty or holds a character twice, or no length is allowed.
    pub fn check(&self) -> Result<()> {
        let wrong = |name, found: String, expected: &str| Err(Error::Config { name, found, expected: expected.into() });
        let mut characters: Vec<char> = self.alphabet.chars().collect();
        characters.sort_unstable();
        if characters.is_empty() || characters.windows(2).any(|two| two[0] == two[1]) {
            return wrong("the alphabet", format!("{:?}", self.alphabet), "at least one character, and none twice");
        }
        if self.min == 0 || self.min > self.max {
            return wrong("the range of lengths", format!("{} to {}", self.min, self.max), "from at least 1 upwards");
        }
        Ok(())
    }

    /// `count` different strings, each with itself as its answer.
    ///
    /// # Errors
    /// As for [`Strings::check`], and if there are not so many strings.
    pub fn copy(&self, count: usize, seed: u64) -> Result<Vec<Pair>> {
        let pair = |source: String| Pair { target: source.clone(), source };
        Ok(self.draw(count, seed)?.into_iter().map(pair).collect())
    }

    /// `count` different strings, each with itself read backwards as its answer.
    ///
    /// # Errors
    /// As for [`Strings::copy`].
    pub fn reverse(&self, count: usize, seed: u64) -> Result<Vec<Pair>> {
        let pair = |source: String| Pair { target: source.chars().rev().collect(), source };
        Ok(self.draw(count, seed)?.into_iter().map(pair).collect())
    }

    fn draw(&self, count: usize, seed: u64) -> Result<Vec<String>> {
        self.check()?;
        let alphabet: Vec<char> = self.alphabet.chars().collect();
        distinct(count, seed, |rng| {
            let length = rng.random_range(self.min..=self.max);
            (0..length).map(|_| alphabet[rng.random_range(0..alphabet.len())]).collect()
        })
    }
}
