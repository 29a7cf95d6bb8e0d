//! From scores to an answer.

use super::examples;
use crate::{
    autograd::{Var, outputs},
    math::{Real, dot, max_of, product::multiply_add, sum_of, vectorised},
};
use ndarray::{Array2, Array3, ArrayView1, ArrayView2, ArrayViewMut2, Axis, Ix3};
use rayon::prelude::*;
use std::sync::Arc;

/// What attention gives for each query.
///
/// Shapes: context (B, T, C) · weights (B, T, S).
#[derive(Clone)]
pub struct Attended<F: Real = f32> {
    pub context: Var<F>,
    pub weights: Var<F>,
}

/// The weighted sum of the values, by the softmax of the scores.                                    [attention.4]
///
///   aₜₛ = e^{e_ts} / Σₛ' e^{e_ts'}, over the places that the mask leaves   cₜ = Σₛ aₜₛ·vₛ
///   back: dvₛ = Σₜ aₜₛ·dcₜ   da_ts += dcₜ·vₛ   de_ts = a_ts·(da_ts − Σₛ' a_ts'·da_ts')
///
/// Shapes: scores (B, T, S) · values (B, S, C) · mask (B, S), true where a place counts.
///
/// # Panics
/// If the shapes do not fit, or the mask leaves no place of an example.
pub fn attend<F: Real>(scores: &Var<F>, values: &Var<F>, mask: Option<&Arc<Array2<bool>>>) -> Attended<F> {
    let (e, v) = (examples(scores), examples(values));
    let ((batch, steps, places), size) = (e.dim(), v.dim().2);
    assert!(
        v.dim() == (batch, places, size) && mask.is_none_or(|mask| mask.dim() == (batch, places)),
        "attention with scores of shape {:?}, values of shape {:?} and a mask of shape {:?}",
        e.shape(),
        v.shape(),
        mask.map(|mask| mask.shape().to_vec())
    );
    if let Some(row) = mask.and_then(|mask| mask.outer_iter().position(|row| !row.iter().any(|&counts| counts))) {
        panic!("the mask leaves no place of example {row}: there is nothing to attend to");
    }
    let mut a = e.to_owned();
    let mut context = Array3::zeros((batch, steps, size));
    let rows = a.outer_iter_mut().zip(context.outer_iter_mut()).zip(v.outer_iter()).enumerate();
    rows.collect::<Vec<_>>().into_par_iter().for_each(|(i, ((mut a, c), v))| {
        for mut row in a.outer_iter_mut() {
            weigh(row.as_slice_mut().expect("a row without gaps"), F::one(), mask.map(|mask| mask.row(i)));
        }
        multiply_add(a.view(), v, c);
    });
    let a = a.into_shared();
    let values_of = vec![context.into_dyn().into_shared(), a.clone().into_dyn()];
    let mut both = outputs(values_of, &[scores, values], move |gradients, inputs| {
        let [dc, da] = gradients.try_into().unwrap_or_else(|_| unreachable!("two outputs have two gradients"));
        let dc = dc.map(|dc| dc.into_dimensionality::<Ix3>().expect("3 axes"));
        let mut de = match da {
            Some(da) => da.into_dimensionality::<Ix3>().expect("3 axes").as_standard_layout().into_owned(),
            None => Array3::zeros(a.dim()),
        };
        let mut dv = Array3::zeros(v.dim());
        let rows = de.outer_iter_mut().zip(dv.outer_iter_mut()).zip(a.outer_iter().zip(v.outer_iter())).enumerate();
        rows.collect::<Vec<_>>().into_par_iter().for_each(|(i, ((mut de, dv), (a, v)))| {
            if let Some(dc) = &dc {
                let dc = dc.index_axis(Axis(0), i);
                multiply_add(dc, v.t(), de.view_mut());
                multiply_add(a.t(), dc, dv);
            }
            back(a, &mut de);
        });
        inputs[0].add_grad(|| de);
        inputs[1].add_grad(|| dv);
    });
    let weights = both.pop().expect("two outputs");
    Attended { context: both.pop().expect("two outputs"), weights }
}

/// The softmax of a row's scaled numbers over the places that the mask leaves, and 0 elsewhere.
pub(super) fn weigh<F: Real>(row: &mut [F], scale: F, mask: Option<ArrayView1<bool>>) {
    let Some(mask) = mask else { return softmax(row, scale) };
    let hide = |row: &mut [F], x| {
        row.iter_mut().zip(mask).filter(|(_, counts)| !**counts).for_each(|(number, _)| *number = x);
    };
    hide(row, F::neg_infinity());
    // Where everything is hidden, a softmax would divide by zero.
    if mask.iter().take(row.len()).any(|&counts| counts) {
        softmax(row, scale);
    }
    hide(row, F::zero());
}

/// de from da, in its place.
fn back<F: Real>(a: ArrayView2<F>, da: &mut ArrayViewMut2<F>) {
    for (a, mut da) in a.outer_iter().zip(da.outer_iter_mut()) {
        let da = da.as_slice_mut().expect("a row without gaps");
        softmax_back(a.to_slice().expect("a row without gaps"), da, F::one());
    }
}

vectorised! {
    /// The softmax of the scaled numbers.
    pub(crate) fn softmax<F: Real>(x: &mut [F], scale: F) {
        let largest = max_of(x);
        x.iter_mut().for_each(|x| *x = ((*x - largest) * scale).exp_());
        let sum = sum_of(x, |x| x);
        x.iter_mut().for_each(|x| *x /= sum);
    }

    /// From da the gradient of the numbers before they were scaled, in its place.
    pub(super) fn softmax_back<F: Real>(a: &[F], da: &mut [F], scale: F) {
        let mean = dot(a, da);
        for (&a, da) in a.iter().zip(da) {
            *da = a * (*da - mean) * scale;
        }
    }
}
