//! A peer in a process of its own, that answers line by line.

use crate::{course::Course, setup::Peer};
use anyhow::{Context, Result};
use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Lines, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};
use tempfile::NamedTempFile;

pub struct Asked {
    process: Child,
    questions: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
    _script: NamedTempFile,
}

impl Asked {
    /// Starts a script with the Python that has the peer.
    pub fn start(course: &Course, peer: Peer, script: &str, args: &[&OsStr]) -> Result<Asked> {
        let mut file = NamedTempFile::with_suffix(".py")?;
        file.write_all(script.as_bytes())?;
        let mut process = Command::new(peer.python(course))
            .arg(file.path())
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the peer's Python")?;
        let questions = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().context("no way to hear the peer")?).lines();
        Ok(Asked { process, questions, answers, _script: file })
    }

    pub fn ask(&mut self, question: &str) -> Result<String> {
        writeln!(self.questions.as_mut().context("no way to ask the peer")?, "{question}")?;
        self.hear()
    }

    /// An answer that needs no question.
    pub fn hear(&mut self) -> Result<String> {
        Ok(self.answers.next().context("the peer ended early: its own message stands above")??)
    }
}

impl Drop for Asked {
    /// The end of the questions ends the peer.
    fn drop(&mut self) {
        self.questions.take();
        let _ = self.process.wait();
    }
}
