//! What counts as a token.

use super::Vocab;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a line becomes tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Words: whatever stands between white space (in the sense of Unicode).
    #[default]
    Word,
    /// Characters: Unicode scalars, the space among them.
    Char,
}

impl Level {
    /// The tokens of a line, in order.
    pub fn tokens<'a>(self, line: &'a str) -> Box<dyn Iterator<Item = &'a str> + 'a> {
        match self {
            Level::Word => Box::new(line.split_whitespace()),
            Level::Char => Box::new(line.char_indices().map(|(i, c)| &line[i..i + c.len_utf8()])),
        }
    }

    /// The tokens of an n-gram, which, unlike a line, may begin with `<s>` and end with `</s>`.
    pub fn ngram(self, ngram: &str) -> Vec<&str> {
        if self == Level::Word {
            return self.tokens(ngram).collect();
        }
        let [_, bos, eos] = Vocab::RESERVED;
        let (open, inside) = ngram.strip_prefix(bos).map_or((None, ngram), |inside| (Some(bos), inside));
        let (inside, close) = inside.strip_suffix(eos).map_or((inside, None), |inside| (inside, Some(eos)));
        open.into_iter().chain(self.tokens(inside)).chain(close).collect()
    }

    /// The line that tokens make: words with a space between them, characters without.
    pub fn join(self, tokens: &[&str]) -> String {
        match self {
            Level::Word => tokens.join(" "),
            Level::Char => tokens.concat(),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Level::Word => "word",
            Level::Char => "char",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Level;

    #[test]
    fn words_and_characters() {
        let line = " die  Füße 狐";
        assert_eq!(Level::Word.tokens(line).collect::<Vec<_>>(), ["die", "Füße", "狐"]);
        let characters: Vec<_> = Level::Char.tokens(line).collect();
        assert_eq!(characters.len(), 12);
        assert_eq!(Level::Char.join(&characters), line);
        assert_eq!(Level::Word.ngram("<s> the fox"), ["<s>", "the", "fox"]);
        assert_eq!(Level::Char.ngram("<s>fox</s>"), ["<s>", "f", "o", "x", "</s>"]);
    }
}
