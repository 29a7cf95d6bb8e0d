//! A workspace for each kernel, made in milliseconds from one in which the dependencies were built once.
//!
//! cargo locks the folder it builds in, so two kernels that shared one would wait for each other. What is large and
//! never changed in place (libraries and their metadata) is hard-linked; what cargo writes to is copied.

use anyhow::{Context, Result};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
};

/// Where the warm workspaces are, one for each set of the crate's features that a chapter asks for, and where copies for
/// running kernels go: set in the kernel's `kernel.json`.
const WARM: &str = "FABULA_WARM";
pub const LIVE: &str = "FABULA_LIVE";
/// Marks a workspace that was given to the kernel and is not its own to delete.
pub const BORROWED: &str = "FABULA_WORKSPACE_BORROWED";

/// The warm workspace of the crate without features, from which every kernel starts.
const BASE: &str = "base";

pub struct Workspace {
    pub path: PathBuf,
    pub borrowed: bool,
    /// The features that the crate in it was built with.
    features: String,
}

impl Workspace {
    /// The workspace named by `EVCXR_TMPDIR`, or a copy of the warm one. One that is named and does not exist yet starts
    /// as such a copy, too, if there is a warm one: that is how a new warm workspace is made from the last.
    pub fn open() -> Result<Workspace> {
        if let Some(path) = env::var_os("EVCXR_TMPDIR").filter(|path| !path.is_empty()).map(PathBuf::from) {
            if let Some(warm) = warm(BASE).filter(|warm| warm.exists() && !path.exists()) {
                copy(&warm, &path)?;
            }
            return Ok(Workspace { path, borrowed: true, features: BASE.into() });
        }
        let set = |name| {
            env::var_os(name).map(PathBuf::from).with_context(|| {
            format!("{name} is not set. The course registers this kernel with all it needs: cargo run --release -- doctor")
        })
        };
        let (warm, live) = (set(WARM)?.join(BASE), set(LIVE)?);
        sweep(&live);
        let path = live.join(process::id().to_string());
        copy(&warm, &path)
            .with_context(|| format!("cannot copy the warm workspace {} to {}", warm.display(), path.display()))?;
        Ok(Workspace { path, borrowed: false, features: BASE.into() })
    }

    /// If a cell asks for the crate with other features, and there is a warm workspace for them: puts what was built
    /// there in the place of what was built here, before evcxr has cargo build it again.
    pub fn furnish(&mut self, cell: &str) -> Result<()> {
        let Some(features) = features(cell).filter(|features| !self.borrowed && *features != self.features) else {
            return Ok(());
        };
        let Some(warm) = warm(&features).filter(|warm| warm.exists()) else { return Ok(()) };
        let target = self.path.join("target");
        fs::remove_dir_all(&target)?;
        copy(&warm.join("target"), &target).with_context(|| format!("cannot copy {}", warm.display()))?;
        self.features = features;
        Ok(())
    }
}

fn warm(features: &str) -> Option<PathBuf> {
    env::var_os(WARM).map(|warm| PathBuf::from(warm).join(features))
}

/// The features that a cell's `:dep fabula = { …, features = ["a", "b"] }` asks for, as the name of a warm workspace:
/// `a+b`. None if there is no such line.
fn features(cell: &str) -> Option<String> {
    let line = cell.lines().find(|line| line.trim_start().starts_with(":dep fabula"))?;
    let list = line.split_once(" features").map_or("", |(_, list)| list);
    let inside = list.split(['[', ']']).nth(1).unwrap_or_default();
    let mut names: Vec<&str> = inside.split('"').skip(1).step_by(2).collect();
    names.sort();
    Some(if names.is_empty() { BASE.into() } else { names.join("+") })
}

/// The path of the project's `Cargo.lock`.
const LOCK: &str = "FABULA_LOCK";

impl Workspace {
    /// Puts the project's `Cargo.lock` into place, so that cells are built with the versions that the tests see.
    ///
    /// evcxr opens by compiling a cell without dependencies, for which cargo empties the lock file: hence afterwards.
    pub fn restore_lock(&self) -> Result<()> {
        if let Some(lock) = env::var_os(LOCK) {
            fs::copy(lock, self.path.join("Cargo.lock"))
                .context("cannot put the project's Cargo.lock into the workspace")?;
        }
        Ok(())
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if !self.borrowed {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Removes what killed kernels left behind: folders that bear the number of a process that is gone.
fn sweep(live: &Path) {
    for entry in fs::read_dir(live).into_iter().flatten().flatten() {
        let id = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
        if id.is_some_and(|id| !is_running(id)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_running(id: u32) -> bool {
    if Path::new("/proc/self").exists() {
        return Path::new(&format!("/proc/{id}")).exists();
    }
    let ps = process::Command::new("ps").args(["-p", &id.to_string()]).stdout(process::Stdio::null()).status();
    ps.is_ok_and(|status| status.success())
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            // The compiler's own cache belongs to one crate at one path: a copy would never be read.
            if entry.file_name() != "incremental" {
                copy(&source, &target)?;
            }
        } else if !(is_immutable(&source) && fs::hard_link(&source, &target).is_ok()) {
            copy_with_time(&source, &target)?;
        }
    }
    Ok(())
}

/// Whether a file is replaced, never changed. The course's own crate may be built again in a copy, and a linker may
/// write into the file that it finds.
fn is_immutable(path: &Path) -> bool {
    let is_own = path.file_name().is_some_and(|name| name.to_string_lossy().contains("fabula"));
    !is_own
        && path
            .extension()
            .and_then(|e| e.to_str())
            .is_some_and(|e| matches!(e, "rlib" | "rmeta" | "so" | "dylib" | "a" | "o"))
}

/// Copies a file with its time of modification, from which cargo tells what is fresh.
fn copy_with_time(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::copy(from, to)?;
    let modified = fs::metadata(from)?.modified()?;
    fs::File::options().write(true).open(to)?.set_modified(modified)
}
