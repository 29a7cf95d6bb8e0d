//! Tasks with a right answer: numbers against num2words and cn2an, dates against a date library, strings and brackets
//! against their definitions.

use fabula::{
    Error, Result,
    text::sources::{
        Brackets, Date, DateForm, NumberForm, Pair, Strings,
        brackets::{is_balanced, still_open},
        dates, hold_out, numbers,
    },
};
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};

use NumberForm::{Chinese, Digits, English};

#[test]
fn numbers_are_written_as_num2words_and_cn2an_write_them() {
    let fixture = include_str!("fixtures/numbers/numbers.tsv");
    assert!(fixture.lines().count() > 2000);
    for row in fixture.lines() {
        let [digits, english, chinese] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let n: u32 = digits.parse().unwrap();
        for (form, text) in [(Digits, digits), (English, english), (Chinese, chinese)] {
            assert_eq!(form.write(n).unwrap(), text);
            assert_eq!(form.read(text).unwrap(), n, "{text}");
        }
    }
}

#[test]
fn texts_that_are_no_numbers_are_told_what_is_wrong() {
    for (form, text, message) in [
        (English, "forty-too", "\"too\" is no word of a number"),
        (English, "", "it is empty"),
        (English, "and", "that would be 0, which is written \"zero\""),
        (English, "one hundred one", "that would be 101, which is written \"one hundred and one\""),
        (English, "one thousand million", "that would be 1000, which is written \"one thousand\""),
        (English, "one hundred million", "it is larger than 99999999"),
        (English, "hundred hundred hundred hundred hundred", "that would be 0"),
        (Chinese, "一百二", "that would be 102, which is written \"一百零二\""),
        (Chinese, "两百", "'两' is no sign of a number"),
        (Chinese, "一万万", "that would be 0"),
        (Chinese, "九千九百九十九万千千千千千千千千千千千", "it is larger"),
        (Chinese, "", "it is empty"),
        (Digits, "007", "that would be 7, which is written \"7\""),
        (Digits, "100000000", "the number is 100000000: expected 0 to 99999999"),
        (Digits, "-1", "invalid digit"),
        (Digits, "99999999999999", "number too large"),
    ] {
        let error = form.read(text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{text:?} is not a number of this form: {message}")), "{error}");
    }
    for form in [Digits, English, Chinese] {
        assert_eq!(form.write(100_000_000).unwrap_err().to_string(), "the number is 100000000: expected 0 to 99999999");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn every_number_survives_words_and_numerals(n in 0..=numbers::LARGEST, shift in 0u32..8) {
        let n = n / 10u32.pow(shift);
        for form in [Digits, English, Chinese] {
            prop_assert_eq!(form.read(&form.write(n).unwrap()).unwrap(), n);
        }
    }

    #[test]
    fn no_text_breaks_a_reader(text in "[零〇一二十百千万年月日0-9 ,a-z()<>-]{0,12}|(one|hundred|million|May|the|Tuesday|first| |-){0,9}|\\PC{0,8}") {
        for form in [Digits, English, Chinese] {
            if let Ok(n) = form.read(&text) {
                prop_assert_eq!(form.write(n).unwrap(), text.clone());
            }
        }
        if let Ok(date) = Date::read(&text) {
            prop_assert!(DateForm::ALL.iter().any(|form| date.write(*form) == text));
        }
        prop_assert_eq!(is_balanced(&text), still_open(&text).is_ok_and(|open| open.is_empty()));
    }

    #[test]
    fn what_is_still_open_closes_the_text(text in "[(\\[<>\\])]{0,12}") {
        if let Ok(open) = still_open(&text) {
            prop_assert!(is_balanced(&format!("{text}{open}")), "{text} {open}");
        }
        // A second definition: a text is balanced if taking out neighbours that close each other leaves nothing.
        let mut left = text.clone();
        while let Some(pair) = ["()", "[]", "<>"].iter().find(|pair| left.contains(**pair)) {
            left = left.replace(pair, "");
        }
        prop_assert_eq!(is_balanced(&text), left.is_empty());
    }
}

/// Every day of some centuries: what exists, and on which day of the week.
#[test]
fn the_calendar_is_that_of_the_time_crate() {
    for year in (1000..=9999).step_by(37).chain(1896..=2104) {
        for (month, day) in (1..=12).flat_map(|month| (1..=31).map(move |day| (month, day))) {
            let theirs = time::Month::try_from(month as u8).unwrap();
            let theirs = time::Date::from_calendar_date(year as i32, theirs, day as u8);
            let ours = Date::new(year, month, day);
            assert_eq!(ours.is_ok(), theirs.is_ok(), "{year}-{month}-{day}");
            if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
                assert_eq!(ours.weekday(), theirs.weekday().to_string(), "{ours}");
                assert_eq!(ours.to_string(), theirs.to_string());
            }
        }
    }
}

#[test]
fn a_date_is_written_in_seven_ways_and_read_back() {
    let written = |year, month, day| DateForm::ALL.map(|form| Date::new(year, month, day).unwrap().write(form));
    assert_eq!(
        written(1987, 3, 3),
        [
            "1987-03-03",
            "3 March 1987",
            "March 3rd, 1987",
            "Tue 3 Mar 1987",
            "Tuesday, the third of March 1987",
            "1987年3月3日",
            "一九八七年三月三日"
        ]
    );
    assert_eq!(written(2000, 12, 21)[6], "二〇〇〇年十二月二十一日");
    for (month, day) in (1..=12).flat_map(|month| (1..=31).map(move |day| (month, day))) {
        if let Ok(date) = Date::new(2024, month, day) {
            for form in DateForm::ALL {
                assert_eq!(Date::read(&date.write(form)).unwrap(), date);
            }
        }
    }
    for (day, suffix) in [(1, "1st"), (2, "2nd"), (11, "11th"), (12, "12th"), (13, "13th"), (22, "22nd"), (31, "31st")]
    {
        assert_eq!(written(2024, 5, day)[2], format!("May {suffix}, 2024"));
    }
}

#[test]
fn days_that_do_not_exist_and_texts_that_are_none_are_told_what_is_wrong() {
    for (text, message) in [
        ("30 February 2024", "the day is 30: expected 1 to 29, as it is February 2024"),
        ("1900-02-29", "the day is 29: expected 1 to 28"),
        ("2024-13-01", "the month is 13: expected 1 to 12"),
        ("0999-01-01", "the year is 999: expected 1000 to 9999"),
        ("3 Marhc 1987", "\"Marhc\" is no word of a date"),
        ("3 March", "it names no year"),
        ("", "it names no year"),
        ("Monday, the third of March 1987", "that would be 1987-03-03, which is written as one of"),
        ("March 3th, 1987", "that would be 1987-03-03"),
        ("1987-3-3", "that would be 1987-03-03"),
        ("1987年3月", "expected 年, 月 and 日"),
        ("二〇二四年二月三十日", "the day is 30"),
        ("1987年三月3日", "that would be 1987-03-03"),
        ("1987年x月3日", "\"x\" is no number"),
    ] {
        let error = Date::read(text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{text:?} is not a date: {message}")), "{error}");
    }
}

/// What every generator promises: as many as asked for, all different, the same for a seed, and sides that share nothing.
fn check_pairs(pairs: impl Fn(usize, u64) -> Result<Vec<Pair>>) -> Vec<Pair> {
    let all = pairs(200, 7).unwrap();
    assert_eq!(all, pairs(200, 7).unwrap());
    assert_ne!(all, pairs(200, 8).unwrap());
    assert_eq!(all.len(), 200);
    let sources = |pairs: &[Pair]| pairs.iter().map(|pair| pair.source.clone()).collect::<HashSet<_>>();
    assert_eq!(sources(&all).len(), 200);
    let twice = [all.clone(), all.clone()].concat();
    for pairs in [&all, &twice] {
        let (train, held_out) = hold_out(pairs, 50, 1).unwrap();
        assert_eq!((train.len(), held_out.len()), (150, 50));
        assert!(sources(&train).is_disjoint(&sources(&held_out)));
        assert_eq!(hold_out(pairs, 50, 1).unwrap(), (train.clone(), held_out));
        assert_ne!(hold_out(pairs, 50, 2).unwrap().0, train);
    }
    let message = hold_out(&all, 201, 1).unwrap_err().to_string();
    assert_eq!(
        message,
        "the number of pairs to hold out is 201: expected at most 200, the number of different sources"
    );
    all
}

#[test]
fn pairs_of_numbers_are_of_all_lengths() {
    let pairs = check_pairs(|count, seed| English.pairs(Chinese, count, seed));
    for Pair { source, target } in &pairs {
        assert_eq!(English.read(source).unwrap(), Chinese.read(target).unwrap());
    }
    let digits = Digits.pairs(English, 200, 7).unwrap();
    for length in 1..=8 {
        assert!(digits.iter().any(|pair| pair.source.len() == length), "none of {length} digits");
    }
}

#[test]
fn pairs_of_dates_name_each_day_once() {
    let forms = DateForm::ALL;
    let pairs = check_pairs(|count, seed| dates::pairs(&forms, 1900, 2100, count, seed));
    for Pair { source, target } in &pairs {
        assert_eq!(Date::read(source).unwrap().to_string(), *target);
    }
    assert_eq!(pairs.iter().map(|pair| &pair.target).collect::<HashSet<_>>().len(), pairs.len());
    let all = dates::pairs(&[DateForm::Long], 2023, 2024, 731, 1).unwrap();
    assert_eq!(all.len(), 365 + 366);
    assert!(dates::pairs(&forms, 2024, 2024, 367, 1).unwrap_err().to_string().contains("after 366 of them"));
    for (first, last) in [(2024, 2023), (0, 2000), (2000, 10_000)] {
        assert!(dates::pairs(&forms, first, last, 1, 1).unwrap_err().to_string().starts_with("the range of years"));
    }
    assert!(dates::pairs(&[], 2000, 2001, 1, 1).unwrap_err().to_string().starts_with("the number of forms is 0"));
}

#[test]
fn strings_are_copied_and_reversed() {
    let strings = Strings { alphabet: "abc狐".into(), min: 3, max: 7 };
    for Pair { source, target } in check_pairs(|count, seed| strings.copy(count, seed)) {
        assert_eq!(source, target);
        assert!((3..=7).contains(&source.chars().count()) && source.chars().all(|c| "abc狐".contains(c)));
    }
    for Pair { source, target } in check_pairs(|count, seed| strings.reverse(count, seed)) {
        assert_eq!(source, target.chars().rev().collect::<String>());
    }
    let few = Strings { alphabet: "ab".into(), min: 1, max: 3 };
    assert_eq!(few.copy(14, 1).unwrap().len(), 14);
    assert!(matches!(few.copy(15, 1), Err(Error::Config { name: "the number of pairs", .. })));
    for (alphabet, min, max) in [("", 1, 2), ("aba", 1, 2), ("ab", 0, 2), ("ab", 3, 2)] {
        assert!(Strings { alphabet: alphabet.into(), min, max }.reverse(1, 1).is_err(), "{alphabet:?} {min} {max}");
    }
}

#[test]
fn brackets_are_balanced_and_as_deep_as_allowed() {
    let brackets = Brackets { kinds: 3, max_depth: 3, max_pairs: 8 };
    let depth = |text: &str| {
        let step = |depth: &mut i32, c| {
            *depth += if "([{<".contains(c) { 1 } else { -1 };
            Some(*depth)
        };
        text.chars().scan(0, step).max().unwrap_or(0)
    };
    let completions = check_pairs(|count, seed| brackets.completions(count, seed));
    for Pair { source, target } in &completions {
        assert!(!target.is_empty() && is_balanced(&format!("{source}{target}")) && depth(source) <= 3);
    }
    let judgements = check_pairs(|count, seed| brackets.judgements(count, seed));
    let balanced = judgements.iter().filter(|pair| pair.target == "balanced").count();
    assert!((60..140).contains(&balanced), "{balanced} of 200");
    for Pair { source, target } in &judgements {
        assert_eq!(is_balanced(source), target == "balanced");
    }
}

/// One kind, at most three pairs and depth two: 1 word of one pair, 2 of two, and 4 of three, as ((())) is too deep.
#[test]
fn words_of_as_many_brackets_are_equally_likely() {
    let few = Brackets { kinds: 1, max_depth: 2, max_pairs: 3 };
    let mut times: HashMap<String, f64> = HashMap::new();
    for seed in 0..12_000 {
        let Pair { source, target } = few.judgements(1, seed).unwrap().remove(0);
        if target == "balanced" {
            *times.entry(source).or_default() += 1.0;
        }
    }
    assert_eq!(times.len(), 7);
    let all: f64 = times.values().sum();
    for (word, times) in times {
        let expected = [1.0, 0.5, 0.25][word.len() / 2 - 1] / 3.0;
        assert!((times / all - expected).abs() < 0.02, "{word}: {} instead of {expected}", times / all);
    }
    let expected = 3f64.log2() + (1f64.log2() + 2f64.log2() + 4f64.log2()) / 3.0;
    assert!((few.entropy().unwrap() - expected).abs() < 1e-12);
}

#[test]
fn bad_brackets_are_told_where_and_what_was_expected() {
    for (text, message) in [
        ("([)]", "position 2 holds ')'; expected an opening bracket or ']' to close"),
        ("())", "position 2 holds ')'; expected an opening bracket or nothing to close"),
        ("(a)", "position 1 holds 'a'; expected an opening bracket or ')' to close"),
    ] {
        let error = still_open(text).unwrap_err().to_string();
        assert_eq!(error, format!("{text:?} is not the beginning of balanced brackets: {message}"));
    }
    assert_eq!(still_open("([{").unwrap(), "}])");
    for (kinds, max_depth, max_pairs) in [(0, 1, 1), (5, 1, 1), (1, 0, 1), (1, 1, 0), (1, 1, 101)] {
        let brackets = Brackets { kinds, max_depth, max_pairs };
        assert!(
            brackets.entropy().is_err() && brackets.completions(1, 1).is_err() && brackets.judgements(1, 1).is_err()
        );
    }
    assert!(Brackets { max_depth: usize::MAX, max_pairs: 100, ..Brackets::default() }.entropy().unwrap().is_finite());
}
