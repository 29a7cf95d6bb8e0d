//! Scaled dot-product attention in several heads.

use super::{
    attend::{softmax_back, weigh},
    examples,
    mask::{Mask, Sight},
};
use crate::{
    autograd::{Var, for_f32_and_f64, row_by_row},
    math::{Real, product::Packed},
    nn::dropout::Thinning,
};
use ndarray::{Array2, Array3, Array4, ArrayView2, ArrayView3, ArrayViewMut2, ArrayViewMut3, Axis, Ix3, Slice, s};
use rayon::prelude::*;
use std::ops::Range;

/// How many queries are answered at once. Only so many rows of weights exist at a time in each thread, so that memory
/// grows with the length of a text and not with its square.
const QUERIES: usize = 32;

/// How attention is cut into heads, what it may not see, and what it forgets in training.
#[derive(Clone, Debug)]
pub struct Heads {
    /// Into how many heads the D numbers of queries, keys and values are cut.
    pub count: usize,
    pub mask: Mask,
    /// Which weights are set to zero in training.
    pub thinning: Option<Thinning>,
}

impl Heads {
    pub fn new(count: usize, mask: Mask) -> Heads {
        Heads { count, mask, thinning: None }
    }
}

for_f32_and_f64! {
    impl Var<F> {
        /// What these queries find in a memory, each head for its d = D/heads numbers.               [encoder.1]
        ///
        ///   aₜₛ = softmaxₛ(qₜ·kₛ/√d), over the places that the mask leaves      cₜ = Σₛ aₜₛ·vₛ
        ///   back: dvₛ = Σₜ aₜₛ·dcₜ   daₜₛ = dcₜ·vₛ   deₜₛ = aₜₛ·(daₜₛ − Σₛ' aₜₛ'·daₜₛ')/√d
        ///         dqₜ = Σₛ deₜₛ·kₛ   dkₛ = Σₜ deₜₛ·qₜ
        ///
        /// A query from which everything is hidden finds zeros. The weights are computed again on the way back, a few rows
        /// at a time, and never stand in memory all together (Rabe and Staats 2021, Dao and others 2022).
        ///
        /// Shapes: q (B, T, D) · k, v (B, S, D) → (B, T, D). The numbers of a head lie side by side.
        /// Source: Vaswani and others 2017, Attention Is All You Need, eq. 1.
        ///
        /// # Panics
        /// If the shapes do not fit, or D cannot be divided by the number of heads.
        pub fn scaled_attention(&self, k: &Var<F>, v: &Var<F>, heads: &Heads) -> Var<F> {
            let inputs = [self, k, v].map(examples);
            let heads = heads.clone();
            let c = Attention::new([0, 1, 2].map(|i| inputs[i].view()), &heads).forward();
            Var::node(c, [self, k, v], move |dc, [q, k, v]| {
                let mut gradients = inputs.each_ref().map(|input| Array3::zeros(input.dim()));
                let dc = row_by_row(dc.into_shared()).into_dimensionality::<Ix3>().expect("3 axes");
                let inputs = [0, 1, 2].map(|i| inputs[i].view());
                Attention::new(inputs, &heads).backward(dc.view(), gradients.each_mut().map(|d| d.view_mut()));
                let [dq, dk, dv] = gradients;
                q.add_grad(|| dq);
                k.add_grad(|| dk);
                v.add_grad(|| dv);
            })
        }

        /// As [`scaled_attention`](Var::scaled_attention) of a text to itself, its queries, keys and values side by side.
        ///
        /// Shapes: (B, T, 3D) → (B, T, D).
        pub fn scaled_self_attention(&self, heads: &Heads) -> Var<F> {
            let qkv = examples(self);
            let heads = heads.clone();
            let c = Attention::new(thirds(qkv.view()), &heads).forward();
            Var::node(c, [self], move |dc, [x]| {
                x.add_grad(|| {
                    let mut dqkv = Array3::zeros(qkv.dim());
                    let dc = row_by_row(dc.into_shared()).into_dimensionality::<Ix3>().expect("3 axes");
                    Attention::new(thirds(qkv.view()), &heads).backward(dc.view(), thirds_mut(dqkv.view_mut()));
                    dqkv
                });
            })
        }

        /// The weights aₜₛ of [`scaled_attention`](Var::scaled_attention), for a picture.
        ///
        /// Shapes: q (B, T, D) · k (B, S, D) → (B, heads, T, S).
        pub fn scaled_weights(&self, k: &Var<F>, heads: &Heads) -> Array4<F> {
            let [q, k] = [self, k].map(examples);
            Attention::new([q.view(), k.view(), k.view()], heads).weights()
        }
    }
}

fn thirds<F: Real>(x: ArrayView3<F>) -> [ArrayView3<F>; 3] {
    let size = x.dim().2;
    assert!(size.is_multiple_of(3), "queries, keys and values side by side in {size} numbers: not a multiple of 3");
    let (q, rest) = x.split_at(Axis(2), size / 3);
    let (k, v) = rest.split_at(Axis(2), size / 3);
    [q, k, v]
}

fn thirds_mut<F: Real>(x: ArrayViewMut3<F>) -> [ArrayViewMut3<F>; 3] {
    let size = x.dim().2;
    let (q, rest) = x.split_at(Axis(2), size / 3);
    let (k, v) = rest.split_at(Axis(2), size / 3);
    [q, k, v]
}

/// The queries, keys and values of a batch.
struct Attention<'a, F: Real> {
    q: ArrayView3<'a, F>,
    k: ArrayView3<'a, F>,
    v: ArrayView3<'a, F>,
    heads: &'a Heads,
}

/// One head of one example.
struct Head<'a, F: Real> {
    /// Shape: (T, d)
    q: ArrayView2<'a, F>,
    /// Shapes: (S, d)
    k: ArrayView2<'a, F>,
    v: ArrayView2<'a, F>,
    scale: F,
    sight: Sight<'a>,
    thinning: Option<Thinning>,
}

impl<'a, F: Real> Attention<'a, F> {
    fn new([q, k, v]: [ArrayView3<'a, F>; 3], heads: &'a Heads) -> Attention<'a, F> {
        let ((batch, steps, size), places) = (q.dim(), k.dim().1);
        let fits = k.dim() == (batch, places, size)
            && v.dim() == k.dim()
            && heads.mask.places.as_ref().is_none_or(|mask| mask.dim() == (batch, places))
            && (!heads.mask.causal || steps <= places);
        let mask = heads.mask.places.as_ref().map(|mask| mask.shape().to_vec());
        assert!(
            fits,
            "attention with queries of shape {:?}, keys of shape {:?}, values of shape {:?} and a mask of shape {mask:?}",
            q.shape(),
            k.shape(),
            v.shape(),
        );
        let count = heads.count;
        assert!(count > 0 && size.is_multiple_of(count), "{size} numbers cannot be cut into {count} heads");
        Attention { q, k, v, heads }
    }

    fn heads(&self) -> impl Iterator<Item = Head<'a, F>> {
        let ((_, steps, size), places, count) = (self.q.dim(), self.k.dim().1, self.heads.count);
        let scale = F::of((size / count) as f64).sqrt().recip();
        let parts = [self.q, self.k, self.v].map(|x| by_head(x, count));
        let [q, k, v] = parts;
        q.into_iter().zip(k).zip(v).enumerate().map(move |(i, ((q, k), v))| Head {
            q,
            k,
            v,
            scale,
            sight: self.heads.mask.sight(i / count, steps, places),
            thinning: self.heads.thinning.map(|thinning| thinning.part(i)),
        })
    }

    fn forward(&self) -> Array3<F> {
        let mut c = Array3::zeros(self.q.dim());
        let heads: Vec<_> = self.heads().zip(by_head_mut(c.view_mut(), self.heads.count)).collect();
        heads.into_par_iter().for_each(|(head, c)| head.forward(c));
        c
    }

    fn backward(&self, dc: ArrayView3<F>, gradients: [ArrayViewMut3<F>; 3]) {
        let count = self.heads.count;
        let [dq, dk, dv] = gradients.map(|d| by_head_mut(d, count));
        let gradients = dq.into_iter().zip(dk).zip(dv);
        let heads: Vec<_> = self.heads().zip(by_head(dc, count)).zip(gradients).collect();
        heads.into_par_iter().for_each(|((head, dc), ((dq, dk), dv))| head.backward(dc, [dq, dk, dv]));
    }

    fn weights(&self) -> Array4<F> {
        let (batch, steps, _) = self.q.dim();
        let (places, count) = (self.k.dim().1, self.heads.count);
        let mut all = Array4::zeros((batch, count, steps, places));
        let mut rows = all.view_mut().into_shape_with_order((batch * count, steps, places)).expect("a new array");
        let heads: Vec<_> = self.heads().zip(rows.outer_iter_mut()).collect();
        heads.into_par_iter().for_each(|(head, mut all)| {
            let keys = Packed::new(head.k.t());
            for rows in blocks(steps) {
                let a = head.weigh(&keys, rows.clone());
                all.slice_mut(s![rows, ..a.ncols()]).assign(&a);
            }
        });
        all
    }
}

/// Example by example, and head by head in each.
fn by_head<F: Real>(x: ArrayView3<F>, count: usize) -> Vec<ArrayView2<F>> {
    let size = x.dim().2 / count;
    let part = |i: usize| Slice::from(i % count * size..(i % count + 1) * size);
    (0..x.dim().0 * count).map(|i| x.index_axis_move(Axis(0), i / count).slice_axis_move(Axis(1), part(i))).collect()
}

fn by_head_mut<F: Real>(x: ArrayViewMut3<F>, count: usize) -> Vec<ArrayViewMut2<F>> {
    let size = x.dim().2 / count;
    let mut all = Vec::with_capacity(x.dim().0 * count);
    for example in x.into_outer_iter_mut() {
        let mut rest = example;
        for _ in 0..count {
            let (head, right) = rest.split_at(Axis(1), size);
            all.push(head);
            rest = right;
        }
    }
    all
}

fn blocks(steps: usize) -> impl Iterator<Item = Range<usize>> {
    (0..steps).step_by(QUERIES).map(move |first| first..(first + QUERIES).min(steps))
}

impl<F: Real> Head<'_, F> {
    fn forward(&self, mut c: ArrayViewMut2<F>) {
        let (keys, values) = (Packed::new(self.k.t()), Packed::new(self.v));
        for rows in blocks(self.q.nrows()) {
            let mut a = self.weigh(&keys, rows.clone());
            self.thin(&mut a, rows.start);
            values.multiply_add_part(a.view(), c.slice_mut(s![rows, ..]));
        }
    }

    fn backward(&self, dc: ArrayView2<F>, [mut dq, mut dk, mut dv]: [ArrayViewMut2<F>; 3]) {
        let (keys, keys_t, values_t) = (Packed::new(self.k), Packed::new(self.k.t()), Packed::new(self.v.t()));
        for rows in blocks(self.q.nrows()) {
            let (q, dc) = (self.q.slice(s![rows.clone(), ..]), dc.slice(s![rows.clone(), ..]));
            let a = self.weigh(&keys_t, rows.clone());
            let seen = ..a.ncols();
            let mut de = Array2::zeros(a.dim());
            values_t.multiply_add_part(dc, de.view_mut());
            self.thin(&mut de, rows.start);
            let dv = dv.slice_mut(s![seen, ..]);
            match self.thinning {
                None => Packed::new(dc).multiply_add(a.t(), dv),
                Some(_) => {
                    let mut thin = a.clone();
                    self.thin(&mut thin, rows.start);
                    Packed::new(dc).multiply_add(thin.t(), dv);
                }
            }
            for (a, de) in a.outer_iter().zip(de.outer_iter_mut()) {
                let de = de.into_slice().expect("a row without gaps");
                softmax_back(a.to_slice().expect("a row without gaps"), de, self.scale);
            }
            keys.multiply_add_part(de.view(), dq.slice_mut(s![rows, ..]));
            Packed::new(q).multiply_add(de.t(), dk.slice_mut(s![seen, ..]));
        }
    }

    /// The weights of some queries, for the places that the last of them can see.
    fn weigh(&self, keys_t: &Packed<F>, rows: Range<usize>) -> Array2<F> {
        let places = self.k.nrows();
        let mut a = Array2::zeros((rows.len(), self.sight.reach(rows.end - 1, places)));
        keys_t.multiply_add_part(self.q.slice(s![rows.clone(), ..]), a.view_mut());
        for (t, row) in rows.zip(a.outer_iter_mut()) {
            let row = row.into_slice().expect("a row without gaps");
            let (row, ahead) = row.split_at_mut(self.sight.reach(t, places));
            ahead.fill(F::zero());
            weigh(row, self.scale, self.sight.counts);
        }
        a
    }

    fn thin(&self, a: &mut Array2<F>, first: usize) {
        let Some(thinning) = self.thinning else { return };
        for (t, row) in a.outer_iter_mut().enumerate() {
            thinning.part(first + t).apply(row.into_slice().expect("a row without gaps"));
        }
    }
}
