//! What a `Var` points to: a value, its gradient, and its history.

use super::Var;
use crate::math::Real;
use ndarray::{ArcArray, ArrayD, IxDyn};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::atomic::{AtomicU64, Ordering},
};

/// An array of any shape, shared by all that read it; who writes to it while others hold it gets a copy.
pub type Values<F> = ArcArray<F, IxDyn>;

/// The numbers row by row, without a copy where they lie so already.
pub(crate) fn row_by_row<F: Real>(x: Values<F>) -> Values<F> {
    if x.is_standard_layout() { x } else { x.as_standard_layout().into_owned().into_shared() }
}

/// Takes the gradient of an operation's output, and adds to those of its inputs.
pub(super) type Backward<F> = Box<dyn Fn(ArrayD<F>, &[Var<F>])>;

pub(super) struct Node<F: Real> {
    /// Counts up, so that a node is younger than its inputs: the order of ages is an order for going back.
    pub age: u64,
    pub value: RefCell<Values<F>>,
    pub gradient: RefCell<Option<ArrayD<F>>>,
    pub wants_gradient: bool,
    /// Whether the gradient stays after it was passed on. That of a parameter, which has no inputs, always does.
    pub keeps_gradient: Cell<bool>,
    pub history: Option<History<F>>,
}

pub(super) struct History<F: Real> {
    pub inputs: Vec<Var<F>>,
    pub backward: Backward<F>,
}

impl<F: Real> Node<F> {
    pub fn new(value: Values<F>, wants_gradient: bool, history: Option<History<F>>) -> Node<F> {
        static AGE: AtomicU64 = AtomicU64::new(0);
        Node {
            age: AGE.fetch_add(1, Ordering::Relaxed),
            value: RefCell::new(value),
            gradient: RefCell::new(None),
            wants_gradient,
            keeps_gradient: Cell::new(false),
            history,
        }
    }
}

impl<F: Real> Drop for Node<F> {
    /// Takes long chains apart link by link: dropping each inside the one before would overflow the stack.
    fn drop(&mut self) {
        let mut orphans = self.history.take().map_or(Vec::new(), |history| history.inputs);
        while let Some(var) = orphans.pop() {
            if let Some(mut node) = Rc::into_inner(var.node)
                && let Some(history) = node.history.take()
            {
                orphans.extend(history.inputs);
            }
        }
    }
}

thread_local! {
    static REMEMBERS: Cell<bool> = const { Cell::new(true) };
}

/// Whether operations on this thread remember their inputs.
pub(super) fn remembers() -> bool {
    REMEMBERS.get()
}

/// Computes without remembering how: values made inside take no gradient, and their inputs can be forgotten at once.
pub fn no_grad<T>(compute: impl FnOnce() -> T) -> T {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            REMEMBERS.set(self.0);
        }
    }
    let _restore = Restore(REMEMBERS.replace(false));
    compute()
}
