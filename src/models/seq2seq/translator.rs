//! A trained model at work: what it would write, given a source.

use super::model::Seq2Seq;
use crate::{
    Result,
    decode::{LanguageModel, Limits},
    math::{
        Real,
        product::{Packed, product},
    },
    models::{log_probs::log_probs_of_rows, pairs::answers},
    nn::{
        Direction, LaidLinear, Linear,
        attention::LaidAttention,
        recurrent::{Rows, Stepper, join, row_of, side_by_side},
    },
    text::{Bitext, Vocab, check_text, sources::Pair},
};
use ndarray::{ArcArray, Array1, Array2, ArrayView2, Axis, Dimension, Ix2, stack};

/// A model whose weights, as they are now, are laid out for one step after the other.
pub struct Translator<'a> {
    model: &'a Seq2Seq,
    encoder: Stepper,
    decoder: Stepper,
    /// What each token adds to the sums of the first layer: E·Wₓ. Shape: (V, G·H)
    tokens: Array2<f32>,
    attention: Option<Looks>,
    output: LaidLinear,
}

/// How a translator looks at a source.
struct Looks {
    attention: LaidAttention,
    /// The rows of Wₓ by which a context is multiplied, if the decoder reads it.
    w_context: Option<Packed<f32>>,
    /// The rows of W_c for the context, and those for s with b_c.
    w_answer: Packed<f32>,
    w_state: LaidLinear,
}

/// The texts that a model may write, given one source: a language model.
pub struct Translation<'a> {
    translator: &'a Translator<'a>,
    places: Option<Places>,
    start: Rows,
}

/// What the places of a source are worth to a step.
///
/// A context is a weighted sum, c = a·h̄, so c·W = a·(h̄·W): the places are multiplied once, not a context at each step.
struct Places {
    /// Shape: (S, A)
    keys: Array2<f32>,
    /// h̄ times the context's rows of Wₓ, if the decoder reads a context. Shape: (S, G·H)
    to_sums: Option<Packed<f32>>,
    /// h̄ times the context's rows of W_c. Shape: (S, H)
    to_answer: Packed<f32>,
}

/// What a decoder has written so far.
#[derive(Clone)]
pub struct TranslationState {
    states: Rows,
    /// What the output multiplies by: s, or s̃.
    y: Array1<f32>,
    /// How much the last step looked at each place of the source; empty without attention.
    pub weights: Array1<f32>,
}

impl Seq2Seq {
    /// Lays out the weights for writing.
    pub fn translator(&self) -> Translator<'_> {
        let (w_x, e) = (matrix(self.decoder.layers()[0].weights.w_x.value()), matrix(self.target_embedding.e.value()));
        let (of_tokens, of_context) = w_x.view().split_at(Axis(0), self.config.embed);
        let looks = |combine: &Linear| {
            let w_c = matrix(combine.w.value());
            let (w_answer, w_state) = w_c.view().split_at(Axis(0), self.config.hidden);
            Looks {
                attention: self.additive.as_ref().map_or(LaidAttention::Dot, LaidAttention::from),
                w_context: (of_context.nrows() > 0).then(|| Packed::new(of_context).on_all_threads()),
                w_answer: Packed::new(w_answer).on_all_threads(),
                w_state: LaidLinear::new(w_state, &combine.b),
            }
        };
        Translator {
            model: self,
            encoder: Stepper::new(&self.encoder),
            decoder: Stepper::new(&self.decoder),
            tokens: product(e.view(), of_tokens),
            attention: self.combine.as_ref().map(looks),
            output: LaidLinear::from(&self.output),
        }
    }

    /// What greedy search makes of the source of each pair.
    ///
    /// # Errors
    /// If a source cannot be read, or the limits contradict themselves.
    pub fn answers(&self, bitext: &Bitext, pairs: &[Pair], limits: &Limits) -> Result<Vec<String>> {
        let translator = self.translator();
        answers(|source| translator.given(source), bitext, pairs, limits)
    }
}

impl Translator<'_> {
    /// Reads a source: tokens, without `</s>`, which is added.
    ///
    /// # Errors
    /// If there is no token, or one is not of the vocabulary.
    pub fn given(&self, source: &[u32]) -> Result<Translation<'_>> {
        check_text(0, source, self.model.source.len())?;
        let e = matrix(self.model.source_embedding.e.value());
        let places: Vec<usize> = source.iter().chain([&Vocab::EOS]).map(|&id| id as usize).collect();
        let (values, states) = self.encoder.read(e.select(Axis(0), &places));
        let start = match self.model.config.direction {
            Direction::Forward => states,
            Direction::Both => states.chunks(2).map(of_both).collect(),
        };
        let places = self.attention.as_ref().map(|looks| looks.places(values.view()));
        Ok(Translation { translator: self, start, places })
    }
}

impl Looks {
    fn places(&self, values: ArrayView2<f32>) -> Places {
        let times = |w: &Packed<f32>| Packed::new(w.product(values).view());
        Places {
            keys: self.attention.keys(values),
            to_sums: self.w_context.as_ref().map(times),
            to_answer: times(&self.w_answer),
        }
    }
}

impl Translation<'_> {
    /// How much each step looks at each place of the source while this text is written, `</s>` last on both sides.
    ///
    /// Shapes: (tokens + 1, S + 1); no columns without attention.
    pub fn alignment(&self, tokens: &[u32]) -> Array2<f64> {
        let mut state = self.start();
        let mut rows = vec![state.weights.mapv(f64::from)];
        for &token in tokens {
            state = self.advance(&state, token);
            rows.push(state.weights.mapv(f64::from));
        }
        stack(Axis(0), &rows.iter().map(|row| row.view()).collect::<Vec<_>>()).expect("a weight for each place")
    }

    /// One step of several rows.
    fn step(&self, states: &Rows, tokens: &[u32]) -> Vec<TranslationState> {
        let t = self.translator;
        let looks = t.attention.as_ref().zip(self.places.as_ref());
        let weights =
            |(looks, places): (&Looks, &Places), s: &Array2<f32>| looks.attention.weights(s.view(), places.keys.view());
        let last = states.len() - 1;
        let before = looks.filter(|(_, places)| places.to_sums.is_some()).map(|both| weights(both, &states[last][0]));
        let next = t.decoder.step_with(tokens.len(), states, |mut sums| {
            for (mut sums, &token) in sums.outer_iter_mut().zip(tokens) {
                sums += &t.tokens.row(token as usize);
            }
            if let (Some(weights), Some((_, Places { to_sums: Some(to_sums), .. }))) = (&before, looks) {
                to_sums.multiply_add(weights.view(), sums);
            }
        });
        let s = &next[last][0];
        let weights = before.or_else(|| looks.map(|both| weights(both, s)));
        let y = match (looks, &weights) {
            (Some((looks, places)), Some(weights)) => {
                let mut sums = looks.w_state.forward(s.view());
                places.to_answer.multiply_add(weights.view(), sums.view_mut());
                sums.mapv_into(Real::tanh_)
            }
            _ => s.clone(),
        };
        let state = |row: usize| TranslationState {
            states: row_of(&next, row),
            y: y.row(row).to_owned(),
            weights: weights.as_ref().map_or_else(|| Array1::default(0), |weights| weights.row(row).to_owned()),
        };
        (0..tokens.len()).map(state).collect()
    }
}

impl LanguageModel for Translation<'_> {
    type State = TranslationState;

    fn vocab(&self) -> &Vocab {
        &self.translator.model.target
    }

    fn start(&self) -> TranslationState {
        self.step(&self.start, &[Vocab::BOS]).remove(0)
    }

    fn advance(&self, state: &TranslationState, token: u32) -> TranslationState {
        self.step(&state.states, &[token]).remove(0)
    }

    fn advance_all(&self, states: &[&TranslationState], tokens: &[u32]) -> Vec<TranslationState> {
        let states: Vec<&Rows> = states.iter().map(|state| &state.states).collect();
        self.step(&join(&states), tokens)
    }

    fn log_probs(&self, state: &TranslationState) -> Array1<f64> {
        self.log_probs_all(&[state]).row(0).to_owned()
    }

    fn log_probs_all(&self, states: &[&TranslationState]) -> Array2<f64> {
        let y: Vec<_> = states.iter().map(|state| state.y.view()).collect();
        log_probs_of_rows(
            self.translator.output.forward(stack(Axis(0), &y).expect("states of one model").view()).view(),
        )
    }
}

/// A layer's last states of both directions, as one.
fn of_both(ways: &[Vec<Array2<f32>>]) -> Vec<Array2<f32>> {
    ways[0].iter().zip(&ways[1]).map(|(f, b)| side_by_side(&[f.clone(), b.clone()])).collect()
}

fn matrix<D: Dimension>(values: ArcArray<f32, D>) -> ArcArray<f32, Ix2> {
    values.into_dimensionality().expect("2 axes")
}
