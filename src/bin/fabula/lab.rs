//! `fabula lab`: JupyterLab on the course's notebooks.

use crate::{course::Course, setup, understudy};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::net::TcpListener;

#[derive(Args)]
pub struct LabArgs {
    /// The port on which JupyterLab is served, on this machine only [default: 8888, or the next one free]
    #[arg(long)]
    port: Option<u16>,
    /// Print the address instead of opening a browser
    #[arg(long)]
    no_browser: bool,
    /// Set everything up, but do not start JupyterLab
    #[arg(long)]
    setup_only: bool,
}

pub fn run(args: LabArgs) -> Result<()> {
    let course = Course::find()?;
    let port = free_port(args.port)?;
    setup::for_lab(&course)?;
    setup::register(&course)?;
    course.trust_notebooks()?;
    if args.setup_only {
        println!("Everything is there. `cargo run --release` opens the course.");
        return Ok(());
    }
    println!("Opening the course on port {port}. To end it, press Ctrl-C here, twice.");
    let mut lab = course.jupyter();
    lab.args(["lab", "00_start_here.ipynb", "--log-level=WARN", "--ServerApp.port_retries=0"])
        .arg(format!("--port={port}"));
    if args.no_browser {
        lab.arg("--no-browser");
    }
    if is_root() {
        lab.arg("--allow-root");
    }
    understudy::keep(Course::find()?);
    let status =
        lab.status().context("JupyterLab cannot be started; `cargo run --release -- doctor` says what is missing")?;
    // Ctrl-C is how one leaves JupyterLab: not an error.
    match status.code() {
        Some(code) if code != 0 && code != 130 => bail!("JupyterLab ended with {status}"),
        _ => Ok(()),
    }
}

/// The wanted port if it is free; without a wish, the first free one from 8888.
fn free_port(wanted: Option<u16>) -> Result<u16> {
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    match wanted {
        Some(port) if is_free(&port) => Ok(port),
        Some(port) => bail!(
            "port {port} is in use, perhaps by a JupyterLab that is already open (look at http://127.0.0.1:{port}). \
             End that one, choose another port with --port, or leave --port out and the next free one is taken"
        ),
        None => (8888..8988).find(is_free).context("no free port between 8888 and 8987; name one with --port"),
    }
}

fn is_root() -> bool {
    std::process::Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
