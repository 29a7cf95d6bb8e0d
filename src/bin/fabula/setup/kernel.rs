//! The kernel's binary, built by cargo in a profile of its own.

use super::call;
use crate::course::Course;
use anyhow::Result;
use std::{env, fs, path::Path, process::Command, time::SystemTime};

/// Whether the binary is there and none of its sources is newer. cargo would know better, and take longer.
pub fn is_built(course: &Course) -> bool {
    let time = |path: &Path| fs::metadata(path).and_then(|data| data.modified());
    let Ok(built) = time(&course.kernel()) else { return false };
    let sources =
        fs::read_dir(course.root.join("src/bin/kernel")).into_iter().flatten().flatten().map(|entry| entry.path());
    sources.chain([course.root.join("Cargo.lock")]).all(|path| time(&path).unwrap_or(SystemTime::UNIX_EPOCH) <= built)
}

pub fn build(course: &Course) -> Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or("cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(&course.root)
        .args([
            "build",
            "--locked",
            "--profile",
            "kernel",
            "--no-default-features",
            "--features",
            "kernel",
            "--bin",
            "fabula-kernel",
        ])
        .arg("--target-dir")
        .arg(course.root.join("target"));
    call(&mut command, "run `cargo run --release -- doctor` to see what is missing")?;
    // cargo leaves a binary that is still right untouched, however new its sources' time stamps are.
    Ok(fs::File::options().append(true).open(course.kernel())?.set_modified(SystemTime::now())?)
}

/// What the kernel must find in its environment: in `kernel.json`, and where the course starts it itself.
pub fn kernel_envs(course: &Course) -> Vec<(String, String)> {
    let paths = [
        ("FABULA_WARM", course.warm()),
        ("FABULA_LIVE", course.home.join("live")),
        ("FABULA_LOCK", course.root.join("Cargo.lock")),
        ("EVCXR_CONFIG_DIR", course.home.join("evcxr")),
    ];
    paths.map(|(name, path)| (name.to_owned(), path.to_string_lossy().into_owned())).to_vec()
}
