//! The one product that both recursions take at every time step.

/// out = x·M: a row times a matrix, the inner loop of the forward and of the backward recursion.
///
/// Shapes: x (K) · M (K, K), row by row · out (K).
#[inline]
pub(super) fn row_times(x: &[f64], m: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    for (&x, row) in x.iter().zip(m.chunks_exact(out.len())) {
        for (out, &m) in out.iter_mut().zip(row) {
            *out += x * m;
        }
    }
}
