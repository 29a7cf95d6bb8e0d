//! Exercises: a reader's function is tried on cases with known answers, and the first one that differs is shown.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook},
};

/// Answers that are compared as a teacher would: numbers up to rounding, everything else exactly.
pub trait Close: fmt::Debug {
    fn is_close(&self, other: &Self) -> bool;
}

impl Close for f64 {
    fn is_close(&self, other: &f64) -> bool {
        self == other || (self - other).abs() <= 1e-6 * (1.0 + other.abs()) || (self.is_nan() && other.is_nan())
    }
}

impl Close for f32 {
    fn is_close(&self, other: &f32) -> bool {
        self == other || (self - other).abs() <= 1e-4 * (1.0 + other.abs()) || (self.is_nan() && other.is_nan())
    }
}

macro_rules! exactly {
    ($($kind:ty),*) => {$(
        impl Close for $kind {
            fn is_close(&self, other: &Self) -> bool { self == other }
        }
    )*};
}
exactly!(bool, char, i32, i64, u32, u64, usize, String, &str);

impl<T: Close> Close for Vec<T> {
    fn is_close(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(a, b)| a.is_close(b))
    }
}

impl<T: Close> Close for Option<T> {
    fn is_close(&self, other: &Self) -> bool {
        match (self, other) {
            (Some(a), Some(b)) => a.is_close(b),
            (None, None) => true,
            _ => false,
        }
    }
}

impl<A: Close, B: Close> Close for (A, B) {
    fn is_close(&self, other: &Self) -> bool {
        self.0.is_close(&other.0) && self.1.is_close(&other.1)
    }
}

/// What became of an exercise: one line, green or red.
#[derive(Clone)]
pub struct Verdict {
    pub passed: bool,
    pub message: String,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {}", if self.passed { "✓" } else { "✗" }, self.message)
    }
}

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Verdict {
    /// Shows the verdict in a notebook.
    pub fn evcxr_display(&self) {
        let colour = if self.passed { "#00664b" } else { "#a83f00" };
        let text = self.to_string();
        let html = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        println!("EVCXR_BEGIN_CONTENT text/plain\n{text}\nEVCXR_END_CONTENT");
        println!("EVCXR_BEGIN_CONTENT text/html\n<pre style=\"color: {colour}\">{html}</pre>\nEVCXR_END_CONTENT");
    }
}

/// Tries a reader's function on cases `(arguments, answer)`.
///
/// Never panics: a function that is still `todo!()`, or that panics, is a red line that says so.
pub fn exercise<A: fmt::Debug, R: Close>(name: &str, cases: &[(A, R)], answer: impl Fn(&A) -> R) -> Verdict {
    for (arguments, expected) in cases {
        let hook = take_hook();
        set_hook(Box::new(|_| ()));
        let found = catch_unwind(AssertUnwindSafe(|| answer(arguments)));
        set_hook(hook);
        let problem = match found {
            Ok(found) if found.is_close(expected) => continue,
            Ok(found) => {
                format!("for {} the answer is {}, yours gives {}", short(arguments), short(expected), short(&found))
            }
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
                match text.unwrap_or("a panic without words") {
                    text if text.starts_with("not yet implemented") => {
                        "not written yet: put your code in place of todo!()".into()
                    }
                    text => format!("for {} your function panics: {text}", short(arguments)),
                }
            }
        };
        return Verdict { passed: false, message: format!("{name}: {problem}") };
    }
    Verdict { passed: true, message: format!("{name}: right in all {} cases", cases.len()) }
}

/// A value in one line, with its middle left out if it is long.
fn short(value: &impl fmt::Debug) -> String {
    const EACH_SIDE: usize = 80;
    let words: Vec<char> = format!("{value:?}").split_whitespace().collect::<Vec<_>>().join(" ").chars().collect();
    if words.len() <= 2 * EACH_SIDE + 3 {
        return words.into_iter().collect();
    }
    let (start, end) = (&words[..EACH_SIDE], &words[words.len() - EACH_SIDE..]);
    format!("{} … {}", start.iter().collect::<String>(), end.iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_wrong_and_unwritten_answers_are_told_apart() {
        let cases = [((1.0, 2.0), 0.5), ((3.0, 4.0), 0.75)];
        assert!(exercise("half", &cases, |(a, b)| a / b).passed);
        let wrong = exercise("half", &cases, |(a, _)| a / 2.0);
        assert!(!wrong.passed && wrong.message.contains("(3.0, 4.0)") && wrong.message.contains("1.5"), "{wrong}");
        let long = exercise("long", &[(vec![1; 10_000], 0.5)], |_| 1.0).message;
        assert!(long.len() < 300 && long.contains("1, 1 … 1, 1"), "{long}");
        assert!(exercise("half", &cases, |_| -> f64 { todo!() }).message.contains("not written yet"));
        assert!(exercise("half", &cases, |_| -> f64 { panic!("oh") }).message.contains("panics: oh"));
    }
}
