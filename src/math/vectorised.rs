//! Loops that use the widest registers of the processor that runs them.

use super::Real;

/// Compiles a function three times: for AVX-512, for AVX2, and for any processor. Each call takes the best that this one has.
///
/// The body is an ordinary loop over slices, from which the compiler makes instructions on many numbers at once. The
/// same roundings take place in all three, so they give the same bits.
///
/// ```ignore
/// vectorised! {
///     /// y = tanh x
///     fn tanh_all<F: Real>(x: &[F], y: &mut [F]) {
///         for (y, &x) in y.iter_mut().zip(x) {
///             *y = x.tanh_();
///         }
///     }
/// }
/// ```
///
/// What the body calls must be `#[inline(always)]`, or it is compiled for any processor. A sum over a slice needs
/// [`sum_of`]: its order is fixed, and an ordinary one takes one number after the other.
macro_rules! vectorised {
    ($(
        $(#[$attribute:meta])*
        $visible:vis fn $name:ident $(<$F:ident: $bound:path>)? ($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)?
        $body:block
    )*) => {
        $(
            $(#[$attribute])*
            $visible fn $name $(<$F: $bound>)? ($($argument: $type),*) $(-> $result)? {
                #[inline(always)]
                fn any $(<$F: $bound>)? ($($argument: $type),*) $(-> $result)? $body

                #[cfg(target_arch = "x86_64")]
                {
                    use std::arch::is_x86_feature_detected;

                    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
                    fn avx512 $(<$F: $bound>)? ($($argument: $type),*) $(-> $result)? {
                        any($($argument),*)
                    }
                    #[target_feature(enable = "avx2,fma")]
                    fn avx2 $(<$F: $bound>)? ($($argument: $type),*) $(-> $result)? {
                        any($($argument),*)
                    }
                    if is_x86_feature_detected!("avx512f")
                        && is_x86_feature_detected!("avx512bw")
                        && is_x86_feature_detected!("avx512dq")
                        && is_x86_feature_detected!("avx512vl")
                    {
                        // SAFETY: the processor has these instructions.
                        return unsafe { avx512($($argument),*) };
                    }
                    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                        // SAFETY: the processor has these instructions.
                        return unsafe { avx2($($argument),*) };
                    }
                }
                any($($argument),*)
            }
        )*
    };
}
pub(crate) use vectorised;

/// Σ f(x) over a slice, in one order on every processor: 32 partial sums side by side, then 8, then 1.
#[inline(always)]
pub(crate) fn sum_of<F: Real, S: Real>(x: &[F], f: impl Fn(F) -> S) -> S {
    fold(x, S::zero(), |sum, x| sum + f(x), |a, b| a + b)
}

/// The largest number of a slice, NaN left aside; −∞ if there is none.
#[inline(always)]
pub(crate) fn max_of<F: Real>(x: &[F]) -> F {
    let larger = |a, b| if b > a { b } else { a };
    fold(x, F::neg_infinity(), larger, larger)
}

/// Σ aᵢ·bᵢ, in one order on every processor.
#[inline(always)]
pub(crate) fn dot<F: Real>(a: &[F], b: &[F]) -> F {
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<32>(), b.as_chunks::<32>());
    let mut lanes = [F::zero(); 32];
    for (a, b) in a.iter().zip(b) {
        for (lane, (&a, &b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    let rest = rest_a.iter().zip(rest_b).fold(F::zero(), |sum, (&a, &b)| sum + a * b);
    sum_of(&lanes, |x| x) + rest
}

/// What is left over from 32 is taken by 8, and what is left from those one by one.
#[inline(always)]
fn fold<F: Copy, S: Copy>(x: &[F], start: S, add: impl Fn(S, F) -> S, join: impl Fn(S, S) -> S) -> S {
    let (wide, rest) = x.as_chunks::<32>();
    let (narrow, single) = rest.as_chunks::<8>();
    let single = single.iter().fold(start, |sum, &x| add(sum, x));
    let narrow = if narrow.is_empty() { start } else { lanes(narrow, start, &add, &join) };
    join(lanes(wide, start, &add, &join), join(narrow, single))
}

#[inline(always)]
fn lanes<F: Copy, S: Copy, const N: usize>(
    chunks: &[[F; N]],
    start: S,
    add: impl Fn(S, F) -> S,
    join: impl Fn(S, S) -> S,
) -> S {
    let mut lanes = [start; N];
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = add(*lane, x);
        }
    }
    let mut width = N / 2;
    while width > 0 {
        for i in 0..width {
            lanes[i] = join(lanes[i], lanes[i + width]);
        }
        width /= 2;
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    vectorised! {
        fn sum_of_exponentials<F: Real>(x: &[F]) -> F {
            sum_of(x, |x| x.exp_())
        }

        fn largest(x: &[f32]) -> f32 {
            max_of(x)
        }
    }

    #[test]
    fn sums_and_maxima_of_all_lengths() {
        for n in 0..=100 {
            let x: Vec<f64> = (0..n).map(|i| f64::sin(1.7 * i as f64)).collect();
            let expected: f64 = x.iter().map(|x| x.exp()).sum();
            assert!((sum_of_exponentials(&x) - expected).abs() < 1e-12, "{n}");
            let x: Vec<f32> = x.iter().map(|&x| x as f32).collect();
            assert!((f64::from(sum_of_exponentials(&x)) - expected).abs() < 1e-4, "{n}");
            assert_eq!(largest(&x), x.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b)));
        }
    }

    #[test]
    fn the_same_bits_with_and_without_wide_registers() {
        let x: Vec<f32> = (0..1000).map(|i| (i as f32).sin() * 20.0).collect();
        assert_eq!(sum_of_exponentials(&x), sum_of(&x, |x| x.exp_()));
    }
}
