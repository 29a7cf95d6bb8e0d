//! Ending with one's parent: a kernel whose notebook server was killed must not live on with its gigabyte.

use std::{os::unix::process::parent_id, process::exit, thread, time::Duration};

/// How often a process looks for its parent. Also the longest that a cell computes on after its kernel was killed.
pub const EVERY: Duration = Duration::from_millis(200);

/// Ends this process, after `last_words`, once the parent it had at the call is gone.
pub fn end_with_parent(last_words: impl Fn() + Send + 'static) {
    let parent = parent_id();
    thread::spawn(move || {
        while parent_id() == parent {
            thread::sleep(EVERY);
        }
        last_words();
        exit(1);
    });
}
