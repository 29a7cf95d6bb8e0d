//! Into which tokens a text is cut before it is scored.

/// How a metric cuts a text into tokens. BLEU scores compare only if this is the same, so the usual ways have names;
/// their tokens are those of sacrebleu 2.6.0 and rouge-score 0.1.2.
///
/// ```
/// use fabula::metrics::Tokenization;
/// assert_eq!(Tokenization::V13a.tokens("It's (only) 3.5 km."), ["It's", "(", "only", ")", "3.5", "km", "."]);
/// assert_eq!(Tokenization::Zh.tokens("狐狸有3.5公斤。"), ["狐", "狸", "有", "3.5", "公", "斤", "。"]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tokenization {
    /// `13a`, that of the WMT's script mteval-v13a, for languages in Latin letters: ASCII marks stand alone, but for
    /// the apostrophe, points and commas between digits, and a hyphen that no digit precedes.
    #[default]
    V13a,
    /// `zh`: Chinese characters and marks stand alone, and the rest is cut as by 13a.
    Zh,
    /// `char`: every character that is no white space.
    Char,
    /// `none`: what white space separates.
    None,
    /// That of ROUGE: runs of the letters a–z and digits, in lower case. Nothing else counts: no Chinese, no `é`.
    Rouge,
}

impl Tokenization {
    /// The tokens of a text.
    pub fn tokens(self, text: &str) -> Vec<String> {
        let split = |text: &str| text.split(is_space).filter(|token| !token.is_empty()).map(String::from).collect();
        let text = text.trim_end_matches(is_space);
        match self {
            Tokenization::V13a => split(&marks_apart(&plain(text))),
            Tokenization::Zh => split(&marks_apart(&chinese_apart(text.trim_matches(is_space)))),
            Tokenization::Char => text.chars().filter(|&c| !is_space(c)).map(String::from).collect(),
            Tokenization::None => split(text),
            Tokenization::Rouge => {
                let lower = text.to_lowercase();
                let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
                words.filter(|word| !word.is_empty()).map(String::from).collect()
            }
        }
    }
}

/// White space as Python's: Unicode's, and the four separators of ASCII.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

/// The first half of 13a: the marks of SGML become what they stand for, words that were divided at line ends are
/// joined.
fn plain(text: &str) -> String {
    let replacements =
        [("<skipped>", ""), ("-\n", ""), ("\n", " "), ("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")];
    let plain = replacements.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    // So that a mark at either end has a neighbour.
    format!(" {plain} ")
}

/// The second half of 13a, spaces around marks, in four passes.
fn marks_apart(text: &str) -> String {
    let digit = |c: char| c.is_ascii_digit();
    let stop = |c: char| matches!(c, '.' | ',');
    let alone = |c: char| c == ' ' || c.is_ascii_punctuation() && !matches!(c, '\'' | ',' | '-' | '.');
    let mut passed = Vec::with_capacity(2 * text.len());
    for c in text.chars() {
        if alone(c) { passed.extend([' ', c, ' ']) } else { passed.push(c) }
    }
    passed = pairs_apart(&passed, |c| !digit(c), stop, ["", " ", " "]);
    passed = pairs_apart(&passed, stop, |c| !digit(c), [" ", " ", ""]);
    passed = pairs_apart(&passed, digit, |c| c == '-', ["", " ", " "]);
    passed.into_iter().collect()
}

/// Puts spaces before, into and behind each pair of such neighbours; pairs do not overlap, the leftmost come first.
fn pairs_apart(
    text: &[char],
    first: impl Fn(char) -> bool,
    second: impl Fn(char) -> bool,
    [before, between, behind]: [&str; 3],
) -> Vec<char> {
    let mut apart = Vec::with_capacity(2 * text.len());
    let mut rest = text;
    while let [a, tail @ ..] = rest {
        match tail {
            [b, behind_both @ ..] if first(*a) && second(*b) => {
                apart.extend(before.chars().chain([*a]).chain(between.chars()).chain([*b]).chain(behind.chars()));
                rest = behind_both;
            }
            _ => {
                apart.push(*a);
                rest = tail;
            }
        }
    }
    apart
}

fn chinese_apart(text: &str) -> String {
    let mut apart = String::with_capacity(3 * text.len());
    for c in text.chars() {
        if is_chinese(c) { apart.extend([' ', c, ' ']) } else { apart.push(c) }
    }
    apart
}

/// What sacrebleu's `zh` takes for Chinese: ideographs, radicals, strokes, the marks of East Asia, wide and narrow
/// forms.
///
/// It means to hold the ideographs from U+20000 and U+2F800 on, too, but writes them with four digits where Python
/// wants eight. So they are not Chinese, and everything from U+2001 to U+2A6D is: arrows, and the quotation marks “ ” ‘
/// ’.
fn is_chinese(c: char) -> bool {
    let ranges = [
        ('\u{2001}', '\u{2a6d}'),
        ('\u{2e80}', '\u{2fdf}'),
        ('\u{2ff0}', '\u{303f}'),
        ('\u{3100}', '\u{312f}'),
        ('\u{31a0}', '\u{31ef}'),
        ('\u{3200}', '\u{4db5}'),
        ('\u{4e00}', '\u{9fbb}'),
        ('\u{f900}', '\u{fa2d}'),
        ('\u{fa30}', '\u{fa6a}'),
        ('\u{fa70}', '\u{fad9}'),
        ('\u{fe10}', '\u{fe1f}'),
        ('\u{fe30}', '\u{fe4f}'),
        ('\u{ff00}', '\u{ffef}'),
    ];
    ranges.iter().any(|&(first, last)| (first..=last).contains(&c))
}
