//! Chinese numerals: groups of ten thousands, each digit with its place.

use super::LARGEST;

const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

pub(super) fn write(n: u32) -> String {
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

/// What the numeral says, if one does not look closely: whoever calls compares with what [`write`] writes.
pub(super) fn read(text: &str) -> Result<u32, String> {
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
