//! Layer normalisation.

use super::Module;
use crate::{
    autograd::{Parameters, Values, Var, for_f32_and_f64, row_by_row},
    math::{Real, column_sums, dot, sum_of, unwritten, vectorised},
};
use ndarray::{Array2, ArrayD};
use rayon::prelude::*;

/// Each row with the mean 0 and the variance 1, then stretched and moved.                                 [encoder.9]
///
///   y = x̂ ⊙ γ + β   with x̂ = (x − μ)/√(σ² + ε), and μ and σ² the mean and the variance of the row
///   back: dx = (g − mean(g) − x̂·mean(g ⊙ x̂))/√(σ² + ε)   with g = dy ⊙ γ      dγ = Σ dy ⊙ x̂   dβ = Σ dy
///
/// Shapes: x (…, D) · γ (D) · β (D). The variance divides by D. Source: Ba, Kiros and Hinton 2016.
#[derive(Clone, Debug)]
pub struct LayerNorm<F: Real = f32> {
    pub gamma: Var<F>,
    pub beta: Var<F>,
    pub epsilon: f64,
}

impl<F: Real> LayerNorm<F> {
    /// γ = 1, β = 0, ε = 1e-5.
    pub fn init(size: usize) -> LayerNorm<F> {
        let constant = |x: f64| Var::leaf(ArrayD::from_elem(vec![size], F::of(x)), true);
        LayerNorm { gamma: constant(1.0), beta: constant(0.0), epsilon: 1e-5 }
    }
}

impl LayerNorm {
    /// As [`init`](LayerNorm::init), in single precision.
    pub fn new(size: usize) -> LayerNorm {
        LayerNorm::init(size)
    }
}

for_f32_and_f64! {
    impl LayerNorm<F> {
        /// # Panics
        /// If a row has not as many numbers as γ.
        pub fn forward(&self, x: &Var<F>) -> Var<F> {
            node(x, &self.gamma, &self.beta, F::of(self.epsilon))
        }
    }
}

impl<F: Real> Module<F> for LayerNorm<F> {
    fn parameters(&self) -> Parameters<F> {
        vec![("gamma".into(), self.gamma.clone()), ("beta".into(), self.beta.clone())]
    }
}

/// How many rows a task takes.
const ROWS: usize = 64;

fn node<F: Real>(x: &Var<F>, gamma: &Var<F>, beta: &Var<F>, epsilon: F) -> Var<F> {
    let [values, g, b] = [x, gamma, beta].map(|var| row_by_row(var.value()));
    let size = g.len();
    assert!(values.shape().last() == Some(&size), "a norm of {size} numbers for rows of shape {:?}", values.shape());
    // SAFETY: all of it is written next.
    let mut y = unsafe { unwritten(values.raw_dim()) };
    let rows = numbers(&values)
        .par_chunks(ROWS * size)
        .zip(y.as_slice_mut().expect("a new array").par_chunks_mut(ROWS * size));
    rows.for_each(|(x, y)| {
        for (x, y) in x.chunks_exact(size).zip(y.chunks_exact_mut(size)) {
            forward_row(x, numbers(&g), numbers(&b), epsilon, y);
        }
    });
    Var::node(y, [x, gamma, beta], move |dy, [x, gamma, beta]| {
        let dy = row_by_row(dy.into_shared());
        let x_numbers = numbers(&values);
        let parts = (x_numbers.len() / size).div_ceil(ROWS);
        let [mut dgamma, mut dbeta] = [0, 1].map(|_| Array2::zeros((parts, size)));
        // SAFETY: all of it is written next.
        let mut dx = unsafe { unwritten(values.raw_dim()) };
        let dx_numbers: &mut [F] = ArrayD::as_slice_mut(&mut dx).expect("a new array");
        let rows = x_numbers.par_chunks(ROWS * size).zip(numbers(&dy).par_chunks(ROWS * size));
        let sums = dgamma.as_slice_mut().expect("a new array").par_chunks_mut(size);
        let sums = sums.zip(dbeta.as_slice_mut().expect("a new array").par_chunks_mut(size));
        rows.zip(dx_numbers.par_chunks_mut(ROWS * size)).zip(sums).for_each(|(((x, dy), dx), (dgamma, dbeta))| {
            let rows = x.chunks_exact(size).zip(dy.chunks_exact(size)).zip(dx.chunks_exact_mut(size));
            for ((x, dy), dx) in rows {
                backward_row(x, numbers(&g), epsilon, dy, dx, dgamma, dbeta);
            }
        });
        x.add_grad(|| dx);
        gamma.add_grad(|| column_sums(dgamma.view()));
        beta.add_grad(|| column_sums(dbeta.view()));
    })
}

fn numbers<F: Real>(values: &Values<F>) -> &[F] {
    values.as_slice().expect("row by row")
}

/// μ and 1/√(σ² + ε)
#[inline(always)]
fn moments<F: Real>(x: &[F], epsilon: F) -> (F, F) {
    let n = F::of(x.len() as f64);
    let mean = sum_of(x, |x| x) / n;
    let variance = sum_of(x, |x| (x - mean) * (x - mean)) / n;
    (mean, (variance + epsilon).sqrt().recip())
}

vectorised! {
    pub(crate) fn forward_row<F: Real>(x: &[F], gamma: &[F], beta: &[F], epsilon: F, y: &mut [F]) {
        let (mean, scale) = moments(x, epsilon);
        for ((y, &x), (&gamma, &beta)) in y.iter_mut().zip(x).zip(gamma.iter().zip(beta)) {
            *y = (x - mean) * scale * gamma + beta;
        }
    }

    fn backward_row<F: Real>(
        x: &[F],
        gamma: &[F],
        epsilon: F,
        dy: &[F],
        dx: &mut [F],
        dgamma: &mut [F],
        dbeta: &mut [F],
    ) {
        let (mean, scale) = moments(x, epsilon);
        let n = F::of(x.len() as f64);
        // x̂ stands in dx until it is no longer needed.
        for (dx, &x) in dx.iter_mut().zip(x) {
            *dx = (x - mean) * scale;
        }
        let mut g_mean = F::zero();
        let mut g = [F::zero(); 32];
        let mut along = F::zero();
        for (((dx, dy), gamma), (dgamma, dbeta)) in
            dx.chunks(32).zip(dy.chunks(32)).zip(gamma.chunks(32)).zip(dgamma.chunks_mut(32).zip(dbeta.chunks_mut(32)))
        {
            let g = &mut g[..dx.len()];
            for (g, (&dy, &gamma)) in g.iter_mut().zip(dy.iter().zip(gamma)) {
                *g = dy * gamma;
            }
            for ((dgamma, dbeta), (&x, &dy)) in dgamma.iter_mut().zip(dbeta).zip(dx.iter().zip(dy)) {
                *dgamma += dy * x;
                *dbeta += dy;
            }
            g_mean += sum_of(g, |g| g);
            along += dot(g, dx);
        }
        let (g_mean, along) = (g_mean / n, along / n);
        for ((dx, &dy), &gamma) in dx.iter_mut().zip(dy).zip(gamma) {
            *dx = (dy * gamma - g_mean - *dx * along) * scale;
        }
    }
}
