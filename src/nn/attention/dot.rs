//! Dot-product attention.

use crate::autograd::{Var, for_f32_and_f64};

for_f32_and_f64! {
    impl Var<F> {
        /// The scores of dot-product attention: how far a query and a key point the same way.           [attention.3]
        ///
        ///   e_ts = qₜ·kₛ
        ///
        /// Shapes: q (B, T, H) · k (B, S, H) → (B, T, S).
        /// Source: Luong, Pham and Manning 2015, Effective Approaches to Attention-based Neural Machine Translation, eq. 8.
        ///
        /// # Panics
        /// If the shapes do not fit.
        pub fn dot_scores(&self, k: &Var<F>) -> Var<F> {
            self.matmul(&k.permute(&[0, 2, 1]))
        }
    }
}
