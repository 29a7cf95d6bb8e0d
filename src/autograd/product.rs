//! Products of matrices.

use super::{Values, Var, for_f32_and_f64, row_by_row};
use crate::math::{
    Real, column_sums, product,
    product::{multiply_add, product_plus_row},
};
use ndarray::{Array3, ArrayView2, ArrayView3, Ix2, Ix3};
use rayon::prelude::*;

for_f32_and_f64! {
    impl Var<F> {
        /// The product of two matrices.                                                                [gradients.6]
        ///
        ///   Y = X·W   back: dX = dY·Wᵀ   dW = Xᵀ·dY
        ///
        /// Shapes: X (…, M, K) · W (K, N), the same for all rows of X; or (B, K, N), one for each of B matrices X.
        ///
        /// # Panics
        /// If the shapes do not fit.
        pub fn matmul(&self, w: &Var<F>) -> Var<F> {
            match w.shape().len() {
                2 => by_one_matrix(self, w, None),
                3 => by_batch(self, w),
                n => panic!("matmul with a right side of {n} axes: it needs 2, or 3 for one matrix per example"),
            }
        }

        /// X·W + b, in one pass.
        ///
        /// Shapes: X (…, K) · W (K, N) · b (N).
        ///
        /// # Panics
        /// If the shapes do not fit.
        pub fn linear(&self, w: &Var<F>, b: &Var<F>) -> Var<F> {
            by_one_matrix(self, w, Some(b))
        }
    }
}

/// All axes but the last as one: each row is an example.
fn rows<F: Real>(x: &Values<F>) -> ArrayView2<'_, F> {
    let last = *x.shape().last().expect("at least one axis");
    x.view().into_shape_with_order((x.len() / last.max(1), last)).expect("an array without gaps")
}

fn by_one_matrix<F: Real>(x: &Var<F>, w: &Var<F>, b: Option<&Var<F>>) -> Var<F> {
    let (vx, vw) = (row_by_row(x.value()), w.value().into_dimensionality::<Ix2>().expect("a matrix on the right"));
    let mut shape = vx.shape().to_vec();
    assert!(
        shape.last() == vw.shape().first(),
        "a product of shapes {shape:?} and {:?}: the last axis of the first must be the first of the second",
        vw.shape()
    );
    let rows_of_x = rows(&vx);
    let y = match b {
        None => product(rows_of_x, vw.view()),
        Some(b) => {
            assert_eq!(b.shape(), [vw.ncols()], "the bias of a product with {} columns", vw.ncols());
            product_plus_row(rows_of_x, vw.view(), row_by_row(b.value()).as_slice().expect("numbers without gaps"))
        }
    };
    *shape.last_mut().expect("at least one axis") = y.ncols();
    let y = y.into_dyn().into_shape_with_order(shape).expect("as many numbers").into_shared();
    let inputs: Vec<&Var<F>> = [x, w].into_iter().chain(b).collect();
    Var::node_of(y, &inputs, move |dy, inputs| {
        let dy = row_by_row(dy.into_shared());
        let dy = rows(&dy);
        inputs[0].add_grad(|| product(dy, vw.t()).into_shape_with_order(vx.shape()).expect("as many numbers"));
        inputs[1].add_grad(|| product(rows(&vx).t(), dy));
        if let Some(b) = inputs.get(2) {
            b.add_grad(|| column_sums(dy));
        }
    })
}

fn by_batch<F: Real>(x: &Var<F>, w: &Var<F>) -> Var<F> {
    let matrices = |v: Values<F>| {
        let shape = v.shape().to_vec();
        v.into_dimensionality::<Ix3>()
            .unwrap_or_else(|_| panic!("a batched product with shape {shape:?}: it needs 3 axes"))
    };
    let (vx, vw) = (matrices(x.value()), matrices(w.value()));
    let (b, c) = (vx.dim().0, vw.dim().0);
    assert!(b == c, "a batched product of {b} matrices with {c}: it needs as many");
    Var::node(batched_product(vx.view(), vw.view()), [x, w], move |dy, [x, w]| {
        let dy = dy.view().into_dimensionality::<Ix3>().expect("3 axes");
        x.add_grad(|| batched_product(dy, vw.view().permuted_axes([0, 2, 1])));
        w.add_grad(|| batched_product(vx.view().permuted_axes([0, 2, 1]), dy));
    })
}

/// The products of B pairs of matrices.
fn batched_product<F: Real>(a: ArrayView3<F>, b: ArrayView3<F>) -> Array3<F> {
    let mut c = Array3::zeros((a.dim().0, a.dim().1, b.dim().2));
    let pairs: Vec<_> = a.outer_iter().zip(b.outer_iter()).zip(c.outer_iter_mut()).collect();
    pairs.into_par_iter().for_each(|((a, b), c)| multiply_add(a, b, c));
    c
}
