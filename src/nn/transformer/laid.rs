//! Token by token, without gradients: what generates text.

use super::{Cache, NormOrder, Place, Transformer, TransformerLayer};
use crate::{
    autograd::{Var, gelu, gelu_tanh, row_by_row},
    math::{Real, dot, vectorised},
    nn::{Activation, LaidLinear, LayerNorm, layer_norm, positions::Rotary},
};
use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewMut1, s};

/// A stack whose weights, as they are now, are laid out for one step after the other.
pub struct LaidTransformer<F: Real = f32> {
    layers: Vec<Laid<F>>,
    norm: Option<LaidNorm<F>>,
    width: usize,
    heads: usize,
}

struct Laid<F: Real> {
    qkv: LaidLinear<F>,
    output: LaidLinear<F>,
    inner: LaidLinear<F>,
    outer: LaidLinear<F>,
    attention_norm: LaidNorm<F>,
    feed_forward_norm: LaidNorm<F>,
    cross: Option<Cross<F>>,
    activation: Activation,
    order: NormOrder,
    rotary: bool,
}

/// What looks at a memory.
struct Cross<F: Real> {
    norm: LaidNorm<F>,
    q: LaidLinear<F>,
    kv: LaidLinear<F>,
    output: LaidLinear<F>,
}

/// The keys and values of a memory, for every layer that looks at it.
///
/// Shape: (S, 2D) for each layer, a row's keys before its values.
pub struct LaidMemory<F: Real = f32> {
    kv: Vec<Array2<F>>,
}

struct LaidNorm<F: Real> {
    gamma: Vec<F>,
    beta: Vec<F>,
    epsilon: F,
}

fn list<F: Real>(var: &Var<F>) -> Vec<F> {
    row_by_row(var.value()).as_slice().expect("row by row").to_vec()
}

impl<F: Real> From<&LayerNorm<F>> for LaidNorm<F> {
    fn from(norm: &LayerNorm<F>) -> LaidNorm<F> {
        LaidNorm { gamma: list(&norm.gamma), beta: list(&norm.beta), epsilon: F::of(norm.epsilon) }
    }
}

impl<F: Real> LaidNorm<F> {
    fn of_rows(&self, x: &Array2<F>) -> Array2<F> {
        let mut y = Array2::zeros(x.dim());
        for (x, mut y) in x.outer_iter().zip(y.outer_iter_mut()) {
            let y = y.as_slice_mut().expect("row by row");
            layer_norm::forward_row(x.to_slice().expect("row by row"), &self.gamma, &self.beta, self.epsilon, y);
        }
        y
    }
}

impl<F: Real> From<&Transformer<F>> for LaidTransformer<F> {
    fn from(transformer: &Transformer<F>) -> LaidTransformer<F> {
        let first = &transformer.layers[0].attention;
        LaidTransformer {
            layers: transformer.layers.iter().map(Laid::from).collect(),
            norm: transformer.norm.as_ref().map(LaidNorm::from),
            width: first.output.w.shape()[0],
            heads: first.heads,
        }
    }
}

impl<F: Real> From<&TransformerLayer<F>> for Laid<F> {
    fn from(layer: &TransformerLayer<F>) -> Laid<F> {
        Laid {
            qkv: LaidLinear::from(&layer.attention.qkv),
            output: LaidLinear::from(&layer.attention.output),
            inner: LaidLinear::from(&layer.feed_forward.inner),
            outer: LaidLinear::from(&layer.feed_forward.outer),
            attention_norm: LaidNorm::from(&layer.attention_norm),
            feed_forward_norm: LaidNorm::from(&layer.feed_forward_norm),
            cross: layer.cross.as_ref().map(|(cross, norm)| {
                let size = cross.output.w.shape()[0];
                Cross {
                    norm: LaidNorm::from(norm),
                    q: LaidLinear::columns(&cross.qkv, 0..size),
                    kv: LaidLinear::columns(&cross.qkv, size..3 * size),
                    output: LaidLinear::from(&cross.output),
                }
            }),
            activation: layer.feed_forward.activation,
            order: layer.order,
            rotary: layer.attention.rotary,
        }
    }
}

impl<F: Real> LaidTransformer<F> {
    /// What the layers of a decoder need of a memory.
    ///
    /// Shapes: memory (S, D).
    ///
    /// # Panics
    /// If the layers look at no memory, or one of another width.
    pub fn remember(&self, memory: ArrayView2<F>) -> LaidMemory<F> {
        let cross = |layer: &Laid<F>| layer.cross.as_ref().expect("layers that look at a memory").kv.forward(memory);
        LaidMemory { kv: self.layers.iter().map(cross).collect() }
    }

    /// One more token of each of several texts: their last rows, and the places to be added to their caches.
    ///
    /// All texts look at the same memory, if the layers look at one.
    ///
    /// Shapes: x (texts, D) → (texts, D).
    ///
    /// # Panics
    /// If there is not a cache for each row, one is of another model, or a memory is missing.
    pub fn step(
        &self,
        mut x: Array2<F>,
        caches: &[&Cache<F>],
        memory: Option<&LaidMemory<F>>,
    ) -> (Array2<F>, Vec<Place<F>>) {
        let (texts, width) = x.dim();
        assert!(
            width == self.width && texts == caches.len(),
            "{texts} rows of {width} numbers, {} caches",
            caches.len()
        );
        let shape = (self.layers.len(), 2 * width);
        let of_this_model = caches.iter().all(|cache| cache.first().is_none_or(|place| place.kv.dim() == shape));
        assert!(of_this_model, "a cache of another model: expected {} layers of {width} numbers", self.layers.len());
        let mut places: Vec<_> = (0..texts).map(|_| Place { kv: Array2::zeros(shape) }).collect();
        for (i, layer) in self.layers.iter().enumerate() {
            let attend = |x: &Array2<F>| {
                let mut qkv = layer.qkv.forward(x.view());
                let mut c = Array2::zeros(x.dim());
                let rows = qkv.outer_iter_mut().zip(c.outer_iter_mut()).zip(caches.iter().zip(&mut places));
                for ((qkv, c), (cache, place)) in rows {
                    self.look(layer, i, qkv, cache, place, c);
                }
                layer.output.forward(c.view())
            };
            x = layer.part(x, &layer.attention_norm, attend);
            if let Some(cross) = &layer.cross {
                let kv = &memory.expect("a memory for layers that look at one").kv[i];
                x = layer.part(x, &cross.norm, |x| {
                    let q = cross.q.forward(x.view());
                    let mut c = Array2::zeros(x.dim());
                    for (q, c) in q.outer_iter().zip(c.outer_iter_mut()) {
                        self.find(numbers(q), || kv.outer_iter().map(numbers), kv.nrows(), c);
                    }
                    cross.output.forward(c.view())
                });
            }
            x = layer.part(x, &layer.feed_forward_norm, |x| {
                let mut inner = layer.inner.forward(x.view());
                activate(layer.activation, inner.as_slice_mut().expect("row by row"));
                layer.outer.forward(inner.view())
            });
        }
        let y = self.norm.as_ref().map_or_else(|| x.clone(), |norm| norm.of_rows(&x));
        (y, places)
    }

    /// What a row's queries find at all places of its text, its own the last.
    fn look(
        &self,
        layer: &Laid<F>,
        i: usize,
        mut qkv: ArrayViewMut1<F>,
        cache: &Cache<F>,
        place: &mut Place<F>,
        c: ArrayViewMut1<F>,
    ) {
        let width = self.width;
        if layer.rotary {
            let rotary = Rotary { heads: self.heads };
            let both = qkv.slice_mut(s![..2 * width]).into_shape_with_order((2, width)).expect("a row without gaps");
            rotary.turn(both, cache.len(), 1.0);
        }
        place.kv.row_mut(i).assign(&qkv.slice(s![width..]));
        let places = || cache.iter().map(|place| &**place).chain([&*place]).map(|place| numbers(place.kv.row(i)));
        self.find(numbers(qkv.slice(s![..width])), places, cache.len() + 1, c);
    }

    /// What the queries of all heads find at some places.
    fn find<'a, I: Iterator<Item = &'a [F]>>(
        &self,
        q: &[F],
        places: impl Fn() -> I,
        count: usize,
        mut c: ArrayViewMut1<F>,
    ) {
        let (width, size) = (self.width, self.width / self.heads);
        let c = c.as_slice_mut().expect("a row without gaps");
        let mut a = vec![F::zero(); count];
        for head in 0..self.heads {
            let part = head * size..(head + 1) * size;
            for (a, kv) in a.iter_mut().zip(places()) {
                *a = score(&q[part.clone()], &kv[part.clone()]);
            }
            crate::nn::attention::softmax(&mut a, F::of(size as f64).sqrt().recip());
            for (&a, kv) in a.iter().zip(places()) {
                add_scaled(a, &kv[width..][part.clone()], &mut c[part.clone()]);
            }
        }
    }
}

fn numbers<F>(row: ArrayView1<'_, F>) -> &[F] {
    row.to_slice().expect("a row without gaps")
}

impl<F: Real> Laid<F> {
    fn part(&self, x: Array2<F>, norm: &LaidNorm<F>, f: impl FnOnce(&Array2<F>) -> Array2<F>) -> Array2<F> {
        match self.order {
            NormOrder::Pre => f(&norm.of_rows(&x)) + x,
            NormOrder::Post => norm.of_rows(&(f(&x) + x)),
        }
    }
}

fn activate<F: Real>(activation: Activation, x: &mut [F]) {
    match activation {
        Activation::Relu => x.iter_mut().for_each(|x| *x = x.max(F::zero())),
        Activation::Gelu => gelu_all(x),
        Activation::GeluTanh => gelu_tanh_all(x),
    }
}

vectorised! {
    fn score<F: Real>(q: &[F], k: &[F]) -> F {
        dot(q, k)
    }

    /// c ← c + a·v
    fn add_scaled<F: Real>(a: F, v: &[F], c: &mut [F]) {
        for (c, &v) in c.iter_mut().zip(v) {
            *c += a * v;
        }
    }

    fn gelu_all<F: Real>(x: &mut [F]) {
        x.iter_mut().for_each(|x| *x = gelu(*x));
    }

    fn gelu_tanh_all<F: Real>(x: &mut [F]) {
        x.iter_mut().for_each(|x| *x = gelu_tanh(*x));
    }
}
