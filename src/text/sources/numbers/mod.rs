//! Whole numbers in digits, in English and in Chinese.

mod chinese;
mod english;

use super::pairs::{Pair, distinct};
use crate::{Error, Result};
use ndarray_rand::rand::Rng;

/// The largest number that has words here.
pub const LARGEST: u32 = 99_999_999;

/// A way to write a whole number from 0 to [`LARGEST`]. Each number has exactly one text in each form, and only that one is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberForm {
    /// `10203`: without leading zeros or separators.
    Digits,
    /// `ten thousand, two hundred and three`: British, with "and" before what is below a hundred, hyphens below a
    /// hundred, and commas between thousands. The same as num2words (PyPI) writes.
    English,
    /// `一万零二百零三`: 十 to 十九 lose their 一 only at the very front, 2 is always 二, and zeros between other digits are one
    /// 零, also where 万 stands between. The same as cn2an (PyPI) writes in its mode "low".
    Chinese,
}

impl NumberForm {
    /// # Errors
    /// If n is larger than [`LARGEST`].
    pub fn write(self, n: u32) -> Result<String> {
        if n > LARGEST {
            let expected = format!("0 to {LARGEST}");
            return Err(Error::Config { name: "the number", found: n.to_string(), expected });
        }
        Ok(match self {
            NumberForm::Digits => n.to_string(),
            NumberForm::English => english::write(n),
            NumberForm::Chinese => chinese::write(n),
        })
    }

    /// # Errors
    /// If the text is not how a number from 0 to [`LARGEST`] is written in this form; says what is wrong with it.
    pub fn read(self, text: &str) -> Result<u32> {
        let read = match self {
            NumberForm::Digits => text.parse::<u32>().map_err(|error| error.to_string()),
            NumberForm::English => english::read(text),
            NumberForm::Chinese => chinese::read(text),
        };
        let wrong = |message| Error::Notation { text: text.into(), expected: "a number of this form", message };
        let n = read.map_err(wrong)?;
        match self.write(n) {
            Ok(written) if written == text => Ok(n),
            Ok(written) => Err(wrong(format!("that would be {n}, which is written {written:?}"))),
            Err(error) => Err(wrong(error.to_string())),
        }
    }

    /// `count` different numbers in two forms, by chance: each number of digits from 1 to 8 is equally likely, so that
    /// short numbers are not rare.
    ///
    /// # Errors
    /// If there are not so many numbers.
    pub fn pairs(self, target: NumberForm, count: usize, seed: u64) -> Result<Vec<Pair>> {
        let numbers = distinct(count, seed, |rng| {
            let end = 10u32.pow(rng.random_range(1..=8));
            rng.random_range(if end == 10 { 0 } else { end / 10 }..end)
        })?;
        numbers.into_iter().map(|n| Ok(Pair { source: self.write(n)?, target: target.write(n)? })).collect()
    }
}
