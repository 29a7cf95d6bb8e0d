//! N-gram models as text, in the format that the field has used since the nineties: writing.

use super::model::NgramModel;
use crate::{
    Result,
    text::{Level, replace_file},
};
use std::{
    borrow::Cow,
    io::{self, Write},
    path::Path,
};

/// log10 of probability 0 in an ARPA file, by custom: the format knows no infinity.
pub(super) const LOG_ZERO: f32 = -99.0;

impl NgramModel {
    /// Writes the model as an ARPA file: log10 p, the n-gram, and below the highest order log10 b, with tabs between.
    ///
    /// Numbers are the shortest that read back as the same f32; probability 0 is −99. Where tokens are characters,
    /// white space is written as `<0x20>` and so on. The file is replaced as a whole.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_arpa(&self, path: &Path) -> Result<()> {
        replace_file(path, |out| self.arpa(out))
    }

    fn arpa(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\\data\\")?;
        for n in 1..=self.order() {
            writeln!(out, "ngram {n}={}", self.trie.len(n))?;
        }
        let tokens: Vec<String> = self.vocab.tokens().iter().map(|token| written(token, self.level())).collect();
        for n in 1..=self.order() {
            writeln!(out, "\n\\{n}-grams:")?;
            self.trie.visit(n, &mut |ngram, node| {
                write!(out, "{}\t{}", number(self.estimates.log_p[n][node]), tokens[ngram[0] as usize])?;
                for &id in &ngram[1..] {
                    write!(out, " {}", tokens[id as usize])?;
                }
                match self.estimates.log_b.get(n) {
                    Some(log_b) => writeln!(out, "\t{}", number(log_b[node])),
                    None => writeln!(out),
                }
            })?;
        }
        writeln!(out, "\n\\end\\")
    }
}

fn number(log10: f32) -> f32 {
    log10.max(LOG_ZERO) + 0.0 // + 0.0 makes 0 of -0
}

/// A token as it stands in an ARPA file.
fn written(token: &str, level: Level) -> String {
    match token.chars().next() {
        Some(c) if level == Level::Char && (c.is_whitespace() || c.is_control()) => format!("<0x{:02X}>", c as u32),
        _ => token.into(),
    }
}

/// The token that is written so: the inverse of [`written`].
pub(super) fn unwritten(token: &str, level: Level) -> Cow<'_, str> {
    let code = token.strip_prefix("<0x").and_then(|token| token.strip_suffix('>'));
    let character = code.and_then(|code| char::from_u32(u32::from_str_radix(code, 16).ok()?));
    match character {
        Some(c) if level == Level::Char => c.to_string().into(),
        _ => token.into(),
    }
}
