//! Tokens hidden, to be found again.

use crate::math::rng;
use ndarray::Array2;
use ndarray_rand::rand::Rng;

/// How tokens are hidden from a model that is to predict them from both sides.
///
/// Of all places a share is chosen. What stands there becomes a mask most of the time, sometimes any other token, and
/// sometimes stays: otherwise a model would learn to say something of masks alone, which no later text has.
///
/// Source: Devlin and others 2019, BERT, section 3.1.
#[derive(Clone, Debug, PartialEq)]
pub struct Masking {
    /// The share of places that are chosen. Default 0.15.
    pub share: f64,
    /// The share of these that become masks. Default 0.8.
    pub masked: f64,
    /// The share of these that become any token. Default 0.1.
    pub random: f64,
}

impl Default for Masking {
    fn default() -> Masking {
        Masking { share: 0.15, masked: 0.8, random: 0.1 }
    }
}

impl Masking {
    /// What the model reads, and which places it has to predict.
    ///
    /// `counts` says where tokens stand that may be chosen, `tokens` which are drawn in the place of others.
    /// Where nothing was chosen in the whole batch, its first place that counts is.
    ///
    /// Shapes: ids and counts (B, T) → the same.
    pub fn hide(
        &self,
        ids: &Array2<u32>,
        counts: &Array2<bool>,
        mask: u32,
        tokens: std::ops::Range<u32>,
        seed: u64,
    ) -> (Array2<u32>, Array2<bool>) {
        let mut rng = rng(seed);
        let mut chosen = counts.mapv(|counts| counts && rng.random::<f64>() < self.share);
        if !chosen.iter().any(|&chosen| chosen)
            && let Some((place, _)) = counts.indexed_iter().find(|(_, counts)| **counts)
        {
            chosen[place] = true;
        }
        let mut inputs = ids.clone();
        for (id, _) in inputs.iter_mut().zip(&chosen).filter(|(_, chosen)| **chosen) {
            let u: f64 = rng.random();
            if u < self.masked {
                *id = mask;
            } else if u < self.masked + self.random {
                *id = rng.random_range(tokens.clone());
            }
        }
        (inputs, chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_hidden_in_each_way_and_nothing_that_does_not_count() {
        let ids = Array2::from_shape_fn((200, 100), |(b, t)| 3 + ((b + t) % 50) as u32);
        let counts = Array2::from_shape_fn((200, 100), |(_, t)| t > 0 && t < 90);
        let (inputs, chosen) = Masking::default().hide(&ids, &counts, 53, 3..53, 1);
        let n = chosen.iter().filter(|&&chosen| chosen).count() as f64;
        assert!((n / (200.0 * 89.0) - 0.15).abs() < 0.01);
        let (mut masks, mut others) = (0.0, 0.0);
        for ((before, after), (chosen, counts)) in ids.iter().zip(&inputs).zip(chosen.iter().zip(&counts)) {
            assert!(*counts || !chosen);
            assert!(*chosen || before == after);
            masks += f64::from(u8::from(*after == 53));
            others += f64::from(u8::from(*after != 53 && before != after));
        }
        assert!((masks / n - 0.8).abs() < 0.03, "{}", masks / n);
        assert!((others / n - 0.1 * 49.0 / 50.0).abs() < 0.03, "{}", others / n);
        assert_eq!(Masking::default().hide(&ids, &counts, 53, 3..53, 1), (inputs, chosen));
        let none = Masking { share: 0.0, ..Masking::default() };
        assert_eq!(none.hide(&ids, &counts, 53, 3..53, 1).1.iter().filter(|&&chosen| chosen).count(), 1);
    }
}
