//! What a computation costs: seconds of a core, and memory.

use std::{fs, time::Duration};

/// The seconds for which the calling thread has had a core since it began.
///
/// A clock on the wall also counts the time for which other programs had the core; so what two trainings cost is compared
/// by this one, where each [has a core to itself](super::alone).
pub fn core_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is there to be written, and every thread has this clock.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) } != 0;
    assert!(!failed, "this system keeps no clock for each thread");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32).as_secs_f64()
}

/// What `once` gives, and how many MiB more than before the process held at the most while it ran; not a number where the
/// system does not tell (Linux does).
///
/// What was freed earlier is first given back to the system, or else it would be used again unnoticed. Memory comes in
/// pages, and large ones of 2 MiB: a few MiB say little.
pub fn peak_mib<T>(once: impl FnOnce() -> T) -> (T, f64) {
    give_back();
    let forgotten = fs::write("/proc/self/clear_refs", "5").is_ok(); // the highest mark so far
    let before = linux_mib("/proc/self/status", "VmRSS:");
    let found = once();
    let most = linux_mib("/proc/self/status", "VmHWM:").filter(|_| forgotten);
    (found, most.zip(before).map_or(f64::NAN, |(most, before)| most - before))
}

fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: only what nobody holds goes back.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// A line "⟨field⟩ 123 kB" of one of Linux' files about memory, in MiB; none where there is no such file or line.
pub fn linux_mib(file: &str, field: &str) -> Option<f64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}
