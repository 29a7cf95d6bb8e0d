//! Text files.

use crate::{Error, Result};
use std::{fs, path::Path};

/// The lines of a text file, without their ends.
///
/// Lines end with `\n` or `\r\n`; whether the last one does makes no difference. A byte order mark is dropped.
/// An empty line inside the text is an empty sentence.
///
/// # Errors
/// If the file cannot be read, is empty, or is not UTF-8 (with the offset of the first byte that is not).
pub fn read_lines(path: &Path) -> Result<Vec<String>> {
    let text = read_text(path)?;
    if text.is_empty() {
        return Err(Error::Empty { path: path.into(), expected: "text, one sentence a line" });
    }
    Ok(text.lines().map(String::from).collect())
}

/// A text file as a whole, without its byte order mark.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    let bytes = fs::read(path).map_err(|source| Error::Io { path: path.into(), source })?;
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..offset].iter().filter(|&&b| b == b'\n').count();
        Error::NotUtf8 { path: path.into(), offset, line }
    })?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Result<Vec<String>> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a text.txt");
        fs::write(&path, bytes).unwrap();
        read_lines(&path)
    }

    #[test]
    fn the_last_line_end_and_the_kind_of_line_end_make_no_difference() {
        for bytes in [&b"a b\n\nc"[..], b"a b\n\nc\n", b"a b\r\n\r\nc\r\n", b"\xEF\xBB\xBFa b\n\nc"] {
            assert_eq!(lines(bytes).unwrap(), ["a b", "", "c"]);
        }
    }

    #[test]
    fn the_first_bad_byte_is_named() {
        let error = lines(b"abc\nd\xFFe").unwrap_err();
        assert!(matches!(error, Error::NotUtf8 { offset: 5, line: 2, .. }), "{error}");
        assert!(matches!(lines(b""), Err(Error::Empty { .. })));
        assert!(matches!(read_lines(Path::new("no such file")), Err(Error::Io { .. })));
    }
}
