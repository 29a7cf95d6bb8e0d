//! A kernel that stands ready, so that a reader who opens a notebook or starts its kernel again need not wait.

use crate::{course::Course, setup};
use anyhow::{Context, Result, ensure};
use fabula::course::linux_mib;
use std::{
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::Duration,
};

/// What takes long in a new notebook: the crate and its dependencies, and the first variable, whose type is looked up
/// in all of them. Nothing of it remains for the reader to see.
const REHEARSAL: [&str; 3] = [setup::DEPENDENCY, "let ready = String::new();", "drop(ready);"];

/// A kernel holds about a gigabyte. A machine that has less than this to spare does without an understudy.
const SPARE_MIB: f64 = 3000.0;

/// After one was taken, the reader's first cells go before the next one's rehearsal.
const PAUSE: Duration = Duration::from_secs(20);

pub struct Understudy {
    process: Child,
    says: Lines<BufReader<ChildStdout>>,
}

impl Understudy {
    /// Starts a kernel that rehearses. It ends with this process, or with the notebook that takes it.
    pub fn start(course: &Course, envs: &[(String, String)]) -> Result<Understudy> {
        let mut process = Command::new(course.kernel())
            .arg("--understudy")
            .envs(envs.iter().cloned())
            .env("FABULA_REHEARSAL", REHEARSAL.join("\n"))
            .current_dir(course.notebooks())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start a kernel")?;
        let says = BufReader::new(process.stdout.take().context("a kernel without output")?).lines();
        Ok(Understudy { process, says })
    }

    /// Waits until it is ready.
    pub fn ready(&mut self) -> Result<()> {
        self.expect("ready")
    }

    /// Waits until a notebook has taken it.
    pub fn taken(&mut self) -> Result<()> {
        self.expect("taken")
    }

    fn expect(&mut self, word: &str) -> Result<()> {
        let said = self.says.next().transpose()?;
        ensure!(said.as_deref() == Some(word), "a kernel should have said {word:?} and said {said:?}");
        Ok(())
    }

    /// Waits until it has ended.
    #[cfg(test)]
    pub fn ended(mut self) -> Result<()> {
        self.process.wait().map(|_| ()).context("a kernel that cannot be waited for")
    }
}

/// Keeps one understudy as long as this process lives. Where that fails, kernels start as without one.
pub fn keep(course: Course) {
    if linux_mib("/proc/meminfo", "MemAvailable:").is_some_and(|mib| mib < SPARE_MIB) {
        return;
    }
    thread::spawn(move || {
        // Understudies that were taken are kernels now; they must not become zombies when they end.
        let mut kernels: Vec<Child> = Vec::new();
        let envs = setup::kernel_envs(&course);
        loop {
            let Ok(mut understudy) = Understudy::start(&course, &envs) else { return };
            let rehearsed = understudy.ready().is_ok();
            // It gives up by itself when the crate's sources change: then the next one rehearses with those.
            let taken = rehearsed && understudy.taken().is_ok();
            if !rehearsed {
                return;
            }
            kernels.push(understudy.process);
            kernels.retain_mut(|kernel| kernel.try_wait().is_ok_and(|ended| ended.is_none()));
            if taken {
                thread::sleep(PAUSE);
            }
        }
    });
}
