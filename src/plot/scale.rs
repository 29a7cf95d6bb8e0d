//! Axes: from values to pixels, and which values bear a mark.

/// An axis over a range of values, linear or logarithmic.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    pub low: f64,
    pub high: f64,
    pub is_log: bool,
}

impl Scale {
    /// An axis that holds all finite values, with some air at both ends.
    pub fn over(values: impl Iterator<Item = f64>, is_log: bool, from_zero: bool) -> Scale {
        let usable = values.filter(|v| v.is_finite() && (!is_log || *v > 0.0));
        let (mut low, mut high) =
            usable.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            (low, high) = if is_log { (1.0, 10.0) } else { (0.0, 1.0) };
        }
        if is_log {
            let air = ((high / low).ln() * 0.05).max(0.05).exp();
            return Scale { low: low / air, high: high * air, is_log };
        }
        let air = if high > low { 0.05 * (high - low) } else { 0.5 * low.abs().max(1.0) };
        let low = if from_zero && low >= 0.0 { 0.0 } else { low - air };
        Scale { low, high: high + air, is_log }
    }

    /// Where a value lies on the axis, from 0 to 1.
    pub fn place(&self, value: f64) -> f64 {
        if self.is_log {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }

    /// About `wanted` round values.
    pub fn marks(&self, wanted: usize) -> Vec<f64> {
        if self.is_log { self.log_marks(wanted) } else { self.linear_marks(wanted) }
    }

    fn linear_marks(&self, wanted: usize) -> Vec<f64> {
        let rough = (self.high - self.low) / wanted.max(1) as f64;
        let magnitude = 10f64.powf(rough.log10().floor());
        let step =
            [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * magnitude).find(|step| *step >= rough).unwrap_or(rough);
        let first = (self.low / step).ceil() as i64;
        (first..).map(|i| i as f64 * step).take_while(|v| *v <= self.high + 1e-9 * step).collect()
    }

    /// Powers of ten; 2 and 5 of each, too, or whole multiples, where the range is short.
    fn log_marks(&self, wanted: usize) -> Vec<f64> {
        let decades = (self.low.log10().floor() as i32)..=(self.high.log10().ceil() as i32);
        let within = |digits: &[f64], stride: i32| -> Vec<f64> {
            let powers = decades.clone().filter(|d| d.rem_euclid(stride) == 0);
            let all = powers.flat_map(|d| digits.iter().map(move |digit| digit * 10f64.powi(d)));
            all.filter(|v| *v >= self.low && *v <= self.high).collect()
        };
        let mut finest_first = vec![
            within(&[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], 1),
            within(&[1.0, 2.0, 3.0, 5.0], 1),
            within(&[1.0, 2.0, 5.0], 1),
        ];
        finest_first.extend([1, 2, 3, 5, 10, 20, 50].map(|stride| within(&[1.0], stride)));
        finest_first.into_iter().find(|marks| marks.len() <= wanted + 1).unwrap_or_default()
    }
}

/// A value as a mark's label: short, without trailing zeros.
pub(super) fn label(value: f64) -> String {
    let size = value.abs();
    if size >= 1e6 || (size > 0.0 && size < 1e-3) {
        let exponent = size.log10().floor() as i32;
        let digit = value / 10f64.powi(exponent);
        let power: String = exponent.to_string().chars().map(superscript).collect();
        return if (digit - 1.0).abs() < 1e-6 { format!("10{power}") } else { format!("{}·10{power}", round(digit)) };
    }
    if size >= 1000.0 { thousands(value) } else { round(value) }
}

fn round(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::from(if value < 0.0 { "−" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn superscript(c: char) -> char {
    match c {
        '-' => '⁻',
        digit => ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][digit.to_digit(10).unwrap_or(0) as usize],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_inside() {
        let scale = Scale { low: 0.0, high: 1.05, is_log: false };
        assert_eq!(scale.marks(5), [0.0, 0.5, 1.0]);
        let scale = Scale { low: 90.0, high: 1100.0, is_log: true };
        assert_eq!(scale.marks(6), [100.0, 200.0, 300.0, 500.0, 1000.0]);
        assert_eq!([0.25, 12.0, 1234567.0, 25000.0, 1e-5].map(label), ["0.25", "12", "1.2346·10⁶", "25,000", "10⁻⁵"]);
    }

    #[test]
    fn an_axis_holds_its_values() {
        for is_log in [false, true] {
            let scale = Scale::over([3.0, 700.0, f64::INFINITY, f64::NAN].into_iter(), is_log, false);
            assert!(scale.place(3.0) > 0.0 && scale.place(700.0) < 1.0);
        }
    }
}
