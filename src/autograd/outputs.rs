//! Operations with several outputs.

use super::{Values, Var};
use crate::math::Real;
use ndarray::{ArrayD, arr0};
use std::{cell::RefCell, rc::Rc};

/// The gradients of an operation's outputs; none where nothing was made from an output.
pub type Gradients<F> = Vec<Option<ArrayD<F>>>;

/// The outputs of one operation, such as all states of a recurrent layer and its last one.
///
/// `backward` is called once, with the gradients of all outputs, when they are complete.
pub fn outputs<F: Real>(
    values: Vec<Values<F>>,
    inputs: &[&Var<F>],
    backward: impl Fn(Gradients<F>, &[Var<F>]) + 'static,
) -> Vec<Var<F>> {
    // A value without content, older than the outputs, whose turn to go back comes after theirs.
    let gradients = Rc::new(RefCell::new(vec![None; values.len()]));
    let origin = Var::node_of(arr0(F::zero()).into_dyn().into_shared(), inputs, {
        let gradients = Rc::clone(&gradients);
        move |_, inputs| backward(gradients.borrow_mut().iter_mut().map(Option::take).collect(), inputs)
    });
    let output = |(i, value)| {
        let gradients = Rc::clone(&gradients);
        Var::node_of(value, &[&origin], move |dy, origin| {
            gradients.borrow_mut()[i] = Some(dy);
            origin[0].add_grad(|| arr0(F::zero()));
        })
    };
    values.into_iter().enumerate().map(output).collect()
}
