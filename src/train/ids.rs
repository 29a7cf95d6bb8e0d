//! Ids of tokens, as a list or as an array.

use ndarray::{Array1, Array2};

/// Ids of tokens, in any shape.
pub trait Ids {
    /// Their shape, and the ids row by row.
    fn ids(&self) -> (Vec<usize>, Vec<u32>);
}

impl Ids for [u32] {
    fn ids(&self) -> (Vec<usize>, Vec<u32>) {
        (vec![self.len()], self.to_vec())
    }
}

impl<const N: usize> Ids for [u32; N] {
    fn ids(&self) -> (Vec<usize>, Vec<u32>) {
        self[..].ids()
    }
}

impl Ids for Vec<u32> {
    fn ids(&self) -> (Vec<usize>, Vec<u32>) {
        self[..].ids()
    }
}

impl Ids for Array1<u32> {
    fn ids(&self) -> (Vec<usize>, Vec<u32>) {
        (self.shape().to_vec(), self.iter().copied().collect())
    }
}

impl Ids for Array2<u32> {
    fn ids(&self) -> (Vec<usize>, Vec<u32>) {
        (self.shape().to_vec(), self.iter().copied().collect())
    }
}
