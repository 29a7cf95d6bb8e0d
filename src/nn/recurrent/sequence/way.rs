//! What comes into a recurrent layer, and in which order.

use crate::{autograd::Var, math::Real};
use ndarray::Array2;
use std::{ops::Range, sync::Arc};

/// What a layer adds to its sums at each step: x·Wₓ.
#[derive(Clone)]
pub enum Input<F: Real = f32> {
    /// For each step. Shape: (T, B, G·H)
    Steps(Var<F>),
    /// Row `ids[t, b]` of a table. Where every input is one of V rows and V is less than the number of steps, the
    /// product of all rows with Wₓ costs less than that of all inputs. Shapes: table (V, G·H) · ids (T, B)
    Rows(Var<F>, Arc<Array2<u32>>),
}

impl<F: Real> Input<F> {
    pub(super) fn var(&self) -> &Var<F> {
        match self {
            Input::Steps(var) | Input::Rows(var, _) => var,
        }
    }

    /// (T, B)
    pub(super) fn dim(&self) -> (usize, usize) {
        match self {
            Input::Steps(var) => (var.shape()[0], var.shape()[1]),
            Input::Rows(_, ids) => ids.dim(),
        }
    }
}

/// The way of a layer through time.
#[derive(Clone, Default)]
pub struct Way {
    /// From the last step to the first.
    pub reversed: bool,
    /// Where false, the state stays as it is and the output is zero. Shape: (B, T)
    pub mask: Option<Arc<Array2<bool>>>,
}

impl Way {
    /// Where the states before and after step t stand among T + 1 states.
    pub(super) fn around(&self, t: usize) -> (usize, usize) {
        if self.reversed { (t + 1, t) } else { (t, t + 1) }
    }

    /// Some steps, in the order in which they are taken.
    pub(super) fn steps(&self, times: Range<usize>) -> impl DoubleEndedIterator<Item = usize> {
        let Range { start, end } = times;
        let reversed = self.reversed;
        (start..end).map(move |i| if reversed { start + end - 1 - i } else { i })
    }

    /// All steps, some at a time, in the order in which they are taken.
    pub(super) fn parts(&self, steps: usize, at_once: usize) -> impl DoubleEndedIterator<Item = Range<usize>> {
        let reversed = self.reversed;
        (0..steps.div_ceil(at_once.max(1))).map(move |part| {
            let (start, end) = (part * at_once, ((part + 1) * at_once).min(steps));
            if reversed { steps - end..steps - start } else { start..end }
        })
    }

    pub(super) fn counts(&self, row: usize, t: usize) -> bool {
        self.mask.as_ref().is_none_or(|mask| mask[[row, t]])
    }
}
