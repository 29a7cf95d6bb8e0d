//! What one call of the innermost loop works on.

use super::left::Rows;

/// C = A·P, or C += A·P, for rows of A and one panel P of the right side.
///
/// Shapes: A (rows, depth) · P (depth, 64), row by row · C (rows, columns ≤ 64), `stride` apart.
pub struct Tile<'a, F> {
    pub a: Rows<'a, F>,
    pub panel: *const F,
    pub c: *mut F,
    pub stride: usize,
    pub columns: usize,
    /// Whether A·P is added to what C holds; else C is not read.
    pub adds: bool,
}
