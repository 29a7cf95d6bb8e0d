//! What kind of text it is, by an encoder that may have learned from gaps before.

use super::MaskedLm;
use crate::{
    Error, Result,
    autograd::{Parameters, Var, for_f32_and_f64, no_grad},
    math::Real,
    models::{
        epochs::Epochs,
        training::{LmTraining, adam_w},
    },
    nn::{Linear, Mask, Module, named},
    text::{Padded, Vocab, check_text},
    train::{CrossEntropy, History},
};
use ndarray::{Array2, Axis};

/// An encoder with a head that says to which of some classes a text belongs.                             [encoder.12]
///
///   p(class | text) = softmax(tanh(h₁·Wₚ + bₚ)·W + b)   with h₁ the row of `<s>`
///
/// Shapes: Wₚ (D, D) · W (D, classes). Source: Devlin and others 2019, section 4 and appendix A.
pub struct Classifier<F: Real = f32> {
    pub encoder: MaskedLm<F>,
    pool: Linear<F>,
    output: Linear<F>,
}

impl<F: Real> Classifier<F> {
    /// A head that has learned nothing yet, on an encoder that may have.
    ///
    /// # Errors
    /// If there are fewer than two classes.
    pub fn on(encoder: MaskedLm<F>, classes: usize) -> Result<Classifier<F>> {
        if classes < 2 {
            let (found, expected) = (classes.to_string(), "at least 2".into());
            return Err(Error::Config { name: "the number of classes", found, expected });
        }
        let (width, seed) = (encoder.config.width, encoder.config.seed);
        Ok(Classifier {
            pool: Linear::glorot(width, width, seed.wrapping_add(70)),
            output: Linear::glorot(width, classes, seed.wrapping_add(80)),
            encoder,
        })
    }
}

for_f32_and_f64! {
    impl Classifier<F> {
        /// The scores of the classes.
        ///
        /// Shapes: → (B, classes).
        ///
        /// # Panics
        /// As for [`MaskedLm::encode`].
        pub fn logits(&self, texts: &Padded, training: bool) -> Var<F> {
            let first = self.encoder.encode(&texts.ids, &Mask::padding(texts.mask.clone()), training).at(1, 0);
            self.output.forward(&self.pool.forward(&first).tanh())
        }
    }
}

impl Classifier {
    /// Trains encoder and head on texts `<s> w₁ … wₘ </s>` and their classes.
    ///
    /// # Errors
    /// If there are not as many classes as texts, a class or an id is none, a text is longer than the places that are
    /// learned, a setting is out of its range, or the loss becomes infinite or NaN.
    pub fn fit(&self, texts: &[Vec<u32>], classes: &[usize], training: &LmTraining) -> Result<History> {
        let (count, size) = (self.output.b.shape()[0], self.encoder.vocab.len());
        let wrong = |name, found: String, expected: String| Err(Error::Config { name, found, expected });
        if texts.len() != classes.len() {
            return wrong("the number of classes", classes.len().to_string(), format!("{}, one a text", texts.len()));
        }
        if let Some(class) = classes.iter().find(|&&class| class >= count) {
            return wrong("a class", class.to_string(), format!("a number below {count}"));
        }
        for (sequence, text) in texts.iter().enumerate() {
            check_text(sequence, text, size)?;
            self.encoder.config.check_steps(text.len())?;
        }
        let seed = self.encoder.config.seed;
        let mut epochs = Epochs::new(seed, |seed| Padded::batches(texts, training.batch, Vocab::EOS, seed))?;
        let mut loss = |step: usize| {
            let batch = epochs.at(step);
            let right: Vec<u32> = batch.rows.iter().map(|&row| classes[row] as u32).collect();
            let seed = seed.wrapping_add(step as u64);
            let read = batch.read(training.augment.as_deref(), Vocab::EOS, seed);
            let options = CrossEntropy { label_smoothing: training.label_smoothing, ..Default::default() };
            (self.logits(&read, true).cross_entropy_with(right.as_slice(), options), right.len())
        };
        let trainer = training.trainer(seed, false);
        trainer.run(&self.parameters(), &mut adam_w(training.weight_decay), &mut loss, None)
    }

    /// The likeliest class of each text.
    ///
    /// # Panics
    /// As for [`MaskedLm::encode`].
    pub fn classes(&self, texts: &Padded) -> Vec<usize> {
        let logits = no_grad(|| self.logits(texts, false)).value();
        let logits: Array2<f32> = logits.to_owned().into_dimensionality().expect("2 axes");
        let best =
            |row: ndarray::ArrayView1<f32>| (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0);
        logits.axis_iter(Axis(0)).map(best).collect()
    }
}

impl<F: Real> Module<F> for Classifier<F> {
    /// Those of the encoder's last steps towards tokens are not among them: nothing here uses them.
    fn parameters(&self) -> Parameters<F> {
        let mut all: Parameters<F> = named("input", self.encoder.input.parameters()).collect();
        all.extend(named("layers", self.encoder.layers.parameters()));
        all.extend(named("pool", self.pool.parameters()));
        all.extend(named("output", self.output.parameters()));
        all
    }
}
