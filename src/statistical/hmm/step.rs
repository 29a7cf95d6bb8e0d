//! The one product that both recursions take at every time step.

/// out = x·M: a row times a matrix, the inner loop of the forward and of the backward recursion.
///
/// Each sum is taken in the order of x; with AVX2 without rounding between product and sum.
///
/// Shapes: x (K) · M (K, K), row by row · out (K).
pub(super) fn row_times(x: &[f64], m: &[f64], out: &mut [f64]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        // SAFETY: the processor has these instructions.
        return unsafe { row_times_avx2(x, m, out) };
    }
    in_blocks(x, m, out, |x, m, sum| x * m + sum);
}

/// The same, compiled for processors since 2013: twice the numbers in a register, product and sum in one instruction.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn row_times_avx2(x: &[f64], m: &[f64], out: &mut [f64]) {
    in_blocks(x, m, out, |x, m, sum| x.mul_add(m, sum));
}

/// Blocks of columns, so that their sums stay in registers.
#[inline(always)]
fn in_blocks(x: &[f64], m: &[f64], out: &mut [f64], multiply_add: impl Fn(f64, f64, f64) -> f64 + Copy) {
    let k = out.len();
    let mut start = 0;
    while start + 32 <= k {
        block::<32>(x, m, &mut out[start..], (start, k), multiply_add);
        start += 32;
    }
    while start + 8 <= k {
        block::<8>(x, m, &mut out[start..], (start, k), multiply_add);
        start += 8;
    }
    while start < k {
        block::<1>(x, m, &mut out[start..], (start, k), multiply_add);
        start += 1;
    }
}

/// N columns of M, which has k, from `start` on.
#[inline(always)]
fn block<const N: usize>(
    x: &[f64],
    m: &[f64],
    out: &mut [f64],
    (start, k): (usize, usize),
    multiply_add: impl Fn(f64, f64, f64) -> f64,
) {
    let mut sum = [0.0; N];
    for (&x, row) in x.iter().zip(m.chunks_exact(k)) {
        let row = row[start..].first_chunk::<N>().expect("N columns are left");
        for (sum, &m) in sum.iter_mut().zip(row) {
            *sum = multiply_add(x, m, *sum);
        }
    }
    out[..N].copy_from_slice(&sum);
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Array2};

    /// Blocks of 32, of 8, of 1, and all mixtures of them.
    #[test]
    fn all_sizes_with_and_without_wide_registers() {
        for k in (1..=41).chain([64, 75]) {
            let x = Array1::from_shape_fn(k, |i| (i as f64 + 0.5).sin());
            let m = Array2::from_shape_fn((k, k), |(i, j)| (i as f64 + 1.7 * j as f64).cos());
            let expected = x.dot(&m);
            let (x, m) = (x.as_slice().unwrap(), m.as_slice().unwrap());
            let (mut best, mut plain) = (vec![f64::NAN; k], vec![f64::NAN; k]);
            row_times(x, m, &mut best);
            in_blocks(x, m, &mut plain, |x, m, sum| x * m + sum);
            for j in 0..k {
                assert!(
                    (best[j] - expected[j]).abs() < 1e-12 && (plain[j] - expected[j]).abs() < 1e-12,
                    "K = {k}, {j}"
                );
            }
        }
    }
}
