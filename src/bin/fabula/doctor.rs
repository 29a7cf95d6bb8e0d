//! `fabula doctor`: what is there, what is missing, and the command that mends it.

use crate::{course::Course, setup};
use anyhow::{Result, bail};
use std::{net::TcpListener, process::Command};

/// A finding: what was looked at, what was found, and how to mend it if it is not good.
struct Finding {
    what: &'static str,
    found: Option<String>,
    mend: &'static str,
    needed: bool,
}

pub fn run() -> Result<()> {
    let course = Course::find()?;
    let findings = look(&course);
    for Finding { what, found, mend, needed } in &findings {
        match (found, needed) {
            (Some(found), _) => println!("  ok       {what}: {found}"),
            (None, true) => println!("  MISSING  {what}\n           mend: {mend}"),
            (None, false) => println!("  not yet  {what}\n           {mend}"),
        }
    }
    let missing = findings.iter().filter(|finding| finding.needed && finding.found.is_none()).count();
    if missing > 0 {
        bail!("{missing} of {} things are missing; the lines above say what mends them", findings.len());
    }
    println!("\nEverything that is needed is there: cargo run --release");
    Ok(())
}

fn look(course: &Course) -> Vec<Finding> {
    let need = |what, found, mend| Finding { what, found, mend, needed: true };
    let later =
        |what, found: bool, mend| Finding { what, found: found.then(|| "ready".to_owned()), mend, needed: false };
    let python = setup::python_command().ok();
    let registered = setup::user_kernels().is_some_and(|folder| folder.join("fabula/kernel.json").exists());
    vec![
        need(
            "Rust",
            version("rustc", &["--version"]).filter(|text| is_new_enough(text)),
            "rustup update stable (Rust 1.95 or later; from https://rustup.rs)",
        ),
        need("cargo", version("cargo", &["--version"]), "install Rust from https://rustup.rs"),
        Finding {
            what: "rust-src, for completion in the notebooks",
            found: rust_src(),
            mend: "mend: rustup component add rust-src",
            needed: false,
        },
        need(
            "a linker",
            version("cc", &["--version"]),
            "Debian and Ubuntu: sudo apt install build-essential; macOS: xcode-select --install",
        ),
        need(
            "Python 3.10 or later",
            python.as_deref().and_then(|name| version(name, &["--version"])),
            "install python3, or name one: FABULA_PYTHON=/path/to/python3",
        ),
        need(
            "Python's venv",
            python.filter(|name| setup::venv_works(name)).map(|_| "works".into()),
            "Debian and Ubuntu: sudo apt install python3-venv",
        ),
        need("disk, 6 GB free", free_disk(course), "make room, or move the course to a larger disk"),
        need(
            "a port for JupyterLab",
            free_port(),
            "end what uses the ports from 8888 on, or name another: cargo run --release -- lab --port 9000",
        ),
        later("the Rust kernel", course.kernel().exists(), "comes with: cargo run --release"),
        later("the crate, built for the cells", course.warm().exists(), "comes with: cargo run --release"),
        later("JupyterLab", course.python().join("bin/jupyter").exists(), "comes with: cargo run --release"),
        later("the kernel, registered for your own Jupyter or VS Code", registered, "comes with: cargo run --release"),
    ]
}

fn version(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok().filter(|output| output.status.success())?;
    let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    String::from_utf8_lossy(&text).lines().next().map(str::to_owned)
}

/// Whether `rustc 1.95.0 (…)` is at least what `Cargo.toml` asks for.
fn is_new_enough(text: &str) -> bool {
    let numbers = |text: &str| -> Vec<u32> { text.split('.').filter_map(|part| part.parse().ok()).collect() };
    text.split_whitespace().nth(1).is_some_and(|found| numbers(found) >= numbers(env!("CARGO_PKG_RUST_VERSION")))
}

fn rust_src() -> Option<String> {
    let sysroot = version("rustc", &["--print", "sysroot"])?;
    let library = std::path::Path::new(&sysroot).join("lib/rustlib/src/rust/library/std/src/lib.rs");
    library.exists().then(|| "ready".into())
}

/// From `df`, in blocks of 1 KiB: the fourth column of its second line.
fn free_disk(course: &Course) -> Option<String> {
    let output = Command::new("df").arg("-Pk").arg(&course.root).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let free: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    let gigabytes = free as f64 * 1024.0 / 1e9;
    (gigabytes >= 6.0).then(|| format!("{gigabytes:.0} GB free"))
}

fn free_port() -> Option<String> {
    (8888..8988).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).map(|port| port.to_string())
}
