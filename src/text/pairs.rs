//! Files of pairs.

use super::{read::read_text, sources::Pair};
use crate::{Error, Result};
use std::path::Path;

/// The pairs of a text file: one a line, the source, a tab, and the target.
///
/// Line ends and a byte order mark are taken as by [`read_lines`](super::read_lines).
///
/// # Errors
/// If the file cannot be read, is empty, or is not UTF-8; or a line has not two columns, or no source.
pub fn read_pairs(path: &Path) -> Result<Vec<Pair>> {
    let text = read_text(path)?;
    if text.is_empty() {
        return Err(Error::Empty { path: path.into(), expected: "pairs, one a line: the source, a tab, the target" });
    }
    let pair = |(i, line): (usize, &str)| {
        let wrong = |message: String| Error::Line { path: path.into(), line: i + 1, message };
        let columns: Vec<&str> = line.split('\t').collect();
        let [source, target] = columns[..] else {
            let found = columns.len();
            let columns = if found == 1 { "column" } else { "columns" };
            return Err(wrong(format!(
                "{found} {columns}: expected two, the source and the target, with a tab between"
            )));
        };
        if source.trim().is_empty() {
            return Err(wrong("the source is empty: expected a text, or leave the line out".into()));
        }
        Ok(Pair { source: source.into(), target: target.into() })
    };
    text.lines().enumerate().map(pair).collect()
}
