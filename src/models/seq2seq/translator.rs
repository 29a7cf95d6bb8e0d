//! A trained model at work: what it would write, given a source.

use super::{
    config::Attention,
    model::{Memory, Seq2Seq},
};
use crate::{
    Error, Result,
    autograd::{Var, no_grad},
    decode::LanguageModel,
    math::{
        Real,
        product::{Packed, product},
    },
    models::stream::log_probs_of_rows,
    nn::{
        LaidLinear,
        attention::Attended,
        recurrent::{Rows, Stepper, join, row_of, rows},
    },
    text::{Padded, Vocab},
};
use ndarray::{ArcArray, Array1, Array2, Axis, Dimension, Ix2, concatenate, stack};

/// A model whose weights, as they are now, are laid out for one step after the other.
pub struct Translator<'a> {
    model: &'a Seq2Seq,
    stepper: Stepper,
    /// What each token adds to the sums of the first layer: E·Wₓ. Shape: (V, G·H)
    tokens: Array2<f32>,
    /// What a context adds to them, with additive attention.
    w_context: Option<Packed<f32>>,
    combine: Option<LaidLinear>,
    output: LaidLinear,
}

/// The texts that a model may write, given one source: a language model.
pub struct Translation<'a> {
    translator: &'a Translator<'a>,
    memory: Memory,
    start: Rows,
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

/// What several queries got: a row each.
struct Answer {
    context: ArcArray<f32, Ix2>,
    weights: ArcArray<f32, Ix2>,
}

impl Seq2Seq {
    /// Lays out the weights for writing.
    pub fn translator(&self) -> Translator<'_> {
        let (w_x, e) = (matrix(self.decoder.layers()[0].weights.w_x.value()), matrix(self.target_embedding.e.value()));
        let (of_tokens, of_context) = w_x.view().split_at(Axis(0), self.config.embed);
        Translator {
            model: self,
            stepper: Stepper::new(&self.decoder),
            tokens: product(e.view(), of_tokens),
            w_context: (self.config.attention == Attention::Additive).then(|| Packed::new(of_context)),
            combine: self.combine.as_ref().map(LaidLinear::from),
            output: LaidLinear::from(&self.output),
        }
    }
}

impl Translator<'_> {
    /// Reads a source: tokens, without `</s>`, which is added.
    ///
    /// # Errors
    /// If there is no token, or one is not of the vocabulary.
    pub fn given(&self, source: &[u32]) -> Result<Translation<'_>> {
        let size = self.model.source.len();
        if source.is_empty() {
            return Err(Error::EmptySequence { sequence: 0 });
        }
        if let Some(place) = source.iter().position(|&id| id as usize >= size) {
            return Err(Error::Symbol { sequence: 0, place, found: source[place], size });
        }
        let source = Padded::new(&[[source, &[Vocab::EOS]].concat()], Vocab::EOS);
        let memory = no_grad(|| self.model.encode(&source, false));
        Ok(Translation { translator: self, start: rows(&memory.states), memory })
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
        let before = t.w_context.as_ref().map(|w| (w, self.ask(&states[states.len() - 1][0])));
        let next = t.stepper.step_with(tokens.len(), states, |mut sums| {
            for (mut sums, &token) in sums.outer_iter_mut().zip(tokens) {
                sums += &t.tokens.row(token as usize);
            }
            if let Some((w, answer)) = &before {
                w.multiply_add(answer.context.view(), sums);
            }
        });
        let s = &next[next.len() - 1][0];
        let answer = match t.model.config.attention {
            Attention::None => None,
            Attention::Additive => before.map(|(_, answer)| answer),
            Attention::Dot => Some(self.ask(s)),
        };
        let y = match (&t.combine, &answer) {
            (Some(combine), Some(answer)) => {
                let both = concatenate(Axis(1), &[answer.context.view(), s.view()]).expect("as many rows");
                combine.forward(both.view()).mapv_into(Real::tanh_)
            }
            _ => s.clone(),
        };
        let state = |row: usize| TranslationState {
            states: row_of(&next, row),
            y: y.row(row).to_owned(),
            weights: answer.as_ref().map_or_else(|| Array1::default(0), |answer| answer.weights.row(row).to_owned()),
        };
        (0..tokens.len()).map(state).collect()
    }

    /// The rows are several queries of one memory. Shape: (rows, H)
    fn ask(&self, query: &Array2<f32>) -> Answer {
        let query = Var::new(query.view().insert_axis(Axis(0)).to_owned());
        let Attended { context, weights } = no_grad(|| self.translator.model.ask(&query, &self.memory));
        let of_this_source = |var: Var| matrix(var.value().index_axis_move(Axis(0), 0));
        Answer { context: of_this_source(context), weights: of_this_source(weights) }
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
        log_probs_of_rows(&self.translator.output.forward(stack(Axis(0), &y).expect("states of one model").view()))
    }
}

fn matrix<D: Dimension>(values: ArcArray<f32, D>) -> ArcArray<f32, Ix2> {
    values.into_dimensionality().expect("2 axes")
}
