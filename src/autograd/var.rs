//! A value that remembers how it was made.

use super::node::{History, Node, Values, remembers};
use crate::math::{Real, zeros};
use ndarray::{Array, ArrayD, Dimension, IxDyn};
use std::{fmt, rc::Rc};

/// An array of numbers, its gradient, and how it was made.
///
/// A clone is the same value under another name. A `Var` stays on its thread; the threads are inside the operations.
pub struct Var<F: Real = f32> {
    pub(super) node: Rc<Node<F>>,
}

impl<F: Real> Clone for Var<F> {
    fn clone(&self) -> Self {
        Var { node: Rc::clone(&self.node) }
    }
}

impl Var {
    /// A value that takes no gradient: data.
    pub fn new<D: Dimension>(value: Array<f32, D>) -> Var {
        Var::leaf(value, false)
    }

    /// A value that takes a gradient: what a model learns.
    pub fn parameter<D: Dimension>(value: Array<f32, D>) -> Var {
        Var::leaf(value, true)
    }
}

impl Var<f64> {
    /// Data in double precision, to check gradients.
    pub fn new_f64<D: Dimension>(value: Array<f64, D>) -> Var<f64> {
        Var::leaf(value, false)
    }

    /// A parameter in double precision, to check gradients.
    pub fn parameter_f64<D: Dimension>(value: Array<f64, D>) -> Var<f64> {
        Var::leaf(value, true)
    }
}

impl<F: Real> Var<F> {
    /// A value without history, of either precision; with a gradient if it is to be learned.
    pub fn leaf<D: Dimension>(value: Array<F, D>, wants_gradient: bool) -> Var<F> {
        Var { node: Rc::new(Node::new(value.into_dyn().into_shared(), wants_gradient, None)) }
    }

    /// The output of an operation, from its value and its derivative.
    ///
    /// `backward` gets the gradient of the output and the inputs, and adds to each input what
    /// [`add_grad`](Var::add_grad) takes:
    ///
    /// ```
    /// # use fabula::autograd::Var;
    /// fn square(x: &Var<f64>) -> Var<f64> {
    ///     let value = x.value();
    ///     Var::node(&value * &value, [x], move |dy, [x]| x.add_grad(|| dy * 2.0 * &value))
    /// }
    /// let x = Var::parameter_f64(ndarray::arr1(&[3.0]));
    /// square(&x).sum().backward();
    /// assert_eq!(x.grad().unwrap()[0], 6.0);
    /// ```
    pub fn node<const N: usize, D: Dimension>(
        value: impl Into<ndarray::ArcArray<F, D>>,
        inputs: [&Var<F>; N],
        backward: impl Fn(ArrayD<F>, [&Var<F>; N]) + 'static,
    ) -> Var<F> {
        let value = value.into().into_dyn();
        Var::node_of(value, &inputs, move |dy, inputs| backward(dy, std::array::from_fn(|i| &inputs[i])))
    }

    /// As [`node`](Var::node), for any number of inputs.
    pub fn node_of(value: Values<F>, inputs: &[&Var<F>], backward: impl Fn(ArrayD<F>, &[Var<F>]) + 'static) -> Var<F> {
        let wants_gradient = remembers() && inputs.iter().any(|input| input.wants_grad());
        let inputs = || inputs.iter().map(|&input| input.clone()).collect();
        let history = wants_gradient.then(|| History { inputs: inputs(), backward: Box::new(backward) });
        Var { node: Rc::new(Node::new(value, wants_gradient, history)) }
    }

    /// The value. It is shared, not copied.
    pub fn value(&self) -> Values<F> {
        self.node.value.borrow().clone()
    }

    pub fn shape(&self) -> Vec<usize> {
        self.node.value.borrow().shape().to_vec()
    }

    /// The number in a value that holds but one.
    ///
    /// # Panics
    /// If it holds more, or none.
    pub fn item(&self) -> F {
        let value = self.node.value.borrow();
        assert!(value.len() == 1, "item() of a value of shape {:?}: only a single number is one", value.shape());
        *value.first().expect("one number")
    }

    /// The same value without its history: no gradient goes back through it.
    pub fn detach(&self) -> Var<F> {
        Var { node: Rc::new(Node::new(self.value(), false, None)) }
    }

    /// Changes the value in place, as an optimiser does. Histories that still hold the old value keep it.
    pub fn update(&self, change: impl FnOnce(&mut Values<F>)) {
        change(&mut self.node.value.borrow_mut());
    }

    /// Puts another value of the same shape in the place of this one.
    ///
    /// # Panics
    /// If the shape is another.
    pub fn set<D: Dimension>(&self, value: Array<F, D>) {
        assert_eq!(self.shape(), value.shape(), "a value may only be replaced by one of its shape");
        *self.node.value.borrow_mut() = value.into_dyn().into_shared();
    }

    /// Whether a gradient is to be computed for this value: it is a parameter, or was made from one.
    pub fn wants_grad(&self) -> bool {
        self.node.wants_gradient
    }

    /// The gradient that [`backward`](Var::backward) left here: always in parameters, elsewhere if
    /// [`keep_grad`](Var::keep_grad) asked for it.
    pub fn grad(&self) -> Option<ArrayD<F>> {
        self.node.gradient.borrow().clone()
    }

    /// The gradient, to be read or changed in place.
    pub fn with_grad<T>(&self, f: impl FnOnce(Option<&mut ArrayD<F>>) -> T) -> T {
        f(self.node.gradient.borrow_mut().as_mut())
    }

    /// Forgets the gradient.
    pub fn zero_grad(&self) {
        self.node.gradient.borrow_mut().take();
    }

    /// Asks for the gradient of an inner value, for a picture; returns the same value.
    pub fn keep_grad(&self) -> Var<F> {
        self.node.keeps_gradient.set(true);
        self.clone()
    }

    /// For the backward of an operation: adds to the gradient of an input, if it wants one.
    ///
    /// # Panics
    /// If the shape is another than the value's.
    pub fn add_grad<D: Dimension>(&self, gradient: impl FnOnce() -> Array<F, D>) {
        if !self.wants_grad() {
            return;
        }
        let gradient = gradient().into_dyn();
        assert_eq!(gradient.shape(), self.shape(), "the gradient has another shape than the value");
        match &mut *self.node.gradient.borrow_mut() {
            Some(sum) => *sum += &gradient,
            empty => *empty = Some(gradient),
        }
    }

    /// For the backward of an operation that touches little of an input: adds to its gradient in place, which lies row by
    /// row.
    pub fn add_grad_in_place(&self, add: impl FnOnce(&mut ArrayD<F>)) {
        if !self.wants_grad() {
            return;
        }
        let mut gradient = self.node.gradient.borrow_mut();
        let sum = gradient.get_or_insert_with(|| zeros(IxDyn(&self.shape())));
        if !sum.is_standard_layout() {
            // What came back through a transposition.
            *sum = sum.as_standard_layout().into_owned();
        }
        add(sum);
    }
}

impl<F: Real> fmt::Debug for Var<F> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}", self.value())
    }
}

impl<F: Real> fmt::Display for Var<F> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(&self.value(), f)
    }
}
