//! Several numbers in one register of the processor, multiplied and added at once.

use super::tile::Tile;

/// A register of numbers.
///
/// # Safety
/// Its functions may only be called where the processor has its instructions.
pub trait Register<F>: Copy {
    /// How many numbers it holds.
    const LANES: usize;

    unsafe fn splat(x: F) -> Self;

    /// From `LANES` numbers, at any address.
    unsafe fn load(from: *const F) -> Self;

    unsafe fn store(self, to: *mut F);

    /// Says that the numbers there will soon be needed.
    unsafe fn prefetch(_at: *const F) {}

    /// self·x + sum, rounded once if the processor can.
    unsafe fn multiply_add(self, x: Self, sum: Self) -> Self;
}

/// A type of number that has registers.
pub trait Lanes: Copy + Send + Sync {
    /// C += A·P with the widest registers that this processor has.
    ///
    /// # Safety
    /// A, P and C must be as the shapes of the tile say.
    unsafe fn multiply(tile: Tile<'_, Self>);
}

/// Four numbers: two or four registers wherever nothing better is known, found by the compiler.
#[derive(Clone, Copy)]
struct Four<F>([F; 4]);

macro_rules! lanes {
    ($float:ty, $wide:ident, $wider:ident) => {
        impl Register<$float> for Four<$float> {
            const LANES: usize = 4;
            #[inline(always)]
            unsafe fn splat(x: $float) -> Self {
                Four([x; 4])
            }
            #[inline(always)]
            unsafe fn load(from: *const $float) -> Self {
                Four(unsafe { from.cast::<[$float; 4]>().read_unaligned() })
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $float) {
                unsafe { to.cast::<[$float; 4]>().write_unaligned(self.0) }
            }
            #[inline(always)]
            unsafe fn multiply_add(self, x: Self, sum: Self) -> Self {
                Four(std::array::from_fn(|i| self.0[i] * x.0[i] + sum.0[i]))
            }
        }

        impl Lanes for $float {
            #[inline]
            unsafe fn multiply(tile: Tile<'_, $float>) {
                #[cfg(target_arch = "x86_64")]
                {
                    use std::arch::{
                        is_x86_feature_detected,
                        x86_64::{$wide, $wider},
                    };
                    #[target_feature(enable = "avx512f")]
                    unsafe fn avx512(tile: Tile<'_, $float>) {
                        unsafe { tile.multiply::<$wider, 6, 4>() }
                    }
                    #[target_feature(enable = "avx2,fma")]
                    unsafe fn avx2(tile: Tile<'_, $float>) {
                        unsafe { tile.multiply::<$wide, 6, 2>() }
                    }
                    // SAFETY: the processor has these instructions.
                    if is_x86_feature_detected!("avx512f") {
                        return unsafe { avx512(tile) };
                    }
                    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                        return unsafe { avx2(tile) };
                    }
                }
                unsafe { tile.multiply::<Four<$float>, 6, 2>() }
            }
        }
    };
}

lanes!(f32, __m256, __m512);
lanes!(f64, __m256d, __m512d);

/// A register of x86-64, by the names of its instructions.
#[cfg(target_arch = "x86_64")]
macro_rules! register {
    ($register:ident of $lanes:literal $float:ty: $splat:ident $load:ident $store:ident $multiply_add:ident) => {
        impl Register<$float> for std::arch::x86_64::$register {
            const LANES: usize = $lanes;
            #[inline(always)]
            unsafe fn splat(x: $float) -> Self {
                unsafe { std::arch::x86_64::$splat(x) }
            }
            #[inline(always)]
            unsafe fn load(from: *const $float) -> Self {
                unsafe { std::arch::x86_64::$load(from) }
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $float) {
                unsafe { std::arch::x86_64::$store(to, self) }
            }
            #[inline(always)]
            unsafe fn prefetch(at: *const $float) {
                unsafe { std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(at.cast()) }
            }
            #[inline(always)]
            unsafe fn multiply_add(self, x: Self, sum: Self) -> Self {
                unsafe { std::arch::x86_64::$multiply_add(self, x, sum) }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Register;
    register!(__m256 of 8 f32: _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps _mm256_fmadd_ps);
    register!(__m256d of 4 f64: _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd _mm256_fmadd_pd);
    register!(__m512 of 16 f32: _mm512_set1_ps _mm512_loadu_ps _mm512_storeu_ps _mm512_fmadd_ps);
    register!(__m512d of 8 f64: _mm512_set1_pd _mm512_loadu_pd _mm512_storeu_pd _mm512_fmadd_pd);
}
