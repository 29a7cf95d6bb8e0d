//! Whether a derivative is right: against a difference quotient.

use super::Var;
use ndarray::ArrayD;
use std::fmt;

/// What [`check_gradients`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientCheck {
    /// The largest error: |backward − quotient| / max(1, |backward|, |quotient|).
    pub error: f64,
    /// Where it is: which input, which number of it (row by row).
    pub place: (usize, usize),
    pub backward: f64,
    pub quotient: f64,
}

/// Compares the gradients of f, a single number made from the inputs, with central differences.     [gradients.5]
///
///   ∂f/∂x ≈ (f(x + ε) − f(x − ε)) / 2ε
///
/// With ε = 1e-5 the quotient's own error is about 1e-10 for functions of ordinary size: an error below 1e-7 means
/// that the derivative is right. The inputs must be parameters; their gradients are overwritten.
///
/// # Panics
/// If f is not a single number.
pub fn check_gradients(inputs: &[&Var<f64>], epsilon: f64, f: impl Fn() -> Var<f64>) -> GradientCheck {
    inputs.iter().for_each(|input| input.zero_grad());
    f().backward();
    let gradients: Vec<Option<ArrayD<f64>>> = inputs.iter().map(|input| input.grad()).collect();
    let mut worst = GradientCheck { error: 0.0, place: (0, 0), backward: 0.0, quotient: 0.0 };
    for (i, (input, gradient)) in inputs.iter().zip(&gradients).enumerate() {
        let original = input.value();
        for place in 0..original.len() {
            let moved = |by: f64| {
                let mut value = original.to_owned();
                *value.iter_mut().nth(place).expect("a number at each place") += by;
                input.set(value);
                f().item()
            };
            let quotient = (moved(epsilon) - moved(-epsilon)) / (2.0 * epsilon);
            let backward = gradient.as_ref().map_or(0.0, |g| *g.iter().nth(place).expect("a number at each place"));
            let error = (backward - quotient).abs() / 1f64.max(backward.abs()).max(quotient.abs());
            if error > worst.error || error.is_nan() {
                worst = GradientCheck { error, place: (i, place), backward, quotient };
            }
        }
        input.set(original.into_owned());
    }
    worst
}

impl fmt::Display for GradientCheck {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let GradientCheck { error, place: (input, place), backward, quotient } = self;
        write!(
            f,
            "largest error {error:.1e}, at number {place} of input {input}: backward {backward:.8}, \
             difference quotient {quotient:.8}"
        )
    }
}
