//! The cost of being wrong.

use super::ids::Ids;
use crate::{
    autograd::{Values, Var, for_f32_and_f64, row_by_row},
    math::{Real, max_of, sum_of, unwritten, vectorised},
};
use ndarray::{Array2, ArrayD, IxDyn, arr0};
use rayon::prelude::*;

/// About how many logits one task takes: the cut depends on the shapes alone, so the bits do not depend on the threads.
const TASK: usize = 1 << 14;

/// Which targets count, and how sure the model should become.
#[derive(Clone, Copy, Debug, Default)]
pub struct CrossEntropy<'a> {
    /// True where a target counts, of the shape of the targets; `None` if all do.
    pub mask: Option<&'a Array2<bool>>,
    /// ε: how much of the probability is to be spread evenly over all V tokens. Default 0.
    pub label_smoothing: f64,
}

for_f32_and_f64! {
    impl Var<F> {
        /// The mean cross-entropy of these logits with the tokens that came, in nats, of shape ().    [gradients.3]
        ///
        ///   L = −(1/n) Σ ln p(y)   with p = softmax(x)      back: dx = (p − 1ᵧ)/n
        ///
        /// Shapes: x (…, V), the logits · y (…), the targets.
        ///
        /// # Panics
        /// If the shapes do not fit, there is no target, or one is not below V.
        pub fn cross_entropy(&self, targets: &(impl Ids + ?Sized)) -> Var<F> {
            self.cross_entropy_with(targets, CrossEntropy::default())
        }

        /// As [`cross_entropy`](Var::cross_entropy), of the n targets that count, with label smoothing. [gradients.15]
        ///
        ///   L = −(1/n) Σ Σᵥ q(v)·ln p(v)   with q = (1 − ε)·1ᵧ + ε/V      back: dx = (p − q)/n
        ///
        /// Source: Szegedy et al. 2016, Rethinking the Inception Architecture, section 7; ε as in PyTorch.
        ///
        /// # Panics
        /// As above; or if the mask leaves no target, or ε is not from 0 to 1.
        pub fn cross_entropy_with(&self, targets: &(impl Ids + ?Sized), options: CrossEntropy) -> Var<F> {
            let (shape, ids) = targets.ids();
            self.mean_cross_entropy(&shape, ids, options)
        }

        fn mean_cross_entropy(&self, shape: &[usize], ids: Vec<u32>, options: CrossEntropy) -> Var<F> {
            node(self, shape, ids, options)
        }
    }
}

fn node<F: Real>(logits: &Var<F>, shape: &[usize], ids: Vec<u32>, options: CrossEntropy) -> Var<F> {
    let CrossEntropy { mask, label_smoothing } = options;
    let found = logits.shape();
    assert!(
        found.split_last().is_some_and(|(_, leading)| leading == shape),
        "logits of shape {found:?} for targets of shape {shape:?}: expected the targets' shape and V behind it"
    );
    let v = found[found.len() - 1];
    if let Some(mask) = mask {
        assert!(mask.shape() == shape, "a mask of shape {:?} for targets of shape {shape:?}", mask.shape());
    }
    assert!((0.0..=1.0).contains(&label_smoothing), "label smoothing of {label_smoothing}: expected 0 to 1");
    let mut counts = mask.map(|mask| mask.iter().copied());
    let targets = ids.into_iter().enumerate().map(|(place, id)| {
        let counts = counts.as_mut().is_none_or(|counts| counts.next().unwrap_or(false));
        assert!(!counts || (id as usize) < v, "target {id} at place {place}: expected a number below V = {v}");
        counts.then_some(id as usize)
    });
    let targets: Vec<Option<usize>> = targets.collect();
    let n = targets.iter().flatten().count();
    assert!(n > 0, "no target counts of {}: the text is empty, or the mask false everywhere", targets.len());

    let x = row_by_row(logits.value());
    let smoothing = Smoothing::new(label_smoothing, v);
    let (losses, log_sums) = losses(numbers(&x), &targets, smoothing);
    let mean = losses.iter().sum::<f64>() / n as f64;
    Var::node(arr0(F::of(mean)), [logits], move |dy, [logits]| {
        logits.add_grad(|| {
            let scale = *dy.first().expect("one number") / F::of(n as f64);
            // SAFETY: every row is written, that without a target with zeros.
            let mut dx: ArrayD<F> = unsafe { unwritten(IxDyn(x.shape())) };
            let slice = dx.as_slice_mut().expect("an array without gaps");
            gradients(numbers(&x), &targets, &log_sums, smoothing, scale, slice);
            dx
        });
    })
}

fn numbers<F: Real>(x: &Values<F>) -> &[F] {
    x.as_slice().expect("an array without gaps")
}

/// q: so much on the target, and so much on every token.
#[derive(Clone, Copy)]
struct Smoothing<F> {
    target: F,
    each: F,
    v: usize,
}

impl<F: Real> Smoothing<F> {
    fn new(epsilon: f64, v: usize) -> Smoothing<F> {
        Smoothing { target: F::of(1.0 - epsilon), each: F::of(epsilon / v as f64), v }
    }

    /// How many rows one task takes.
    fn rows(&self) -> usize {
        (TASK / self.v).max(1)
    }
}

/// The loss and ln Σ eˣ of each row.
fn losses<F: Real>(x: &[F], targets: &[Option<usize>], q: Smoothing<F>) -> (Vec<f64>, Vec<F>) {
    let (mut losses, mut log_sums) = (vec![0.0; targets.len()], vec![F::zero(); targets.len()]);
    let rows = q.rows();
    let out = losses.par_chunks_mut(rows).zip(log_sums.par_chunks_mut(rows));
    let tasks = x.par_chunks(rows * q.v).zip(targets.par_chunks(rows)).zip(out);
    tasks.for_each(|((x, targets), (losses, log_sums))| losses_of_rows(x, targets, q, losses, log_sums));
    (losses, log_sums)
}

/// dx of all rows: from ln Σ eˣ it takes neither maximum nor sum again.
fn gradients<F: Real>(x: &[F], targets: &[Option<usize>], log_sums: &[F], q: Smoothing<F>, scale: F, dx: &mut [F]) {
    let rows = q.rows();
    let known = targets.par_chunks(rows).zip(log_sums.par_chunks(rows));
    let tasks = x.par_chunks(rows * q.v).zip(dx.par_chunks_mut(rows * q.v)).zip(known);
    tasks.for_each(|((x, dx), (targets, log_sums))| gradients_of_rows(x, targets, log_sums, q, scale, dx));
}

vectorised! {
    fn losses_of_rows<F: Real>(
        x: &[F],
        targets: &[Option<usize>],
        q: Smoothing<F>,
        losses: &mut [f64],
        log_sums: &mut [F],
    ) {
        let rows = x.chunks_exact(q.v).zip(targets).zip(losses.iter_mut().zip(log_sums));
        for ((x, target), (loss, log_sum)) in rows {
            let Some(y) = *target else { continue };
            let largest = max_of(x);
            let ln_sum = sum_of(x, |x| (x - largest).exp_()).ln();
            *log_sum = largest + ln_sum;
            // The row less its largest number: what is left loses no digits in the difference.
            *loss = (ln_sum - q.target * (x[y] - largest)).to_f64();
            if q.each > F::zero() {
                *loss -= (q.each * sum_of(x, |x| x - largest)).to_f64();
            }
        }
    }

    fn gradients_of_rows<F: Real>(
        x: &[F],
        targets: &[Option<usize>],
        log_sums: &[F],
        q: Smoothing<F>,
        scale: F,
        dx: &mut [F],
    ) {
        let rows = x.chunks_exact(q.v).zip(dx.chunks_exact_mut(q.v)).zip(targets.iter().zip(log_sums));
        for ((x, dx), (target, &log_sum)) in rows {
            let Some(y) = *target else {
                dx.fill(F::zero());
                continue;
            };
            for (dx, &x) in dx.iter_mut().zip(x) {
                *dx = ((x - log_sum).exp_() - q.each) * scale;
            }
            dx[y] -= q.target * scale;
        }
    }
}
