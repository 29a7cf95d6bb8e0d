//! Several layers, one on the other.

use super::{NormOrder, TransformerLayer};
use crate::{
    Error, Result,
    autograd::{Parameters, Var, for_f32_and_f64},
    math::Real,
    nn::{Activation, LayerNorm, Module, attention::Mask, named},
};
use ndarray::Array4;

/// The sizes and choices of a stack of layers.
#[derive(Clone, Debug, PartialEq)]
pub struct TransformerConfig {
    /// D: the numbers of each step.
    pub width: usize,
    /// Into how many heads they are cut.
    pub heads: usize,
    pub layers: usize,
    /// M: the inner numbers of the feed-forward networks.
    pub inner: usize,
    pub activation: Activation,
    pub order: NormOrder,
    /// Whether queries and keys are turned by their places.
    pub rotary: bool,
    /// Of weights, of inner numbers and of what each part adds, in training.
    pub dropout: f64,
    pub seed: u64,
}

impl Default for TransformerConfig {
    fn default() -> TransformerConfig {
        TransformerConfig {
            width: 128,
            heads: 4,
            layers: 4,
            inner: 512,
            activation: Activation::Gelu,
            order: NormOrder::Pre,
            rotary: false,
            dropout: 0.0,
            seed: 1,
        }
    }
}

impl TransformerConfig {
    /// # Errors
    /// If a size is 0, D cannot be divided by the number of heads, or the dropout is no probability.
    pub fn check(&self) -> Result<()> {
        let TransformerConfig { width, heads, layers, inner, dropout, .. } = *self;
        let sizes = [("the width D", width), ("the number of heads", heads), ("the number of layers", layers)];
        for (name, size) in sizes.into_iter().chain([("the inner size M", inner)]) {
            if size == 0 {
                return Err(Error::Config { name, found: "0".into(), expected: "at least 1".into() });
            }
        }
        if !width.is_multiple_of(heads) {
            let expected = format!("a multiple of the {heads} heads, into which it is cut");
            return Err(Error::Config { name: "the width D", found: width.to_string(), expected });
        }
        if self.rotary && !(width / heads).is_multiple_of(2) {
            let expected = "an even number for each head: rotary positions turn pairs".into();
            return Err(Error::Config { name: "the width D", found: width.to_string(), expected });
        }
        if !(0.0..1.0).contains(&dropout) {
            let expected = "from 0 to below 1".into();
            return Err(Error::Config { name: "the dropout", found: dropout.to_string(), expected });
        }
        Ok(())
    }
}

/// How much each head of each layer looked where.
///
/// Shapes: (B, heads, T, S) for each layer.
#[derive(Clone, Debug)]
pub struct Seen<F: Real = f32> {
    pub attention: Vec<Array4<F>>,
    /// At the memory; empty in an encoder.
    pub cross: Vec<Array4<F>>,
}

impl<F: Real> Default for Seen<F> {
    fn default() -> Seen<F> {
        Seen { attention: Vec::new(), cross: Vec::new() }
    }
}

/// Layers of an encoder, or of a decoder, one on the other; behind the last, if they normalise before, once more.
#[derive(Debug)]
pub struct Transformer<F: Real = f32> {
    pub layers: Vec<TransformerLayer<F>>,
    pub norm: Option<LayerNorm<F>>,
}

impl<F: Real> Transformer<F> {
    /// # Errors
    /// As for [`TransformerConfig::check`].
    pub fn init(config: &TransformerConfig, crossed: bool) -> Result<Transformer<F>> {
        config.check()?;
        let layer = |i: usize| TransformerLayer::init(config, crossed, config.seed.wrapping_add(100 * i as u64));
        let norm = (config.order == NormOrder::Pre).then(|| LayerNorm::init(config.width));
        Ok(Transformer { layers: (0..config.layers).map(layer).collect(), norm })
    }
}

for_f32_and_f64! {
    impl Transformer<F> {
        /// As [`TransformerLayer::forward`], layer by layer.
        ///
        /// # Panics
        /// As there.
        pub fn forward(
            &self,
            x: &Var<F>,
            mask: &Mask,
            memory: Option<(&Var<F>, &Mask)>,
            training: bool,
            mut seen: Option<&mut Seen<F>>,
        ) -> Var<F> {
            let mut x = x.clone();
            for layer in &self.layers {
                x = layer.forward(&x, mask, memory, training, seen.as_deref_mut());
            }
            match &self.norm {
                Some(norm) => norm.forward(&x),
                None => x,
            }
        }
    }
}

impl<F: Real> Module<F> for Transformer<F> {
    fn parameters(&self) -> Parameters<F> {
        let layers = self.layers.iter().enumerate();
        let mut all: Parameters<F> =
            layers.flat_map(|(i, layer)| named(&format!("layers.{i}"), layer.parameters())).collect();
        all.extend(self.norm.iter().flat_map(|norm| named("norm", norm.parameters())));
        all
    }
}
