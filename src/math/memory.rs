//! Memory for large arrays.

use super::Real;
use ndarray::{Array, Dimension, ShapeBuilder};
use rayon::prelude::*;

/// Asks the C library not to return freed memory to the system, nor to ask the system for each large array anew, and the
/// system for large pages.
///
/// A step of training makes and drops the same arrays as the one before. The GNU library returns them to the system each
/// time, and fresh pages cost more than what is then computed in them: without this, half of a step. The process holds on
/// to the most that it ever needed, which the next step needs again. Elsewhere nothing is done.
pub(super) fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| {
            // SAFETY: these set two thresholds of the allocator.
            unsafe {
                libc::mallopt(libc::M_MMAP_THRESHOLD, i32::MAX);
                libc::mallopt(libc::M_TRIM_THRESHOLD, i32::MAX);
            }
            prefer_large_pages();
        });
    }
}

/// Grows the heap by what most models need, and lets the system back it by pages of 2 MiB, of which a product of large
/// matrices visits far fewer. None of it takes memory before something is written there.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn prefer_large_pages() {
    const HEAP: usize = 1 << 30;
    const PAGE: usize = 4096;
    // SAFETY: the advice concerns whole pages inside of a block that is this function's alone.
    unsafe {
        let block = libc::malloc(HEAP);
        if !block.is_null() {
            let first = block.add(block.align_offset(PAGE));
            libc::madvise(first, HEAP - PAGE, libc::MADV_HUGEPAGE);
            libc::free(block);
        }
    }
}

/// An array of zeros, written by all threads if it is large.
pub(crate) fn zeros<F: Real, D: Dimension>(shape: impl ShapeBuilder<Dim = D>) -> Array<F, D> {
    const TASK: usize = 1 << 18;
    // SAFETY: all of it is written next.
    let mut zeros = unsafe { unwritten(shape) };
    let numbers = zeros.as_slice_memory_order_mut().expect("a new array has no gaps");
    numbers.par_chunks_mut(TASK).for_each(|part| part.fill(F::zero()));
    zeros
}

/// An array of which every number will be written before it is read: clearing it first would only cost time.
///
/// # Safety
/// The caller writes every number before anything reads it.
pub(crate) unsafe fn unwritten<F: Real, D: Dimension>(shape: impl ShapeBuilder<Dim = D>) -> Array<F, D> {
    // SAFETY: numbers need no drop, and the caller promises to write them first.
    unsafe { Array::uninit(shape).assume_init() }
}

/// As [`unwritten`], for a list.
///
/// # Safety
/// As there.
pub(super) unsafe fn unwritten_list<F: Real>(length: usize) -> Vec<F> {
    // SAFETY: as promised by the caller.
    unsafe { unwritten(length) }.into_raw_vec_and_offset().0
}
