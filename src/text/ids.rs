//! Whether numbers are those of tokens.

use crate::{Error, Result};

/// # Errors
/// If a text has an id of `size` or above. `sequence` says which one of several texts it is.
pub(crate) fn check_ids(sequence: usize, ids: &[u32], size: usize) -> Result<()> {
    match ids.iter().position(|&id| id as usize >= size) {
        Some(place) => Err(Error::Symbol { sequence, place, found: ids[place], size }),
        None => Ok(()),
    }
}

/// As [`check_ids`], of a text that must not be empty.
///
/// # Errors
/// As there, or if there is no token.
pub(crate) fn check_text(sequence: usize, ids: &[u32], size: usize) -> Result<()> {
    if ids.is_empty() {
        return Err(Error::EmptySequence { sequence });
    }
    check_ids(sequence, ids, size)
}
