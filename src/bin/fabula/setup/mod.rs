//! What the course needs, made where it is missing. Each step says first what it does and how long that takes.

mod jupyter;
mod kernel;
mod python;
mod warm;

pub use jupyter::{register, user_kernels};
pub use kernel::kernel_envs;
pub use python::{Peer, python_command, venv_works};
pub use warm::DEPENDENCY;

use crate::course::Course;
use anyhow::{Context, Result};
use std::{fs, path::Path, process::Command, time::Instant};

struct Step {
    what: &'static str,
    /// On two cores, with a network that is not slow.
    takes: &'static str,
    is_done: fn(&Course) -> bool,
    make: fn(&Course) -> Result<()>,
}

const KERNEL: Step = Step {
    what: "build the Rust kernel (evcxr with rust-analyzer: 300 crates)",
    takes: "about 7 minutes, once",
    is_done: kernel::is_built,
    make: kernel::build,
};
const WARM: Step = Step {
    what: "build the course's crate for the cells",
    takes: "about a minute, and half of that when the crate changes",
    is_done: |course| warm::is_warm(course, &[]),
    make: |course| warm::make(course, &[]),
};
const WARM_TOKENIZERS: Step = Step {
    what: "build it again with tokenizers, which only some chapters need",
    takes: "about two minutes, and a minute when the crate changes",
    is_done: |course| warm::is_warm(course, warm::TOKENIZERS),
    make: |course| warm::make(course, warm::TOKENIZERS),
};
const PYTHON: Step = Step {
    what: "install JupyterLab into an environment of its own (pinned, about 60 MB to download)",
    takes: "about a minute, once",
    is_done: python::is_installed,
    make: python::install,
};
const HMMLEARN: Step = Step {
    what: "install hmmlearn, to measure the course beside it (pinned, about 100 MB to download)",
    takes: "about a minute, once",
    is_done: |course| Peer::Hmmlearn.is_installed(course),
    make: |course| Peer::Hmmlearn.install(course),
};
const TORCH: Step = Step {
    what: "install PyTorch, to measure the course beside it (pinned, about 2.5 GB to download)",
    takes: "some minutes, once",
    is_done: |course| Peer::Torch.is_installed(course),
    make: |course| Peer::Torch.install(course),
};

/// What executing cells needs, if these are all cells.
pub fn for_cells<'a>(course: &Course, cells: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let mut steps = vec![KERNEL, WARM];
    if cells.into_iter().any(warm::needs_tokenizers) {
        steps.push(WARM_TOKENIZERS);
    }
    make(course, &steps)
}

/// What JupyterLab needs, too.
pub fn for_lab(course: &Course) -> Result<()> {
    make(course, &[PYTHON, KERNEL, WARM, WARM_TOKENIZERS])
}

/// What measuring the course beside a Python package needs.
pub fn for_peer(course: &Course, peer: Peer) -> Result<()> {
    make(course, &[if let Peer::Torch = peer { TORCH } else { HMMLEARN }])
}

fn make(course: &Course, steps: &[Step]) -> Result<()> {
    fs::create_dir_all(&course.home).with_context(|| format!("cannot make the folder {}", course.home.display()))?;
    // Two commands at once must not build into one folder: the second waits and finds everything done.
    let lock = fs::File::create(course.home.join("setup.lock"))?;
    lock.lock()?;
    let missing: Vec<&Step> = steps.iter().filter(|step| !(step.is_done)(course)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("To do first, all of it inside {}:", course.home.parent().unwrap_or(&course.home).display());
    for (number, step) in missing.iter().enumerate() {
        eprintln!("  {}. {}: {}", number + 1, step.what, step.takes);
    }
    for (number, step) in missing.iter().enumerate() {
        eprintln!("\n[{}/{}] {}", number + 1, missing.len(), step.what);
        let start = Instant::now();
        (step.make)(course)?;
        eprintln!("      done in {:.0} s", start.elapsed().as_secs_f64());
    }
    eprintln!();
    Ok(())
}

/// Runs a command that shows its own progress.
fn call(command: &mut Command, hint: &str) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("cannot start {name}; {hint}"))?;
    anyhow::ensure!(status.success(), "{name} failed ({status}); {hint}");
    Ok(())
}

/// A fingerprint of files and texts, to tell whether a step must be done again.
fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    use sha2::Digest;
    let mut hash = sha2::Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn stamp_is(path: &Path, stamp: &str) -> bool {
    fs::read_to_string(path).is_ok_and(|found| found == stamp)
}
