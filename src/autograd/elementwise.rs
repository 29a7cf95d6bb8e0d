//! Functions of each number by itself.

use super::{Values, Var, for_f32_and_f64};
use crate::math::Real;
use ndarray::{ArrayD, Zip};

/// y = f(x), with the derivative f′ written as a function of x and y.
fn map<F: Real>(x: &Var<F>, f: impl Fn(F) -> F, derivative: impl Fn(F, F) -> F + 'static) -> Var<F> {
    let value = x.value();
    let y: Values<F> = value.mapv(f).into_shared();
    Var::node(y.clone(), [x], move |dy, [x]| x.add_grad(|| chain(dy, &value, &y, &derivative)))
}

/// dx = dy ⊙ f′(x, y)
fn chain<F: Real>(dy: ArrayD<F>, x: &Values<F>, y: &Values<F>, derivative: impl Fn(F, F) -> F) -> ArrayD<F> {
    let mut dx = dy;
    Zip::from(&mut dx).and(x).and(y).for_each(|dx, &x, &y| *dx *= derivative(x, y));
    dx
}

for_f32_and_f64! {
    impl Var<F> {
        /// eˣ · derivative: eˣ
        pub fn exp(&self) -> Var<F> {
            map(self, |x| x.exp_(), |_, y| y)
        }

        /// The natural logarithm · derivative: 1/x
        pub fn ln(&self) -> Var<F> {
            map(self, |x| x.ln(), |x, _| x.recip())
        }

        /// √x · derivative: 1/(2√x)
        pub fn sqrt(&self) -> Var<F> {
            map(self, |x| x.sqrt(), |_, y| (y + y).recip())
        }

        /// x² · derivative: 2x
        pub fn square(&self) -> Var<F> {
            map(self, |x| x * x, |x, _| x + x)
        }

        /// xᵖ · derivative: p·xᵖ⁻¹
        pub fn powf(&self, p: F) -> Var<F> {
            map(self, move |x| x.powf(p), move |x, _| p * x.powf(p - 1.0))
        }

        /// |x| · derivative: the sign of x, 0 at 0
        pub fn abs(&self) -> Var<F> {
            map(self, |x| x.abs(), |x, _| if x == 0.0 { 0.0 } else { x.signum() })
        }

        /// tanh x · derivative: 1 − tanh² x
        pub fn tanh(&self) -> Var<F> {
            map(self, |x| x.tanh_(), |_, y| 1.0 - y * y)
        }

        /// The logistic function σ(x) = 1/(1 + e⁻ˣ) · derivative: σ(x)·(1 − σ(x))
        pub fn sigmoid(&self) -> Var<F> {
            map(self, |x| x.sigmoid(), |_, y| y * (1.0 - y))
        }

        /// max(0, x) · derivative: 1 where x > 0, else 0
        pub fn relu(&self) -> Var<F> {
            map(self, |x| if x > 0.0 { x } else { 0.0 }, |x, _| if x > 0.0 { 1.0 } else { 0.0 })
        }
    }
}
