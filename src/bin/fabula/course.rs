//! Where the course lies, and where it keeps what it sets up.

use anyhow::{Context, Result, bail};
use std::{
    env, fs,
    path::{Path, PathBuf},
};

pub struct Course {
    /// The folder with `Cargo.toml` and `notebooks`.
    pub root: PathBuf,
    /// Everything that the command sets up, and nothing else: it may be deleted at any time.
    pub home: PathBuf,
}

impl Course {
    /// The course around the current folder, or else the one that this program was built from.
    pub fn find() -> Result<Course> {
        let here = env::current_dir().context("the current folder cannot be read")?;
        let built = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let Some(root) = here.ancestors().chain([built.as_path()]).find(|dir| is_course(dir)).map(Path::to_owned)
        else {
            bail!(
                "no course here: neither {} nor a folder above it, nor {}, holds notebooks/src. \
                 Go to the folder into which you have cloned the course",
                here.display(),
                built.display()
            );
        };
        Ok(Course { home: home(&root), root })
    }

    pub fn notebooks(&self) -> PathBuf {
        self.root.join("notebooks")
    }

    pub fn kernel(&self) -> PathBuf {
        self.root.join("target/kernel/fabula-kernel")
    }

    /// The workspaces in which the crate is built for the cells, copied for each kernel.
    pub fn warm(&self) -> PathBuf {
        self.home.join("warm")
    }

    pub fn python(&self) -> PathBuf {
        self.home.join("python")
    }

    /// The Python environments of what the course is measured beside.
    pub fn peers(&self) -> PathBuf {
        self.home.join("peers")
    }
}

fn is_course(dir: &Path) -> bool {
    dir.join("notebooks/src").is_dir() && dir.join("Cargo.toml").is_file()
}

/// `target/course`, or a folder for temporary files where the path holds white space: evcxr splits paths there.
fn home(root: &Path) -> PathBuf {
    let home = root.join("target/course");
    if !home.to_string_lossy().contains(char::is_whitespace) {
        return home;
    }
    let name: String =
        root.to_string_lossy().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    env::temp_dir().join(format!("fabula{name}"))
}

/// Writes a file so that either the old or the new content is there, whatever happens on the way.
pub fn replace(path: &Path, content: &str) -> Result<()> {
    let folder = path.parent().context("a file needs a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    fabula::text::replace_file(path, |file| file.write_all(content.as_bytes()))
        .with_context(|| format!("cannot write {}; what stood there before is untouched", path.display()))
}
