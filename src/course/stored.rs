//! What takes longer to compute than a chapter may: kept in `notebooks/stored`, and computed anew on request.

use super::Scoreboard;
use crate::{
    Error, Result,
    text::{read_text, replace_file},
};
use std::{collections::BTreeMap, env, fs, path::Path};

/// Columns of numbers, each with a name: losses, seconds, whatever an experiment gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stored {
    columns: BTreeMap<String, Vec<f64>>,
}

impl Stored {
    pub fn push(&mut self, name: &str, column: &[f64]) {
        self.columns.insert(name.into(), column.to_vec());
    }

    /// # Panics
    /// If there is no such column: says which there are.
    pub fn column(&self, name: &str) -> Vec<f64> {
        let known = || self.columns.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        self.columns.get(name).unwrap_or_else(|| panic!("no column {name:?} is stored; there are: {}", known())).clone()
    }

    /// Names and numbers, in the order of the names.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &[f64])> {
        self.columns.iter().map(|(name, column)| (name.as_str(), column.as_slice()))
    }

    /// # Errors
    /// If the file cannot be read, or does not hold columns of numbers.
    pub fn load(path: &Path) -> Result<Stored> {
        let columns = serde_json::from_str(&read_text(path)?);
        let columns = columns.map_err(|error| Error::Json { path: path.into(), message: error.to_string() })?;
        Ok(Stored { columns })
    }

    /// One line for each column, so that a change can be read.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let line = |(name, column)| format!("  {}: {}", serde_json::json!(name), serde_json::json!(column));
        let lines: Vec<String> = self.columns.iter().map(line).collect();
        replace_file(path, |out| writeln!(out, "{{\n{}\n}}", lines.join(",\n")))
    }
}

/// Where `fabula run --anew WHAT` says what is to be computed: every name that begins so.
pub const ANEW: &str = "FABULA_ANEW";

/// The numbers of an experiment that takes longer than a chapter may: from `notebooks/stored/<name>.json`, or, under
/// `fabula run --anew`, computed, and kept there.
///
/// The experiment stands in the chapter, in front of the reader. It should follow from its seeds alone, so that a part
/// of it can be computed again and compared.
///
/// # Errors
/// If the file is not there or is damaged, or the experiment fails.
pub fn stored(name: &str, compute: &mut dyn FnMut() -> Result<Stored>) -> Result<Stored> {
    let path = Scoreboard::path().with_file_name("stored").join(format!("{name}.json"));
    let wish = env::var(ANEW).ok();
    at(&path, wish.is_some_and(|wish| name.starts_with(&wish)), compute)
}

fn at(path: &Path, anew: bool, compute: &mut dyn FnMut() -> Result<Stored>) -> Result<Stored> {
    if anew {
        let found = compute()?;
        let folder = path.parent().unwrap_or(path);
        fs::create_dir_all(folder).map_err(|source| Error::Io { path: folder.into(), source })?;
        found.save(path)?;
    } else if !path.exists() {
        let message = "it is not there; compute it anew with `cargo run --release -- run CHAPTER --anew NAME`, \
                       NAME being that of the file, or fetch the course again";
        return Err(Error::Json { path: path.into(), message: message.into() });
    }
    Stored::load(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_computed_once_is_read_to_the_last_bit_and_not_computed_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("stored/07_x.json");
        let mut count = 0;
        let mut compute = || {
            count += 1;
            let mut all = Stored::default();
            all.push("a \"name\"", &[0.1 + 0.2, -1e-300, f64::from(0.1f32)]);
            all.push("none", &[]);
            Ok(all)
        };
        let missing = at(&path, false, &mut compute).unwrap_err().to_string();
        assert!(missing.contains("07_x.json: it is not there") && missing.contains("--anew"), "{missing}");
        let first = at(&path, true, &mut compute).unwrap();
        assert_eq!(first, at(&path, false, &mut compute).unwrap());
        assert_eq!(first.column("a \"name\""), [0.1 + 0.2, -1e-300, f64::from(0.1f32)]);
        assert_eq!(count, 1);
        fs::write(&path, "{\"a\": [1,").unwrap();
        assert!(matches!(at(&path, false, &mut || Ok(Stored::default())), Err(Error::Json { .. })));
    }

    #[test]
    #[should_panic(expected = "no column \"c\" is stored; there are: a, b")]
    fn a_column_that_is_not_there_is_named() {
        let mut all = Stored::default();
        all.push("a", &[1.0]);
        all.push("b", &[]);
        all.column("c");
    }
}
