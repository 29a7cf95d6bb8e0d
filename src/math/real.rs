//! The two precisions, f32 and f64, and the functions of a number that every layer needs.

use super::product::Lanes;
use ndarray::NdFloat;

/// A floating-point number: `f32`, in which models are trained, or `f64`, in which gradients are checked.
///
/// The functions here are those that a whole layer calls in its innermost loop. For `f32` they are polynomials, which
/// the compiler turns into instructions on many numbers at once; the standard library's take one number at a time.
pub trait Real: NdFloat + Lanes + Default + 'static {
    /// The number as it stands in a formula: 0.5, 1e-8.
    fn of(x: f64) -> Self;

    fn to_f64(self) -> f64;

    /// eˣ
    fn exp_(self) -> Self;

    /// tanh x = (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ)
    fn tanh_(self) -> Self;

    /// Φ(x) and φ(x): what the standard normal distribution has below x, and its density e^(−x²/2)/√(2π).
    fn normal_(self) -> (Self, Self);

    /// σ(x) = 1/(1 + e⁻ˣ), the logistic function
    #[inline(always)]
    fn sigmoid(self) -> Self {
        Self::one() / (Self::one() + (-self).exp_())
    }
}

impl Real for f32 {
    #[inline(always)]
    fn of(x: f64) -> f32 {
        x as f32
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self.into()
    }

    /// eˣ = 2ⁿ·eʳ with n the whole number nearest to x/ln 2, so that |r| ≤ ln 2/2, and eʳ by its Taylor polynomial.
    ///
    /// Within 2 units of the last place for −87 ≤ x ≤ 88; outside, as at these ends.
    #[inline(always)]
    fn exp_(self) -> f32 {
        // Adding 1.5·2²³ leaves no bits for the fraction: the sum's last bits are n.
        const ROUND: f32 = 12_582_912.0;
        // ln 2 in two parts, so that n times the first is exact.
        const LN2_HIGH: f32 = 0.693_359_4;
        const LN2_LOW: f32 = -2.121_944_4e-4;
        let x = self.clamp(-87.0, 88.0);
        let shifted = x * std::f32::consts::LOG2_E + ROUND;
        let n = shifted - ROUND;
        let r = x - n * LN2_HIGH - n * LN2_LOW;
        let p = 1.0 / 5040.0;
        let p = p * r + 1.0 / 720.0;
        let p = p * r + 1.0 / 120.0;
        let p = p * r + 1.0 / 24.0;
        let p = p * r + 1.0 / 6.0;
        let p = p * r + 0.5;
        let p = p * r + 1.0;
        let p = p * r + 1.0;
        let two_to_n = f32::from_bits((shifted.to_bits().wrapping_add(127)) << 23);
        if self.is_nan() { self } else { p * two_to_n }
    }

    /// A quotient of two polynomials, odd over even, within 5 units of the last place; ±1 beyond |x| = 7.9.
    ///
    /// Source: the coefficients of the library Eigen (`generic_fast_tanh_float`).
    #[inline(always)]
    fn tanh_(self) -> f32 {
        let x = self.clamp(-7.905, 7.905);
        let x2 = x * x;
        let p = -2.760_768_5e-16;
        let p = p * x2 + 2.000_188e-13;
        let p = p * x2 - 8.604_672e-11;
        let p = p * x2 + 5.122_297e-8;
        let p = p * x2 + 1.485_722_4e-5;
        let p = p * x2 + 6.372_619e-4;
        let p = p * x2 + 4.893_525e-3;
        let q = 1.198_258_4e-6;
        let q = q * x2 + 1.185_347_1e-4;
        let q = q * x2 + 2.268_434_6e-3;
        let q = q * x2 + 4.893_525e-3;
        x * p / q
    }

    /// Φ within 4·10⁻⁷: a polynomial of 1/(1 + p·|x|/√2), times the density.
    ///
    /// Source: Abramowitz and Stegun 1964, formula 7.1.26.
    #[inline(always)]
    fn normal_(self) -> (f32, f32) {
        const ROOT: f32 = std::f32::consts::FRAC_1_SQRT_2;
        let e = (-0.5 * self * self).exp_();
        let t = 1.0 / (1.0 + 0.327_591_1 * ROOT * self.abs());
        let p = 1.061_405_4 * t - 1.453_152;
        let p = p * t + 1.421_413_7;
        let p = p * t - 0.284_496_74;
        let p = p * t + 0.254_829_6;
        let above = 0.5 * p * t * e;
        let below = if self < 0.0 { above } else { 1.0 - above };
        (below, e * 0.398_942_3)
    }
}

impl Real for f64 {
    #[inline(always)]
    fn of(x: f64) -> f64 {
        x
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }

    /// As for `f32`, with more terms: within 2 units of the last place for −708 ≤ x ≤ 709; outside, as at these ends.
    #[inline(always)]
    fn exp_(self) -> f64 {
        // 1.5·2⁵²
        const ROUND: f64 = 6_755_399_441_055_744.0;
        const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
        const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
        let x = self.clamp(-708.0, 709.0);
        let shifted = x * std::f64::consts::LOG2_E + ROUND;
        let n = shifted - ROUND;
        let r = x - n * LN2_HIGH - n * LN2_LOW;
        let mut p = 1.0 / 6_227_020_800.0;
        for factorial in [
            479_001_600.0,
            39_916_800.0,
            3_628_800.0,
            362_880.0,
            40_320.0,
            5040.0,
            720.0,
            120.0,
            24.0,
            6.0,
            2.0,
            1.0,
            1.0,
        ] {
            p = p * r + 1.0 / factorial;
        }
        let two_to_n = f64::from_bits((shifted.to_bits().wrapping_add(1023)) << 52);
        if self.is_nan() { self } else { p * two_to_n }
    }

    #[inline(always)]
    fn tanh_(self) -> f64 {
        self.tanh()
    }

    #[inline(always)]
    fn normal_(self) -> (f64, f64) {
        // 1/√(2π)
        const DENSITY: f64 = 0.398_942_280_401_432_7;
        (0.5 * libm::erfc(-self * std::f64::consts::FRAC_1_SQRT_2), (-0.5 * self * self).exp() * DENSITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_precisions_have_the_same_normal_distribution() {
        for i in -800..=800 {
            let x = f64::from(i) * 0.01;
            let ((below, density), (narrow_below, narrow_density)) = (x.normal_(), (x as f32).normal_());
            assert!((below - f64::from(narrow_below)).abs() < 4e-7, "{x}: {below} and {narrow_below}");
            assert!((density - f64::from(narrow_density)).abs() < 4e-7, "{x}: {density} and {narrow_density}");
        }
        // The tables' 97.5 %.
        assert!((1.959_963_984_540_054_f64.normal_().0 - 0.975).abs() < 1e-15);
    }

    #[test]
    fn the_exponential_function_is_that_of_the_standard_library_to_the_last_digits() {
        for i in -6980..=6980 {
            let x = f64::from(i) * 0.1013;
            assert!((x.exp_() / x.exp() - 1.0).abs() < 5e-16, "{x}: {} instead of {}", x.exp_(), x.exp());
            let x = f64::from(i) as f32 * 0.0123;
            assert!((x.exp_() / x.exp() - 1.0).abs() < 3e-7, "{x}: {} instead of {}", x.exp_(), x.exp());
        }
        assert!(f64::NAN.exp_().is_nan() && f32::NAN.exp_().is_nan());
        assert!(f64::NEG_INFINITY.exp_() < 1e-300 && f32::NEG_INFINITY.exp_() < 1e-37);
    }
}
