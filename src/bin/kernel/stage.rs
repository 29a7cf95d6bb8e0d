//! The process between evcxr and the cells: it reads what the cells print, line by line, and tells evcxr when one failed.
//!
//! evcxr reports a panic, and an `Err` passed on with `?`, as success with some text on stderr. Here both become an
//! output of the MIME type [`FAILURE`], which the gate turns into a Jupyter error. The panic's own report on stderr is
//! taken out of the stream and put into that error, without the frames of the kernel.

use anyhow::{Context, Result};
use serde_json::json;
use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    os::unix::process::ExitStatusExt,
    process::{Command, Stdio, exit},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// Set for the process that runs the cells.
pub const ON_STAGE: &str = "FABULA_ON_STAGE";
/// The MIME type that tells the gate of a failed cell: `{"kind": "panic" | "error", "text": [line, …]}`.
pub const FAILURE: &str = "application/vnd.fabula.failure+json";

// evcxr's own notes on the stream of a cell's output (evcxr 0.22, eval_context.rs and evcxr_internal_runtime.rs).
const COMPLETE: &str = "EVCXR_EXECUTION_COMPLETE";
const PANICKED: &str = "EVCXR_PANIC_NOTIFICATION";
const ERROR: &str = "EVCXR_ERROR_OCCURRED";
const BEGIN: &str = "EVCXR_BEGIN_CONTENT ";
const END: &str = "EVCXR_END_CONTENT";

/// Stderr has a pipe and a thread of its own, here and in evcxr. Before a cell is reported complete its lines get this
/// long to arrive here, and if there were any, this long to be passed on: later ones would miss the cell.
const CATCH_UP: Duration = Duration::from_millis(5);
const PASS_ON: Duration = Duration::from_millis(20);

/// What is known of the cell's stderr.
#[derive(Default)]
struct Errors {
    /// From the first line of a panic's report onwards: held back until it is known whether the cell failed.
    report: Vec<String>,
    /// An empty line that was not passed on yet: a panic's report begins with one.
    blank: bool,
    /// Whether a line was passed on since the cell began.
    spoke: bool,
    /// The last line passed on. When an `Err` is passed on with `?`, evcxr writes it here.
    last: String,
}

pub fn run() -> Result<()> {
    let mut cells = Command::new(env::current_exe()?)
        .args(env::args_os().skip(1))
        .env(ON_STAGE, "1")
        .env("RUST_BACKTRACE", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start the process that runs the cells")?;
    let errors = Arc::new(Mutex::new(Errors::default()));
    let (stdout, stderr) = (cells.stdout.take().unwrap(), cells.stderr.take().unwrap());
    let reader = thread::spawn({
        let errors = Arc::clone(&errors);
        move || BufReader::new(stderr).split(b'\n').map_while(io::Result::ok).for_each(|line| hold(&errors, text(line)))
    });

    let mut out = io::stdout().lock();
    let mut failed = None;
    let mut lines = BufReader::new(stdout).split(b'\n').map_while(io::Result::ok).map(text);
    while let Some(line) = lines.next() {
        match line.as_str() {
            PANICKED => failed = Some("panic"),
            ERROR => failed = Some("error"),
            COMPLETE => {
                thread::sleep(CATCH_UP);
                let report = release(&errors, failed);
                if let Some(kind) = failed.take() {
                    writeln!(out, "{BEGIN}{FAILURE}\n{}\n{END}", json!({"kind": kind, "text": report}))?;
                }
                if std::mem::take(&mut errors.lock().unwrap().spoke) {
                    thread::sleep(PASS_ON);
                }
                writeln!(out, "{COMPLETE}")?;
                out.flush()?;
                continue;
            }
            // A cell that ends in a loop has the value `()`, which is no news.
            "EVCXR_BEGIN_CONTENT text/plain" => {
                let content: Vec<String> = lines.by_ref().take_while(|line| line != END).collect();
                if content != ["()"] {
                    writeln!(out, "{line}\n{}\n{END}", content.join("\n"))?;
                }
                continue;
            }
            _ => {}
        }
        writeln!(out, "{line}")?;
        out.flush()?;
    }

    let status = cells.wait()?;
    let _ = reader.join();
    for line in release(&errors, None) {
        eprintln!("{line}");
    }
    if let Some(signal) = status.signal() {
        eprintln!("The process that runs the cells was ended by signal {signal}.");
    }
    exit(status.code().unwrap_or(1))
}

/// Bytes that are not UTF-8 would end evcxr's channel to the cells: they are replaced.
fn text(line: Vec<u8>) -> String {
    String::from_utf8_lossy(&line).into_owned()
}

/// Passes a line of stderr on, but holds a panic's report back.
fn hold(errors: &Mutex<Errors>, line: String) {
    let mut errors = errors.lock().unwrap();
    let panics = line.starts_with("thread '") && line.contains("panicked at ");
    if panics || !errors.report.is_empty() {
        errors.blank = false;
        errors.report.push(line);
        return;
    }
    if errors.blank {
        eprintln!();
    }
    errors.blank = line.is_empty();
    if !errors.blank {
        eprintln!("{line}");
        errors.spoke = true;
        errors.last = line;
    }
}

/// The report of a failure; where nothing failed, what was held back goes to stderr after all.
fn release(errors: &Mutex<Errors>, failed: Option<&str>) -> Vec<String> {
    let mut errors = errors.lock().unwrap();
    let (mut report, last) = (std::mem::take(&mut errors.report), std::mem::take(&mut errors.last));
    errors.spoke |= failed.is_none() && !report.is_empty();
    match failed {
        Some("panic") => {
            report.retain(|line| !line.is_empty() && !line.starts_with("note: run with `RUST_BACKTRACE"));
            report
        }
        Some(_) => vec![last],
        None => {
            report.iter().for_each(|line| eprintln!("{line}"));
            Vec::new()
        }
    }
}
