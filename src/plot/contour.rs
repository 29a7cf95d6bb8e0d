//! Where a landscape has a given height.

/// How many squares the field is cut into, along each axis.
const SQUARES: usize = 120;

/// The line of one height, as short pieces in no order: marching squares, with straight pieces.
///
/// A square of which some corners lie above the level and some below is crossed by the line; where it meets an edge
/// follows from the heights at the edge's ends.
pub(super) fn contour(
    height: &dyn Fn(f64, f64) -> f64,
    x: (f64, f64),
    y: (f64, f64),
    level: f64,
) -> Vec<[(f64, f64); 2]> {
    let at = |(low, high): (f64, f64), i: usize| low + (high - low) * i as f64 / SQUARES as f64;
    let corner = |i, j| (at(x, i), at(y, j));
    let rise: Vec<f64> = (0..=SQUARES)
        .flat_map(|j| (0..=SQUARES).map(move |i| corner(i, j)))
        .map(|(x, y)| height(x, y) - level)
        .collect();
    let mut pieces = Vec::new();
    for j in 0..SQUARES {
        for i in 0..SQUARES {
            let corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)];
            let ends: Vec<(f64, f64)> = (0..4)
                .filter_map(|n| {
                    let (a, b) = (corners[n], corners[(n + 1) % 4]);
                    let [from, to] = [a, b].map(|(i, j)| rise[j * (SQUARES + 1) + i]);
                    ((from > 0.0) != (to > 0.0)).then(|| {
                        let part = from / (from - to);
                        let ((x0, y0), (x1, y1)) = (corner(a.0, a.1), corner(b.0, b.1));
                        (x0 + part * (x1 - x0), y0 + part * (y1 - y0))
                    })
                })
                .collect();
            pieces.extend(ends.chunks_exact(2).map(|ends| [ends[0], ends[1]]));
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::contour;

    #[test]
    fn a_bowl_has_circles() {
        let bowl = |x: f64, y: f64| x * x + y * y;
        let pieces = contour(&bowl, (-2.0, 2.0), (-2.0, 2.0), 1.0);
        let length: f64 = pieces.iter().map(|[a, b]| (a.0 - b.0).hypot(a.1 - b.1)).sum();
        assert!((length - std::f64::consts::TAU).abs() < 0.01, "{length}");
        assert!(pieces.iter().flatten().all(|p| (p.0.hypot(p.1) - 1.0).abs() < 1e-3));
    }
}
