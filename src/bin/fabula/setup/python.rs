//! JupyterLab in a Python environment of its own, and each of the course's peers in another.

use super::{call, fingerprint, stamp_is};
use crate::course::{Course, replace};
use anyhow::{Context, Result, bail};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

const LAB: &str = include_str!("lab.txt");
const STAMP: &str = "fabula.stamp";

/// No question about news from the network, and nothing that looks for newer versions.
const LAB_SETTINGS: &str = r#"{
  "@jupyterlab/apputils-extension:notification": { "fetchNews": "false", "checkForUpdates": false, "doNotDisturbMode": true }
}
"#;

pub fn is_installed(course: &Course) -> bool {
    stamp_is(&course.python().join(STAMP), &stamp()) && course.python().join("bin/jupyter").exists()
}

pub fn install(course: &Course) -> Result<()> {
    let folder = course.python();
    make_environment(&folder, LAB)?;
    replace(&folder.join("share/jupyter/lab/settings/overrides.json"), LAB_SETTINGS)?;
    replace(&folder.join(STAMP), &stamp())
}

/// What the course is measured beside.
#[derive(Clone, Copy)]
pub enum Peer {
    Hmmlearn,
    Torch,
}

impl Peer {
    pub fn is_installed(self, course: &Course) -> bool {
        stamp_is(&self.folder(course).join(STAMP), &fingerprint([self.list().as_bytes()]))
    }

    pub fn install(self, course: &Course) -> Result<()> {
        make_environment(&self.folder(course), self.list())?;
        replace(&self.folder(course).join(STAMP), &fingerprint([self.list().as_bytes()]))
    }

    /// The Python that has it.
    pub fn python(self, course: &Course) -> PathBuf {
        self.folder(course).join("bin/python")
    }

    fn folder(self, course: &Course) -> PathBuf {
        course.peers().join(match self {
            Peer::Hmmlearn => "hmmlearn",
            Peer::Torch => "torch",
        })
    }

    fn list(self) -> &'static str {
        match self {
            Peer::Hmmlearn => include_str!("hmmlearn.txt"),
            Peer::Torch => include_str!("torch.txt"),
        }
    }
}

/// A virtual environment with the packages of a hashed list, in the place of what was there.
fn make_environment(folder: &Path, requirements: &str) -> Result<()> {
    let python = python_command()?;
    if !venv_works(&python) {
        bail!(
            "{python} cannot make virtual environments (its module venv or ensurepip is missing). \
             On Debian and Ubuntu: sudo apt install python3-venv. Then start again"
        );
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    call(Command::new(&python).args(["-m", "venv"]).arg(folder), "see `cargo run --release -- doctor`")?;
    let list = tempfile::NamedTempFile::with_suffix(".txt")?;
    std::fs::write(list.path(), requirements)?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps", // A list is complete, or leaves out what is not needed.
        "--require-hashes",
        "--only-binary",
        ":all:",
        "-r",
    ])
    .arg(list.path());
    call(&mut pip, "is there a network? Nothing else was changed; start again when there is")
}

fn stamp() -> String {
    fingerprint([LAB.as_bytes(), LAB_SETTINGS.as_bytes()])
}

/// The name of a Python 3.10 or later.
pub fn python_command() -> Result<String> {
    let named = std::env::var("FABULA_PYTHON").ok();
    for name in named.iter().map(String::as_str).chain(["python3", "python"]) {
        let check = "import sys; sys.exit(sys.version_info < (3, 10))";
        if Command::new(name).args(["-c", check]).output().is_ok_and(|output| output.status.success()) {
            return Ok(name.into());
        }
    }
    bail!(
        "no Python 3.10 or later found as python3 or python. Install one, or name it: FABULA_PYTHON=/path/to/python3 cargo run --release"
    )
}

pub fn venv_works(python: &str) -> bool {
    Command::new(python).args(["-c", "import venv, ensurepip"]).output().is_ok_and(|output| output.status.success())
}

impl Course {
    /// A program of the Python environment, with Jupyter's files kept inside the course.
    pub fn jupyter(&self) -> Command {
        let home: PathBuf = self.home.join("jupyter");
        let mut command = Command::new(self.python().join("bin/jupyter"));
        command
            .current_dir(self.notebooks())
            .env("JUPYTER_CONFIG_DIR", home.join("config"))
            .env("JUPYTER_DATA_DIR", home.join("data"))
            .env("JUPYTER_RUNTIME_DIR", home.join("runtime"))
            .env("JUPYTER_PLATFORM_DIRS", "1");
        command
    }

    /// Signs the stored notebooks: Jupyter shows no SVG of a notebook that it does not trust.
    pub fn trust_notebooks(&self) -> Result<()> {
        let folders = [self.notebooks(), self.notebooks().join("solutions")];
        let files =
            folders.iter().filter_map(|folder| folder.read_dir().ok()).flatten().flatten().map(|entry| entry.path());
        let output = self
            .jupyter()
            .arg("trust")
            .args(files.filter(|path| path.extension().is_some_and(|e| e == "ipynb")))
            .output();
        output.context("cannot start jupyter trust").map(|_| ())
    }
}
