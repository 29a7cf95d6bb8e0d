//! What a text says of a day.

use super::{MONTHS, NumberForm, ORDINALS, WEEKDAYS, YEAR_DIGITS};

/// The year, month and day that a text names, in whatever order: what is written around them is checked later.
pub(super) fn numbers(text: &str) -> Result<(u32, u32, u32), String> {
    let number = |part: &str| part.parse::<u32>().map_err(|_| format!("{part:?} is no number"));
    let parts = |signs: &[char]| text.split_terminator(signs).map(String::from).collect::<Vec<_>>();
    if text.contains('年') {
        let [year, month, day] = &parts(&['年', '月', '日'])[..] else {
            return Err("expected 年, 月 and 日, each once".into());
        };
        let value = |c: char| YEAR_DIGITS.iter().position(|digit| *digit == c).map_or(c, |i| (b'0' + i as u8) as char);
        let year: String = year.chars().map(value).collect();
        let small = |part: &String| NumberForm::Chinese.read(part).or_else(|_| number(part));
        return Ok((number(&year)?, small(month)?, small(day)?));
    }
    if let [year, month, day] = &parts(&['-'])[..] {
        return Ok((number(year)?, number(month)?, number(day)?));
    }
    let (mut year, mut month, mut day) = (None, None, None);
    for word in text.split([' ', ',']).filter(|word| !matches!(*word, "" | "the" | "of")) {
        let of = |names: &[&str]| names.iter().position(|name| *name == word || name[..3] == *word);
        let ordinal = ORDINALS.iter().position(|ordinal| *ordinal == word);
        if let Some(i) = of(&MONTHS) {
            month = Some(i as u32 + 1);
        } else if let Some(i) = ordinal {
            day = Some(i as u32 + 1);
        } else if of(&WEEKDAYS).is_none() {
            let digits = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
            let n = digits.parse().map_err(|_| format!("{word:?} is no word of a date"))?;
            *(if digits.len() == 4 { &mut year } else { &mut day }) = Some(n);
        }
    }
    let missing = |what: &str| format!("it names no {what}");
    Ok((year.ok_or(missing("year"))?, month.ok_or(missing("month"))?, day.ok_or(missing("day"))?))
}
