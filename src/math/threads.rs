//! Who computes.

use std::sync::Once;

/// Makes the main thread one of those that compute, if it is the one that asks.
///
/// A program that trains does so on its main thread. Left outside of rayon's pool, it would hand over each product and
/// sleep: for the small ones of a recurrent network, falling asleep and being woken cost a tenth of the time, and of a
/// simple cell's a fifth. Nothing is changed for a program that has set up the pool itself, nor where there is one
/// thread alone, on which others then could wait for ever.
pub(super) fn main_thread_computes() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if is_main_thread() && threads() > 1 {
            let pool = rayon::ThreadPoolBuilder::new().use_current_thread();
            // An error says that there is a pool already.
            let _ = pool.build_global();
        }
    });
}

/// How many threads a pool would have, found without making one.
pub(crate) fn threads() -> usize {
    let asked = std::env::var("RAYON_NUM_THREADS").ok().and_then(|n| n.parse().ok()).filter(|&n| n > 0);
    asked.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| n.get()))
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn is_main_thread() -> bool {
    // SAFETY: these ask for two numbers.
    unsafe { libc::gettid() == libc::getpid() }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn is_main_thread() -> bool {
    false
}
