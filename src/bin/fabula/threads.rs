//! How many threads compute.

use anyhow::{Context, Result};

/// Lets so many threads compute, the one that asks among them. To be called before anything is computed.
pub fn compute_with(threads: usize) -> Result<()> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).use_current_thread();
    pool.build_global().with_context(|| format!("cannot start {threads} threads"))
}
