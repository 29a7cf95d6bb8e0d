//! A line that says how far a training has come.

use super::history::Record;
use std::{
    io::{IsTerminal, Write, stderr},
    time::{Duration, Instant},
};

/// On a terminal one line that changes; elsewhere a line for each record.
pub(super) struct Progress {
    quiet: bool,
    terminal: bool,
    shown: Instant,
}

impl Progress {
    pub fn new(quiet: bool) -> Progress {
        Progress { quiet, terminal: stderr().is_terminal(), shown: Instant::now() }
    }

    /// After a step that is no record: twice a second, on a terminal.
    pub fn between(&mut self, step: usize, loss: f64, tokens_per_second: f64, seconds: f64, part: f64) {
        if self.quiet || !self.terminal || self.shown.elapsed() < Duration::from_millis(500) {
            return;
        }
        self.shown = Instant::now();
        let left = left(seconds, part);
        eprint!("\r\x1b[Kstep {step:6}: loss {loss:.4}, {tokens_per_second:.0} tokens/s, {left} left");
        stderr().flush().ok();
    }

    pub fn record(&mut self, record: &Record, part: f64) {
        if !self.quiet {
            let back = if self.terminal { "\r\x1b[K" } else { "" };
            eprintln!("{back}{record}, {} left", left(record.seconds, part));
        }
    }
}

/// The time that is left: 75 s as "1:15".
fn left(seconds: f64, part: f64) -> String {
    let left = if part > 0.0 { (seconds / part * (1.0 - part)).max(0.0).round() as u64 } else { 0 };
    format!("{}:{:02}", left / 60, left % 60)
}
