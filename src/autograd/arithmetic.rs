//! + − × ÷ between values, with broadcasting, and between values and numbers.

use super::{Values, Var, for_f32_and_f64, row_by_row};
use crate::math::{Real, sum, unwritten};
use ndarray::{ArrayD, ArrayViewD, Axis, Zip, arr0};
use rayon::prelude::*;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// The shape that two shapes broadcast to: aligned at their last axes, an axis of 1, or none, repeated.
fn broadcast(a: &[usize], b: &[usize], operation: &str) -> Vec<usize> {
    let axes = a.len().max(b.len());
    let size = |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(axes).map_or(1, |axis| shape[axis]);
    let both = |axis| match (size(a, axis), size(b, axis)) {
        (m, n) if m == n || n == 1 => m,
        (1, n) => n,
        _ => panic!("{a:?} {operation} {b:?}: these shapes do not fit, nor can one be repeated to fit the other"),
    };
    (0..axes).map(both).collect()
}

/// The gradient of an input that was repeated is the sum over its repetitions.
fn unbroadcast<F: Real>(mut gradient: ArrayD<F>, shape: &[usize]) -> ArrayD<F> {
    while gradient.ndim() > shape.len() {
        gradient = gradient.sum_axis(Axis(0));
    }
    for (axis, &size) in shape.iter().enumerate() {
        if size == 1 && gradient.shape()[axis] != 1 {
            gradient = gradient.sum_axis(Axis(axis)).insert_axis(Axis(axis));
        }
    }
    gradient
}

/// f(a, b) for each pair of numbers, with dy times the derivatives of f by a and by b.
fn combine<F: Real>(
    a: &Var<F>,
    b: &Var<F>,
    operation: &str,
    f: fn(F, F) -> F,
    derivatives: [fn(F, F, F) -> F; 2],
) -> Var<F> {
    let (va, vb) = (a.value(), b.value());
    let shape = broadcast(va.shape(), vb.shape(), operation);
    let value = Zip::from(repeat(&va, &shape)).and(repeat(&vb, &shape)).map_collect(|&a, &b| f(a, b));
    Var::node(value, [a, b], move |dy, inputs| {
        for (input, derivative) in inputs.into_iter().zip(derivatives) {
            input.add_grad(|| {
                let all = Zip::from(&dy).and(repeat(&va, &shape)).and(repeat(&vb, &shape));
                unbroadcast(all.map_collect(|&dy, &a, &b| derivative(dy, a, b)), &input.shape())
            });
        }
    })
}

/// a + b of one shape, as deep networks add up all the time: by all threads, and on the way back nothing is computed.
fn sum_of_two<F: Real>(a: &Var<F>, b: &Var<F>) -> Var<F> {
    const TASK: usize = 1 << 14;
    let [va, vb] = [a, b].map(|var| row_by_row(var.value()));
    // SAFETY: all of it is written next.
    let mut c = unsafe { unwritten(va.raw_dim()) };
    let [va, vb] = [&va, &vb].map(|v| v.as_slice().expect("row by row"));
    let c_numbers: &mut [F] = ArrayD::as_slice_mut(&mut c).expect("a new array");
    let parts = va.par_chunks(TASK).zip(vb.par_chunks(TASK)).zip(c_numbers.par_chunks_mut(TASK));
    parts.for_each(|((a, b), c)| sum(a, b, c));
    Var::node(c, [a, b], |dc, [a, b]| {
        b.add_grad(|| dc.clone());
        a.add_grad(|| dc);
    })
}

fn repeat<'a, F: Real>(x: &'a Values<F>, shape: &[usize]) -> ArrayViewD<'a, F> {
    x.broadcast(shape).expect("a shape that both broadcast to")
}

for_f32_and_f64! {
    impl Add for &Var<F> {
        type Output = Var<F>;
        fn add(self, b: &Var<F>) -> Var<F> {
            if self.shape() == b.shape() {
                return sum_of_two(self, b);
            }
            combine(self, b, "+", |a, b| a + b, [|dy, _, _| dy, |dy, _, _| dy])
        }
    }

    impl Sub for &Var<F> {
        type Output = Var<F>;
        fn sub(self, b: &Var<F>) -> Var<F> {
            combine(self, b, "-", |a, b| a - b, [|dy, _, _| dy, |dy, _, _| -dy])
        }
    }

    impl Mul for &Var<F> {
        type Output = Var<F>;
        fn mul(self, b: &Var<F>) -> Var<F> {
            combine(self, b, "*", |a, b| a * b, [|dy, _, b| dy * b, |dy, a, _| dy * a])
        }
    }

    impl Div for &Var<F> {
        type Output = Var<F>;
        fn div(self, b: &Var<F>) -> Var<F> {
            combine(self, b, "/", |a, b| a / b, [|dy, _, b| dy / b, |dy, a, b| -dy * a / (b * b)])
        }
    }

    impl Neg for &Var<F> {
        type Output = Var<F>;
        fn neg(self) -> Var<F> {
            self * -1.0
        }
    }

    impl Neg for Var<F> {
        type Output = Var<F>;
        fn neg(self) -> Var<F> {
            -&self
        }
    }
}

/// The same operator for owned values, and for a number on either side.
macro_rules! operators {
    ($($operator:ident $method:ident $symbol:tt),*) => {
        for_f32_and_f64! {
            $(
                impl $operator for Var<F> {
                    type Output = Var<F>;
                    fn $method(self, b: Var<F>) -> Var<F> {
                        &self $symbol &b
                    }
                }

                impl $operator<&Var<F>> for Var<F> {
                    type Output = Var<F>;
                    fn $method(self, b: &Var<F>) -> Var<F> {
                        &self $symbol b
                    }
                }

                impl $operator<Var<F>> for &Var<F> {
                    type Output = Var<F>;
                    fn $method(self, b: Var<F>) -> Var<F> {
                        self $symbol &b
                    }
                }

                impl $operator<F> for &Var<F> {
                    type Output = Var<F>;
                    fn $method(self, b: F) -> Var<F> {
                        self $symbol &Var::leaf(arr0(b), false)
                    }
                }

                impl $operator<F> for Var<F> {
                    type Output = Var<F>;
                    fn $method(self, b: F) -> Var<F> {
                        &self $symbol b
                    }
                }

                impl $operator<&Var<F>> for F {
                    type Output = Var<F>;
                    fn $method(self, b: &Var<F>) -> Var<F> {
                        &Var::leaf(arr0(self), false) $symbol b
                    }
                }

                impl $operator<Var<F>> for F {
                    type Output = Var<F>;
                    fn $method(self, b: Var<F>) -> Var<F> {
                        self $symbol &b
                    }
                }
            )*
        }
    };
}

operators!(Add add +, Sub sub -, Mul mul *, Div div /);
