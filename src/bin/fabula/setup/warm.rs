//! The warm workspaces: evcxr's folder with the course's crate built in it, from which each kernel takes a copy. There
//! is one for each set of the crate's features that chapters ask for, so that no chapter waits for what another needs.

use super::{fingerprint, kernel, kernel_envs, stamp_is};
use crate::{
    client::Kernel,
    course::{Course, replace},
};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// evcxr's own settings: cells are compiled without optimisation, the crate that they call with it. Offline, and with
/// the project's `Cargo.lock`, cells see the very versions that the tests see. Only while the warm workspace is made
/// may cargo fetch what the lock file names and the build of the programs had no use for.
fn evcxr_toml(offline: bool) -> String {
    format!("[evcxr]\nopt_level = \"0\"\noffline_mode = {offline}\n")
}

/// For the crates that cells are linked with. cargo looks for this file in the folders above a workspace.
const CARGO_CONFIG: &str =
    "[profile.dev.package.\"*\"]\nopt-level = 3\ndebug-assertions = false\noverflow-checks = false\n";

/// The first line of a chapter that needs no features of the crate, as seen from `notebooks`.
pub const DEPENDENCY: &str = ":dep fabula = { path = \"..\", default-features = false }";

/// The features that chapters about tokens name in their first line.
pub const TOKENIZERS: &[&str] = &["tokenizers"];

/// Whether a cell asks for the crate with tokenizers.
pub fn needs_tokenizers(cell: &str) -> bool {
    cell.lines().any(|line| line.starts_with(":dep fabula") && line.contains("\"tokenizers\""))
}

const STAMP: &str = "fabula.stamp";

/// The first line of a chapter that needs these features.
fn dependency(features: &[&str]) -> String {
    match features {
        [] => DEPENDENCY.into(),
        _ => DEPENDENCY.replace(" }", &format!(", features = {features:?} }}")),
    }
}

fn folder(course: &Course, features: &[&str]) -> PathBuf {
    // The kernel looks for them under these names.
    course.warm().join(if features.is_empty() { "base".into() } else { features.join("+") })
}

pub fn is_warm(course: &Course, features: &[&str]) -> bool {
    kernel::is_built(course)
        && stamp(course, features).is_ok_and(|stamp| stamp_is(&folder(course, features).join(STAMP), &stamp))
}

pub fn make(course: &Course, features: &[&str]) -> Result<()> {
    replace(&course.home.join(".cargo/config.toml"), CARGO_CONFIG)?;
    replace(&course.home.join("evcxr/evcxr.toml"), &evcxr_toml(true))?;
    let stamp = stamp(course, features)?;
    let settings = tempfile::tempdir()?;
    fs::write(settings.path().join("evcxr.toml"), evcxr_toml(false))?;
    let building = course.home.join("warm.building");
    if building.exists() {
        fs::remove_dir_all(&building)?;
    }
    let mut envs = kernel_envs(course);
    for (name, path) in [("EVCXR_TMPDIR", building.as_path()), ("EVCXR_CONFIG_DIR", settings.path())] {
        envs.push((name.into(), path.to_string_lossy().into_owned()));
    }
    let mut kernel = Kernel::start(&course.kernel(), &envs, &course.notebooks())?;
    let limit = Duration::from_secs(1800);
    for cell in [&dependency(features), "use fabula::prelude::*;", "let warm = 1;"] {
        let executed = kernel.execute(cell, limit)?;
        if let Some((_, text)) = executed.error {
            bail!("the kernel could not build the course's crate: {text}");
        }
    }
    // For a cell that cannot be right evcxr calls `cargo check`, which wants the dependencies in a form of its own:
    // without this line a reader's first mistake would take ten seconds.
    kernel.execute("let cold = unknown;", limit)?;
    kernel.shut_down()?;
    replace(&building.join(STAMP), &stamp)?;
    let folder = folder(course, features);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(course.warm())?;
    fs::rename(&building, &folder).with_context(|| format!("cannot move {} to its place", building.display()))
}

/// Everything that the built crate depends on.
fn stamp(course: &Course, features: &[&str]) -> Result<String> {
    let mut files = vec![course.root.join("Cargo.toml"), course.root.join("Cargo.lock")];
    sources(&course.root.join("src"), &mut files)?;
    files.sort();
    let rustc = Command::new("rustc")
        .arg("-vV")
        .output()
        .context("rustc cannot be started; install Rust from rustup.rs")?
        .stdout;
    let kernel = fs::metadata(course.kernel()).map(|data| data.len()).unwrap_or(0).to_string();
    let mut parts =
        vec![rustc, kernel.into(), evcxr_toml(true).into(), CARGO_CONFIG.into(), dependency(features).into()];
    for file in files {
        parts.push(fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?);
    }
    Ok(fingerprint(parts.iter().map(Vec::as_slice)))
}

/// The crate's sources, without those of its programs.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("bin") {
            sources(&path, files)?;
        } else if path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chapter_finds_a_warm_workspace() {
        let course = Course::find().unwrap();
        let known = [dependency(&[]), dependency(TOKENIZERS)];
        for chapter in crate::run::Chapter::all(&course).unwrap() {
            let text = fs::read_to_string(&chapter.source).unwrap();
            let line = text.lines().find(|line| line.starts_with(":dep fabula")).unwrap_or(DEPENDENCY);
            let line = line.replace("\"../..\"", "\"..\"");
            assert!(known.contains(&line), "{} begins with {line}, which is none of {known:#?}", chapter.name);
        }
    }
}
