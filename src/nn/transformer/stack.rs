//! Several layers, one on the other.

use super::{NormOrder, TransformerConfig, TransformerLayer};
use crate::{
    Result,
    autograd::{Parameters, Var, for_f32_and_f64},
    math::Real,
    nn::{LayerNorm, Module, attention::Mask, named},
};
use ndarray::Array4;

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
