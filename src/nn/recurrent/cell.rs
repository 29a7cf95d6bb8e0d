//! What makes one recurrent cell differ from another.

use crate::{autograd::Var, math::Real};
use std::{fmt::Debug, ops::Range};

/// The weights of one recurrent layer in one direction.
///
/// Shapes: w_x (D, G·H) · w_h (H, G·H) · b (G·H), with G gates side by side · b_h (H), where a cell has it.
#[derive(Clone, Debug)]
pub struct Weights<F: Real = f32> {
    pub w_x: Var<F>,
    pub w_h: Var<F>,
    pub b: Var<F>,
    pub b_h: Option<Var<F>>,
}

/// A recurrent cell: how a state comes from the one before.
///
/// [`step`](Cell::step) is the formula. The other functions are the same for whole sequences, one row of a batch at a
/// time: what lies between the products, which [`Layout`] describes and [`sequence`](super::sequence) takes.
pub trait Cell<F: Real>: Debug + Send + Sync {
    fn layout(&self) -> Layout;

    /// One step, in small operations.
    ///
    /// Shapes: x (B, D) · state: h (B, H) and, if the cell has it, c (B, H).
    fn step(&self, weights: &Weights<F>, x: &Var<F>, state: &[Var<F>]) -> Vec<Var<F>>;

    /// What the left side of the second product needs of the first one.
    fn between(&self, _row: Forward<F>) {}

    /// From the sums in `saved` to the new state; what the way back needs is left in `saved`.
    fn forward(&self, row: Forward<F>);

    /// From the gradient of the new state to those of the sums, in `delta`, and to what of it goes directly to the
    /// state before: in place of `dh` and `dc`.
    fn backward(&self, row: Backward<F>);

    /// What comes back through the left side of the second product, in `row.dm`.
    fn back_between(&self, _row: Backward<F>) {}
}

/// How the sums of a cell lie side by side, in blocks of H numbers.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The number G of gates: x·Wₓ and Wₕ have G blocks.
    pub gates: usize,
    /// How many blocks are kept for each step.
    pub blocks: usize,
    /// The first of the G blocks to which x·Wₓ + b is added.
    pub input: usize,
    /// The products with Wₕ, in their order.
    pub products: Vec<Product>,
    /// The block that starts from the bias b_h.
    pub hidden_bias: Option<usize>,
    /// 1 where the state is h, 2 where it is h and c.
    pub states: usize,
}

/// A product of the state, or of a block, with a part of Wₕ.
#[derive(Clone, Debug)]
pub struct Product {
    /// Which blocks of Wₕ.
    pub weights: Range<usize>,
    /// The first of the blocks to which it is added.
    pub to: usize,
    /// The block on the left side; none for h.
    pub left: Option<usize>,
}

/// One row of a step, on the way forward. Each block, and each state, has H numbers.
pub struct Forward<'a, F> {
    pub saved: &'a mut [F],
    pub h_before: &'a [F],
    pub c_before: &'a [F],
    pub h: &'a mut [F],
    pub c: &'a mut [F],
}

/// One row of a step, on the way back.
pub struct Backward<'a, F> {
    pub saved: &'a [F],
    pub h_before: &'a [F],
    pub c_before: &'a [F],
    pub c: &'a [F],
    /// The gradients of the sums, laid out as `saved`.
    pub delta: &'a mut [F],
    pub dh: &'a mut [F],
    pub dc: &'a mut [F],
    /// What came back through the left side of the second product.
    pub dm: &'a [F],
}

/// A row of blocks, one by one.
pub fn blocks<F, const N: usize>(row: &[F]) -> [&[F]; N] {
    let size = row.len() / N;
    std::array::from_fn(|i| &row[i * size..(i + 1) * size])
}

/// A row of blocks, one by one, to be written to.
pub fn blocks_mut<F, const N: usize>(row: &mut [F]) -> [&mut [F]; N] {
    let mut parts = row.chunks_exact_mut((row.len() / N).max(1));
    std::array::from_fn(|_| parts.next().expect("as many blocks as the cell has"))
}
