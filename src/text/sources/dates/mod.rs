//! Days of the calendar, as they are written in English and in Chinese.

mod read;

use super::{
    numbers::NumberForm,
    pairs::{Pair, distinct},
};
use crate::{Error, Result, math::rng};
use ndarray_rand::rand::Rng;
use std::fmt;

/// A day of the Gregorian calendar, which is used also for the years before it was. Written by `{}` as ISO 8601: `1987-03-03`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u32,
    month: u32,
    day: u32,
}

/// A way to write a day. No text means two days, whatever its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateForm {
    /// `1987-03-03`
    Iso,
    /// `3 March 1987`
    DayFirst,
    /// `March 3rd, 1987`
    MonthFirst,
    /// `Tue 3 Mar 1987`
    Short,
    /// `Tuesday, the third of March 1987`
    Long,
    /// `1987年3月3日`
    ChineseDigits,
    /// `一九八七年三月三日`, with 〇 for a zero of the year
    Chinese,
}

#[rustfmt::skip]
const MONTHS: [&str; 12] = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
#[rustfmt::skip]
const ORDINALS: [&str; 31] = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth", "twenty-first", "twenty-second", "twenty-third", "twenty-fourth", "twenty-fifth", "twenty-sixth",
    "twenty-seventh", "twenty-eighth", "twenty-ninth", "thirtieth", "thirty-first",
];
const YEAR_DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

impl DateForm {
    pub const ALL: [DateForm; 7] = [
        DateForm::Iso,
        DateForm::DayFirst,
        DateForm::MonthFirst,
        DateForm::Short,
        DateForm::Long,
        DateForm::ChineseDigits,
        DateForm::Chinese,
    ];
}

impl Date {
    /// # Errors
    /// If there is no such day, or the year has not four digits.
    pub fn new(year: u32, month: u32, day: u32) -> Result<Date> {
        let wrong =
            |name, found: u32, expected: String| Err(Error::Config { name, found: found.to_string(), expected });
        if !(1000..=9999).contains(&year) {
            return wrong("the year", year, "1000 to 9999".into());
        }
        if !(1..=12).contains(&month) {
            return wrong("the month", month, "1 to 12".into());
        }
        match days_in_month(year, month) {
            last if (1..=last).contains(&day) => Ok(Date { year, month, day }),
            last => wrong("the day", day, format!("1 to {last}, as it is {} {year}", MONTHS[month as usize - 1])),
        }
    }

    /// The English name of the day of the week.
    ///
    /// Days are counted with years that begin in March, so that the leap day is the last one of its year; the 1 below sets
    /// the count to a Monday.
    pub fn weekday(self) -> &'static str {
        let (y, m) = if self.month > 2 { (self.year, self.month - 3) } else { (self.year - 1, self.month + 9) };
        let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + self.day;
        WEEKDAYS[(days as usize + 1) % 7]
    }

    pub fn write(self, form: DateForm) -> String {
        let Date { year, month, day } = self;
        let (name, weekday) = (MONTHS[month as usize - 1], self.weekday());
        let chinese = |n| NumberForm::Chinese.write(n).expect("at most 31");
        match form {
            DateForm::Iso => self.to_string(),
            DateForm::DayFirst => format!("{day} {name} {year}"),
            DateForm::MonthFirst => format!("{name} {day}{}, {year}", suffix(day)),
            DateForm::Short => format!("{} {day} {} {year}", &weekday[..3], &name[..3]),
            DateForm::Long => format!("{weekday}, the {} of {name} {year}", ORDINALS[day as usize - 1]),
            DateForm::ChineseDigits => format!("{year}年{month}月{day}日"),
            DateForm::Chinese => {
                let year: String = year.to_string().bytes().map(|c| YEAR_DIGITS[(c - b'0') as usize]).collect();
                format!("{year}年{}月{}日", chinese(month), chinese(day))
            }
        }
    }

    /// Reads a day in any of the forms, exactly as [`Date::write`] writes it.
    ///
    /// # Errors
    /// Says what is wrong: a word that no date has, a day that does not exist, the wrong day of the week.
    pub fn read(text: &str) -> Result<Date> {
        let wrong = |message| Error::Notation { text: text.into(), expected: "a date", message };
        let (year, month, day) = read::numbers(text).map_err(wrong)?;
        let date = Date::new(year, month, day).map_err(|error| wrong(error.to_string()))?;
        if DateForm::ALL.iter().any(|form| date.write(*form) == text) {
            return Ok(date);
        }
        let forms = DateForm::ALL.map(|form| format!("{:?}", date.write(form))).join(", ");
        Err(wrong(format!("that would be {date}, which is written as one of {forms}")))
    }
}

/// `count` different days, by chance, each in one of the forms, which are equally likely, with the ISO date as the answer.
/// Years, the months of a year and the days of a month are equally likely.
///
/// # Errors
/// If there is no form, the years are not from 1000 to 9999, or they have not so many days.
pub fn pairs(forms: &[DateForm], first_year: u32, last_year: u32, count: usize, seed: u64) -> Result<Vec<Pair>> {
    let wrong = |name, found: String, expected: &str| Err(Error::Config { name, found, expected: expected.into() });
    if forms.is_empty() {
        return wrong("the number of forms", "0".into(), "at least one form of a date");
    }
    if first_year < 1000 || first_year > last_year || last_year > 9999 {
        return wrong(
            "the range of years",
            format!("{first_year} to {last_year}"),
            "years from 1000 to 9999, in order",
        );
    }
    let days = distinct(count, seed, |rng| {
        let (year, month) = (rng.random_range(first_year..=last_year), rng.random_range(1..=12));
        Date { year, month, day: rng.random_range(1..=days_in_month(year, month)) }
    })?;
    // A generator of its own, so that the days are the same whatever the forms.
    let mut rng = rng(seed ^ u64::MAX);
    let pair = |day: Date| {
        let source = day.write(forms[rng.random_range(0..forms.len())]);
        Pair { source, target: day.to_string() }
    };
    Ok(days.into_iter().map(pair).collect())
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A year that 4 divides is a leap year, unless 100 divides it and 400 does not.
fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400) => 29,
        2 => 28,
        _ => 31,
    }
}

fn suffix(day: u32) -> &'static str {
    match day {
        1 | 21 | 31 => "st",
        2 | 22 => "nd",
        3 | 23 => "rd",
        _ => "th",
    }
}
