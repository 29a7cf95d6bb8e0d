//! Every number that a chapter claims, held against `notebooks/scoreboard.json`.

use crate::{Error, Result, text::read_text};
use serde::{Deserialize, Serialize};
use std::{
    env,
    path::{Path, PathBuf},
};

/// A number that a chapter claims.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The chapter that makes the claim, for instance `01_ngram`.
    pub chapter: String,
    pub name: String,
    /// The course's own number.
    pub value: f64,
    pub unit: String,
    /// The largest allowed difference between `value` and what a run finds.
    pub tolerance: f64,
    /// The same number from outside of the course: theory, another program, a paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// The row of the scoreboard that the number belongs to, if it is a model's score on the test fables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    pub value: f64,
    /// Where it comes from.
    pub source: String,
}

/// The file with all claims.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Scoreboard {
    pub claims: Vec<Claim>,
}

impl Scoreboard {
    /// Reads a scoreboard.
    ///
    /// # Errors
    /// If the file cannot be read or is not a scoreboard.
    pub fn load(path: &Path) -> Result<Scoreboard> {
        let text = read_text(path)?;
        serde_json::from_str(&text).map_err(|error| Error::Json { path: path.into(), message: error.to_string() })
    }

    /// Reads the scoreboard of the notebooks in which, or below which, the program runs.
    pub fn find() -> Result<Scoreboard> {
        Scoreboard::load(&Scoreboard::path())
    }

    /// Where it is, beside the notebooks; if it is nowhere, where it would be in this folder.
    pub(super) fn path() -> PathBuf {
        let here = env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        let name = "scoreboard.json";
        let near = here
            .ancestors()
            .flat_map(|dir| [dir.join(name), dir.join("notebooks").join(name)])
            .find(|path| path.exists());
        near.unwrap_or_else(|| here.join(name))
    }

    /// The names of a chapter's claims.
    pub fn of_chapter<'a>(&'a self, chapter: &'a str) -> impl Iterator<Item = &'a str> {
        self.claims.iter().filter(move |claim| claim.chapter == chapter).map(|claim| claim.name.as_str())
    }

    /// The value of a claim; not a number if there is no such claim.
    pub fn value(&self, name: &str) -> f64 {
        self.claims.iter().find(|claim| claim.name == name).map_or(f64::NAN, |claim| claim.value)
    }

    /// What was known when a chapter ended: its claims, and those of the chapters before it. `chapter` is its number, for
    /// instance `05`.
    pub fn up_to(mut self, chapter: &str) -> Scoreboard {
        self.claims.retain(|claim| claim.chapter.as_str() < chapter || claim.chapter.starts_with(chapter));
        self
    }

    /// The models' scores, as a table: a row for each model, a column for each unit.
    pub fn table(&self) -> String {
        const UNITS: [&str; 3] = ["nats per token", "perplexity", "bits per character"];
        let mut rows: Vec<&str> = Vec::new();
        for row in self.claims.iter().filter_map(|claim| claim.row.as_deref()) {
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        let width = rows.iter().map(|row| row.chars().count()).max().unwrap_or(0);
        let mut table = format!("{:width$}", "model");
        for unit in UNITS {
            table += &format!("  {unit:>18}");
        }
        for row in rows {
            table += &format!("\n{row:width$}");
            for unit in UNITS {
                let claim = self.claims.iter().find(|claim| claim.row.as_deref() == Some(row) && claim.unit == unit);
                table += &format!("  {:>18}", claim.map_or(String::new(), |claim| format!("{:.3}", claim.value)));
            }
        }
        table
    }
}

const MARK: &str = "claim ";

/// The name of the claim that a line of a cell's output tells of.
pub fn claimed_name(line: &str) -> Option<&str> {
    line.strip_prefix(MARK)?.split_once(' ').map(|(name, _)| name)
}

/// Holds a number against the scoreboard, and shows both.
///
/// In a draft (`fabula run --draft`) a number that does not fit is shown instead of failing the cell.
///
/// # Panics
/// If the scoreboard does not know the claim, or the number is outside of its tolerance: the cell, and with it the
/// chapter, fails.
pub fn claim(name: &str, found: f64) {
    match check(name, found) {
        Ok(line) => println!("{MARK}{name} = {line} ✓"),
        Err(problem) if env::var_os(DRAFT).is_some() => println!("{MARK}{name} ✗ {problem}"),
        Err(problem) => panic!("claim {name}: {problem}"),
    }
}

/// Set where a chapter is only drafted.
pub const DRAFT: &str = "FABULA_DRAFT";

fn check(name: &str, found: f64) -> std::result::Result<String, String> {
    let board = Scoreboard::find().map_err(|error| error.to_string())?;
    let Some(claim) = board.claims.iter().find(|claim| claim.name == name) else {
        return Err(format!("found {found}, but notebooks/scoreboard.json has no such claim; add it there"));
    };
    let Claim { value, unit, tolerance, reference, .. } = claim;
    if (found - value).abs() > *tolerance || found.is_nan() {
        return Err(format!("found {found} {unit}, but the scoreboard says {value} ± {tolerance}"));
    }
    let digits = decimals(*tolerance);
    let beside = reference.as_ref().map(|there| format!("   {}: {}", there.source, there.value)).unwrap_or_default();
    Ok(format!("{found:.digits$} {unit}{beside}"))
}

/// As many decimals as the tolerance says something about.
fn decimals(tolerance: f64) -> usize {
    if tolerance > 0.0 { (1.0 - tolerance.log10().floor()).clamp(0.0, 12.0) as usize } else { 0 }
}
