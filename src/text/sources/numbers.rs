//! Whole numbers in digits, in English and in Chinese.

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

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

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
            NumberForm::English => english(n),
            NumberForm::Chinese => chinese(n),
        })
    }

    /// # Errors
    /// If the text is not how a number from 0 to [`LARGEST`] is written in this form; says what is wrong with it.
    pub fn read(self, text: &str) -> Result<u32> {
        let read = match self {
            NumberForm::Digits => text.parse::<u32>().map_err(|error| error.to_string()),
            NumberForm::English => read_english(text),
            NumberForm::Chinese => read_chinese(text),
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

/// The parts that have a word for their size, largest first; then what is left, with "and" if it is below a hundred.
fn english(n: u32) -> String {
    let scale = |size: u32, name: &str| {
        let (high, low) = (english(n / size), n % size);
        match low {
            0 => format!("{high} {name}"),
            1..100 => format!("{high} {name} and {}", english(low)),
            _ => format!("{high} {name}, {}", english(low)),
        }
    };
    match n {
        0..20 => SMALL[n as usize].into(),
        20..100 if n.is_multiple_of(10) => TENS[n as usize / 10].into(),
        20..100 => format!("{}-{}", TENS[n as usize / 10], SMALL[n as usize % 10]),
        100..1000 => scale(100, "hundred"),
        1000..1_000_000 => scale(1000, "thousand"),
        _ => scale(1_000_000, "million"),
    }
}

fn read_english(text: &str) -> std::result::Result<u32, String> {
    let mut total: u64 = 0;
    let mut part: u64 = 0;
    for word in text.split([' ', ',', '-']).filter(|word| !matches!(*word, "" | "and")) {
        let of = |words: &[&str]| words.iter().position(|w| *w == word).map(|i| i as u64);
        match word {
            "hundred" => part *= 100,
            "thousand" | "million" => {
                total += part * if word == "thousand" { 1000 } else { 1_000_000 };
                part = 0;
            }
            _ => part += of(&SMALL).or(of(&TENS).map(|i| 10 * i)).ok_or(format!("{word:?} is no word of a number"))?,
        }
        if total + part > LARGEST as u64 {
            return Err(format!("it is larger than {LARGEST}"));
        }
    }
    if text.is_empty() { Err("it is empty".into()) } else { Ok((total + part) as u32) }
}

fn chinese(n: u32) -> String {
    let digits = n.to_string().into_bytes();
    let mut text = String::new();
    let mut zeros = false;
    for (i, digit) in digits.iter().map(|digit| (digit - b'0') as usize).enumerate() {
        let place = digits.len() - 1 - i;
        if digit > 0 {
            if zeros {
                text.push(DIGITS[0]);
            }
            // 十二, but 一百一十二.
            if !(digit == 1 && place % 4 == 1 && text.is_empty()) {
                text.push(DIGITS[digit]);
            }
            text.push_str(["", "十", "百", "千"][place % 4]);
        }
        zeros = digit == 0;
        if place == 4 {
            text.push('万');
        }
    }
    if n == 0 { DIGITS[0].into() } else { text }
}

fn read_chinese(text: &str) -> std::result::Result<u32, String> {
    let (mut total, mut part) = (0u64, 0u64);
    let mut digit = None;
    for c in text.chars() {
        match c {
            '万' => {
                total = (part + digit.take().unwrap_or(0)) * 10_000;
                part = 0;
            }
            '十' | '百' | '千' => {
                let size = match c {
                    '十' => 10,
                    '百' => 100,
                    _ => 1000,
                };
                part += digit.take().unwrap_or(1) * size;
            }
            _ => {
                let value = DIGITS.iter().position(|d| *d == c).ok_or(format!("{c:?} is no sign of a number"))?;
                digit = Some(value as u64);
            }
        }
        if total + part > LARGEST as u64 {
            return Err(format!("it is larger than {LARGEST}"));
        }
    }
    if text.is_empty() { Err("it is empty".into()) } else { Ok((total + part + digit.unwrap_or(0)) as u32) }
}
