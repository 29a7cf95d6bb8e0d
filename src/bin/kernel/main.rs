//! The Jupyter kernel of the course: evcxr, started in a workspace in which the crate is already built.
//!
//! One binary plays all parts, told apart by the environment, the arguments, and the name it is called by:
//!
//! ```text
//! Jupyter ── gate ── evcxr ── stage ── the cells
//!              │       └ cargo, or the compiler itself
//!              └ turns a panic or a passed-on `Err` into a Jupyter error, and keeps the variables
//! ```
//!
//! The gate binds Jupyter's ports, gives evcxr a workspace of its own, and passes every message on. The stage stands
//! between evcxr and the process that runs the cells, because only there is it known that a cell failed: evcxr itself
//! reports a panic as success. Each process ends when its parent does, so nothing survives a killed kernel.

mod back;
mod cargo;
mod failure;
mod gate;
mod orphan;
mod requests;
mod stage;
mod understudy;
mod workspace;

use anyhow::{Context, Result, bail};
use std::{
    env::{self, var_os},
    path::PathBuf,
};

/// Set by the gate for evcxr. With the value `stock` a kernel is evcxr as it comes, for comparison in the benchmark.
const ROLE: &str = "FABULA_KERNEL_ROLE";

fn main() -> Result<()> {
    cargo::play()?;
    forget_other_libraries();
    if var_os("EVCXR_RUSTC_WRAPPER").is_some() {
        return evcxr_jupyter::main();
    }
    let stock = env::var(ROLE).is_ok_and(|role| role == "stock");
    match (var_os("EVCXR_IS_RUNTIME").is_some(), var_os(stage::ON_STAGE).is_some()) {
        (true, false) if !stock => stage::run(),
        (true, _) => {
            orphan::end_with_parent(|| ());
            evcxr_jupyter::main()
        }
        (false, _) if stock => evcxr_jupyter::main(),
        (false, _) if var_os(ROLE).is_some() => {
            let live = var_os("EVCXR_TMPDIR").filter(|_| var_os(workspace::BORROWED).is_none());
            orphan::end_with_parent(move || {
                if let Some(live) = live.as_ref() {
                    let _ = std::fs::remove_dir_all(live);
                }
            });
            evcxr_jupyter::main()
        }
        _ => {
            let args: Vec<String> = env::args().skip(1).collect();
            match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["--control_file", file] => kernel(file),
                ["--understudy"] => {
                    orphan::end_with_parent(|| ());
                    block_on(understudy::wait())
                }
                _ => bail!(
                    "Jupyter starts this program, with `--control_file FILE`. To open the course: cargo run --release"
                ),
            }
        }
    }
}

/// The kernel that Jupyter asks for: an understudy if one is ready, or else a new one.
fn kernel(file: &str) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read the connection file {file}"))?;
    let connection = serde_json::from_str(&text).with_context(|| format!("{file} is not a Jupyter connection file"))?;
    if let Some(live) = var_os(workspace::LIVE).filter(|_| var_os("EVCXR_TMPDIR").is_none())
        && understudy::call(&connection, live.as_ref())?
    {
        return Ok(());
    }
    orphan::end_with_parent(|| ());
    block_on(gate::serve(connection))
}

fn block_on(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(work)
}

/// `cargo run` and `cargo test` tell the linker of shared libraries to look into cargo's own folders first, and would
/// put the crate as it was built for the programs in place of the crate that was built for the cells.
fn forget_other_libraries() {
    for name in ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"] {
        let Some(folders) = var_os(name) else { continue };
        let holds_crate =
            |folder: &PathBuf| ["libfabula.so", "libfabula.dylib"].iter().any(|file| folder.join(file).exists());
        let kept: Vec<PathBuf> = env::split_paths(&folders).filter(|folder| !holds_crate(folder)).collect();
        if let Ok(kept) = env::join_paths(kept) {
            // SAFETY: this process has only this one thread yet.
            unsafe { env::set_var(name, kept) }
        }
    }
}
