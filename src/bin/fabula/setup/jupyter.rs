//! The kernel's registration: in the course's own JupyterLab, and for a Jupyter or VS Code that the user already has.

use super::kernel_envs;
use crate::course::{Course, replace};
use anyhow::{Context, Result};
use serde_json::{Map, json};
use std::path::{Path, PathBuf};

fn kernel_spec(course: &Course) -> String {
    let envs: Map<_, _> = kernel_envs(course).into_iter().map(|(name, value)| (name, value.into())).collect();
    let spec = json!({
        "argv": [course.kernel(), "--control_file", "{connection_file}"],
        "display_name": "fabula",
        "language": "rust",
        "interrupt_mode": "message",
        "env": envs,
    });
    format!("{spec:#}\n")
}

/// The folder in which every Jupyter of this user looks for kernels.
pub fn user_kernels() -> Option<PathBuf> {
    jupyter_zmq_client::user_data_dir().ok().map(|dir| dir.join("kernels"))
}

/// Registers the kernel for the course's JupyterLab and for the user's own.
pub fn register(course: &Course) -> Result<()> {
    let own = course.python().join("share/jupyter/kernels");
    for folder in [Some(own), user_kernels()].into_iter().flatten() {
        write(&folder, &kernel_spec(course))
            .with_context(|| format!("the kernel could not be registered in {}", folder.display()))?;
    }
    Ok(())
}

fn write(folder: &Path, spec: &str) -> Result<()> {
    let path = folder.join("fabula/kernel.json");
    if std::fs::read_to_string(&path).is_ok_and(|found| found == spec) { Ok(()) } else { replace(&path, spec) }
}
