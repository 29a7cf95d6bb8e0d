//! What a computation costs, measured in a process in which nothing else runs.

use fabula::course::{core_seconds, linux_mib, peak_mib};
use std::{
    hint::black_box,
    thread,
    time::{Duration, Instant},
};

#[test]
fn a_thread_that_works_uses_its_core_and_one_that_sleeps_does_not() {
    let start = core_seconds();
    thread::sleep(Duration::from_millis(50));
    let slept = core_seconds() - start;
    let (mut sum, clock) = (0u64, Instant::now());
    while core_seconds() - start - slept < 0.02 {
        sum = black_box(sum + 1);
        assert!(clock.elapsed() < Duration::from_secs(60), "{sum} sums, and no time of the core");
    }
    assert!((0.0..0.04).contains(&slept), "{slept} s of a core in 50 ms of sleep");
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_written_counts_and_what_was_freed_before_does_not() {
    let written = |mib: usize| black_box(vec![1u8; mib << 20]).len();
    written(256);
    let (bytes, most) = peak_mib(|| written(128));
    assert_eq!(bytes, 128 << 20);
    assert!((120.0..136.0).contains(&most), "{most} MiB");
    assert_eq!(linux_mib("/proc/self/status", "VmNothing:"), None);
}
