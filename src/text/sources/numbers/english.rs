//! Number words: groups of thousands, each of hundreds and what is below.

use super::LARGEST;

#[rustfmt::skip]
const SMALL: [&str; 20] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// The parts that have a word for their size, largest first; then what is left, with "and" if it is below a hundred.
pub(super) fn write(n: u32) -> String {
    let scale = |size: u32, name: &str| {
        let (high, low) = (write(n / size), n % size);
        match low {
            0 => format!("{high} {name}"),
            1..100 => format!("{high} {name} and {}", write(low)),
            _ => format!("{high} {name}, {}", write(low)),
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

/// What the words say, if one does not look closely: whoever calls compares with what [`write`] writes.
pub(super) fn read(text: &str) -> Result<u32, String> {
    let (mut total, mut part) = (0u64, 0u64);
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
