//! The warm workspace: evcxr's folder with the course's crate built in it, from which each kernel takes a copy.

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

/// The first line of every chapter, as seen from `notebooks`.
pub const DEPENDENCY: &str = ":dep fabula = { path = \"..\", default-features = false }";

const STAMP: &str = "fabula.stamp";

pub fn is_warm(course: &Course) -> bool {
    kernel::is_built(course) && stamp(course).is_ok_and(|stamp| stamp_is(&course.warm().join(STAMP), &stamp))
}

pub fn make(course: &Course) -> Result<()> {
    let stamp = stamp(course)?;
    replace(&course.home.join(".cargo/config.toml"), CARGO_CONFIG)?;
    replace(&course.home.join("evcxr/evcxr.toml"), &evcxr_toml(true))?;
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
    for cell in [DEPENDENCY, "use fabula::prelude::*;", "let warm = 1;"] {
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
    if course.warm().exists() {
        fs::remove_dir_all(course.warm())?;
    }
    fs::rename(&building, course.warm()).with_context(|| format!("cannot move {} to its place", building.display()))
}

/// Everything that the built crate depends on.
fn stamp(course: &Course) -> Result<String> {
    let mut files = vec![course.root.join("Cargo.toml"), course.root.join("Cargo.lock")];
    sources(&course.root.join("src"), &mut files)?;
    files.sort();
    let rustc = Command::new("rustc")
        .arg("-vV")
        .output()
        .context("rustc cannot be started; install Rust from rustup.rs")?
        .stdout;
    let kernel = fs::metadata(course.kernel()).map(|data| data.len()).unwrap_or(0).to_string();
    let mut parts = vec![rustc, kernel.into(), evcxr_toml(true).into(), CARGO_CONFIG.into(), DEPENDENCY.into()];
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
