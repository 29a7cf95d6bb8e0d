//! Gradients of anything that is computed from [`Var`]s.
//!
//! A [`Var`] is a value that remembers how it was made. [`Var::backward`] goes back through that history, from the
//! youngest value to the oldest, and leaves in each parameter the gradient of the result with respect to it.
//!
//! Every operation stands in one place with its derivative beside it. Whole layers are operations, too: see
//! [`Var::node`], which a reader may call with an operation of their own.

mod arithmetic;
mod backward;
mod check;
mod elementwise;
mod gelu;
mod node;
mod outputs;
mod parameters;
mod product;
mod reduce;
mod shape;
mod softmax;
mod var;

pub use check::{GradientCheck, check_gradients};
pub(crate) use gelu::{gelu, gelu_tanh};
pub(crate) use node::row_by_row;
pub use node::{Values, no_grad};
pub use outputs::{Gradients, outputs};
pub use parameters::{Parameters, without_gradient};
pub use shape::{concat, stack};
pub use var::Var;

/// Writes an `impl` once for each precision.
///
/// A notebook's cell compiles without optimisation, and with it every generic function that it is the first to need:
/// these methods are compiled here, once for `f32` and once for `f64`. Inside, `F` is the precision.
macro_rules! for_f32_and_f64 {
    ($($implementations:item)*) => {
        const _: () = {
            type F = f32;
            $($implementations)*
        };
        const _: () = {
            type F = f64;
            $($implementations)*
        };
    };
}
pub(crate) use for_f32_and_f64;
