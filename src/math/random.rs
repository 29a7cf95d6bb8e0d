//! Chance with an explicit seed: the same seed gives the same draws.

use ndarray::Array1;
use ndarray_rand::rand::{Rng, SeedableRng, rngs::StdRng};

/// A generator of random numbers that starts from a seed.
pub fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// Draws an index i with probability pᵢ (inverse of the cumulative distribution).
///
/// `None` if no pᵢ is positive. The pᵢ need not sum to exactly one.
///
/// Shapes: p (V,).
pub fn draw(p: &Array1<f64>, rng: &mut StdRng) -> Option<usize> {
    let u = rng.random::<f64>() * p.sum();
    let mut cumulative = 0.0;
    let mut last = None;
    for (i, &p) in p.iter().enumerate().filter(|(_, p)| **p > 0.0) {
        cumulative += p;
        last = Some(i);
        if u < cumulative {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn draws_follow_the_distribution_and_the_seed() {
        let p = array![0.1, 0.0, 0.6, 0.3];
        let draws = |seed| {
            let mut rng = rng(seed);
            (0..20_000).map(|_| draw(&p, &mut rng).unwrap()).collect::<Vec<_>>()
        };
        let drawn = draws(1);
        for (i, p) in p.iter().enumerate() {
            let share = drawn.iter().filter(|&&d| d == i).count() as f64 / drawn.len() as f64;
            assert!((share - p).abs() < 0.015, "{i}: {share} instead of {p}");
        }
        assert_eq!(drawn, draws(1));
        assert_ne!(drawn, draws(2));
        assert_eq!(draw(&array![0.0, 0.0], &mut rng(0)), None);
    }
}
