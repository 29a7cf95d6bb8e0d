//! A stand-in for cargo, which from the second cell on calls the compiler itself.
//!
//! evcxr builds every cell with `cargo build`. Once the dependencies stand, cargo does nothing but find that out again:
//! it calls the compiler as it did for the cell before. So the first call is noted, and repeated as long as nothing
//! that cargo would look at has changed. Everything else goes to cargo.
//!
//! evcxr asks `rustup which cargo` for its cargo, hence a stand-in for rustup, too: both are links to this binary in a
//! folder of the workspace that stands first in evcxr's `PATH`.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    env::{self, args_os, var_os},
    ffi::OsString,
    fs,
    os::unix::{fs::symlink, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

/// The folder with the compiler's own cargo and rustc, set by the gate.
const TOOLS: &str = "FABULA_TOOLCHAIN";
/// Where evcxr reads the path of the shared library that a cell became.
const RESULT: &str = "EVCXR_EXECUTION_SO_PATH";

/// How cargo called the compiler for a cell.
#[derive(Serialize, Deserialize)]
struct Call {
    /// Everything that cargo would look at before it makes this call.
    key: String,
    rustc: PathBuf,
    args: Vec<String>,
    envs: BTreeMap<String, String>,
}

/// Makes the stand-ins in a workspace; with these variables set, evcxr uses them.
pub fn stand_in(workspace: &Path) -> Result<Vec<(&'static str, OsString)>> {
    let Some(tools) = toolchain() else { return Ok(Vec::new()) };
    let bin = workspace.join("bin");
    fs::create_dir_all(&bin)?;
    for name in ["cargo", "rustup", "rustc-for-cells"] {
        let link = bin.join(name);
        let _ = fs::remove_file(&link);
        symlink(env::current_exe()?, &link).with_context(|| format!("cannot make {}", link.display()))?;
    }
    let path = var_os("PATH").unwrap_or_default();
    let path = env::join_paths([bin, tools.clone()].into_iter().chain(env::split_paths(&path)))?;
    // rust-analyzer, which asks for cargo and rustc by these names, needs the real ones.
    let (cargo, rustc) = (tools.join("cargo"), tools.join("rustc"));
    Ok(vec![("PATH", path), ("CARGO", cargo.into()), ("RUSTC", rustc.into()), (TOOLS, tools.into())])
}

/// Where the compiler itself is. What is on the path is often rustup's stand-in, which looks it up at every call, and
/// rust-analyzer calls it some twenty times before the first cell.
fn toolchain() -> Option<PathBuf> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output().ok()?;
    let tools = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()).join("bin");
    (tools.join("cargo").exists() && tools.join("rustc").exists()).then_some(tools)
}

/// If this process was called by the name of a stand-in, plays its part; returns only otherwise.
pub fn play() -> Result<()> {
    let called = args_os().next().map(PathBuf::from).unwrap_or_default();
    let part = called.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some(tools) = var_os(TOOLS).map(PathBuf::from) else { return Ok(()) };
    let args: Vec<OsString> = args_os().skip(1).collect();
    match part {
        "cargo" => cargo(&tools, &args),
        "rustc-for-cells" => note_call(&args),
        "rustup" => rustup(&called, &args),
        _ => Ok(()),
    }
}

/// `cargo …`
fn cargo(tools: &Path, args: &[OsString]) -> Result<()> {
    let mut cargo = Command::new(tools.join("cargo"));
    cargo.args(args);
    // `check` is what evcxr calls for a cell that cannot be right, to learn what is wrong.
    if let Some(verb) = ["build", "check"].into_iter().find(|verb| args.iter().any(|arg| arg == verb)) {
        let (key, note) = (key(args), format!("target/fabula-{verb}.json"));
        if let Some(call) = fs::read(&note).ok().and_then(|note| serde_json::from_slice::<Call>(&note).ok())
            && call.key == key
        {
            return repeat(&call);
        }
        // cargo puts this in front of the compiler for the cell's own crate, not for its dependencies.
        cargo.env("RUSTC_WORKSPACE_WRAPPER", bin()?.join("rustc-for-cells")).env(KEY, key).env(NOTE, note);
    }
    bail!("cannot start cargo: {}", cargo.exec())
}

/// For whoever notes the compiler's call: its key, and the file for the note.
const KEY: &str = "FABULA_CELL_KEY";
const NOTE: &str = "FABULA_CELL_NOTE";

/// What decides how a cell is compiled, and whether a dependency is built first: cargo's arguments, the files that it
/// reads, and the age of the course's own crate, the one dependency whose sources a reader may be editing.
fn key(args: &[OsString]) -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let flags = var_os("RUSTFLAGS").unwrap_or_default();
    let age = var_os("FABULA_LOCK").and_then(|lock| newest(&Path::new(&lock).with_file_name("src")));
    format!("{args:?} {flags:?} {age:?}\n{}\n{}", read("Cargo.toml"), read(".cargo/config.toml"))
}

/// When a file in a folder was last changed.
pub fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    entries
        .filter_map(|entry| {
            if entry.file_type().ok()?.is_dir() {
                newest(&entry.path())
            } else {
                entry.metadata().ok()?.modified().ok()
            }
        })
        .max()
}

/// Compiles the cell as the one before.
fn repeat(call: &Call) -> Result<()> {
    if let Some(result) = var_os(RESULT) {
        fs::write(result, library(&call.args)?.to_string_lossy().as_bytes())?;
    }
    let error = Command::new(&call.rustc).args(&call.args).envs(&call.envs).exec();
    bail!("cannot start {}: {error}", call.rustc.display())
}

/// The library that rustc makes of these arguments.
fn library(args: &[String]) -> Result<PathBuf> {
    let folder =
        args.iter().skip_while(|arg| *arg != "--out-dir").nth(1).context("cargo names no folder for a cell")?;
    let name = format!("{}ctx{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    Ok(Path::new(folder).join(name))
}

/// `rustc-for-cells RUSTC ARG…`: notes the call that makes a cell, then makes it.
fn note_call(args: &[OsString]) -> Result<()> {
    let (rustc, args) = args.split_first().context("cargo calls no compiler")?;
    let texts: Vec<String> = args.iter().filter_map(|arg| arg.to_str().map(str::to_owned)).collect();
    let is_cell = texts.windows(2).any(|pair| pair == ["--crate-name", "ctx"]);
    if let (true, Ok(key), Some(note)) = (is_cell && texts.len() == args.len(), env::var(KEY), var_os(NOTE)) {
        let envs = env::vars().filter(|(name, _)| name.starts_with("CARGO_")).collect();
        let call = Call { key, rustc: rustc.into(), args: for_cells(&texts), envs };
        fs::write(note, serde_json::to_vec(&call)?)?;
    }
    bail!("cannot start the compiler: {}", Command::new(rustc).args(args).exec())
}

/// The compiler's arguments without what does not pay for a crate of a screenful that is never compiled twice: notes
/// for the next time, and more parts than there are cores.
fn for_cells(args: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut args = args.iter().peekable();
    while let Some(arg) = args.next() {
        match args.peek() {
            Some(value) if arg == "-C" && value.starts_with("incremental=") => drop(args.next()),
            Some(value) if arg == "-C" && value.starts_with("codegen-units=") => {
                args.next();
                kept.extend(["-C".to_owned(), "codegen-units=4".to_owned()]);
            }
            _ => kept.push(arg.clone()),
        }
    }
    kept
}

/// `rustup which cargo` names the stand-in; everything else goes to rustup, if there is one.
fn rustup(called: &Path, args: &[OsString]) -> Result<()> {
    if args == ["which", "cargo"] {
        println!("{}", bin()?.join("cargo").display());
        std::process::exit(0);
    }
    let own = bin()?;
    let path = var_os("PATH").unwrap_or_default();
    let others = env::join_paths(env::split_paths(&path).filter(|folder| *folder != own))?;
    bail!("{}: {}", called.display(), Command::new("rustup").args(args).env("PATH", others).exec())
}

/// The folder of the stand-ins.
fn bin() -> Result<PathBuf> {
    Ok(PathBuf::from(var_os("EVCXR_TMPDIR").context("EVCXR_TMPDIR is not set")?).join("bin"))
}
