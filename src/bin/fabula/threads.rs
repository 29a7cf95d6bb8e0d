//! How many threads compute.

use anyhow::{Context, Result, ensure};

/// More only get in each other's way, and a system starts no unlimited number.
const MOST_THREADS: usize = 256;

/// Lets so many threads compute, the one that asks among them. To be called before anything is computed.
pub fn compute_with(threads: usize) -> Result<()> {
    ensure!((1..=MOST_THREADS).contains(&threads), "the number of threads is {threads}: expected 1 to {MOST_THREADS}");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).use_current_thread();
    pool.build_global().with_context(|| format!("cannot start {threads} threads"))
}
