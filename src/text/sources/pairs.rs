//! Questions with their answers, for models that turn one text into another.

use crate::{Error, Result, math::rng};
use ndarray_rand::rand::{rngs::StdRng, seq::SliceRandom};
use std::{collections::HashSet, fmt, hash::Hash};

/// A text and what it should become.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pair {
    pub source: String,
    pub target: String,
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} → {}", self.source, self.target)
    }
}

impl<S: Into<String>, T: Into<String>> From<(S, T)> for Pair {
    fn from((source, target): (S, T)) -> Pair {
        Pair { source: source.into(), target: target.into() }
    }
}

/// The sources, and the targets.
pub fn sides(pairs: &[Pair]) -> (Vec<String>, Vec<String>) {
    pairs.iter().map(|pair| (pair.source.clone(), pair.target.clone())).unzip()
}

/// Holds `held_out` of the pairs out, drawn by the seed: (the rest, those).
///
/// No source stands on both sides: where one stands several times, only its first pair is kept. Each call of a generator
/// gives an item (a number, a day, a string) once, whatever form it is written in, so that no item stands on both sides
/// either. Draw once and split; two calls with two seeds overlap.
///
/// # Errors
/// If fewer than `held_out` different sources are there.
pub fn hold_out(pairs: &[Pair], held_out: usize, seed: u64) -> Result<(Vec<Pair>, Vec<Pair>)> {
    let mut seen = HashSet::new();
    let mut rest: Vec<Pair> = pairs.iter().filter(|pair| seen.insert(&pair.source)).cloned().collect();
    rest.shuffle(&mut rng(seed));
    match rest.len().checked_sub(held_out) {
        Some(n) => {
            let held_out = rest.split_off(n);
            Ok((rest, held_out))
        }
        None => {
            let expected = format!("at most {}, the number of different sources", rest.len());
            Err(Error::Config { name: "the number of pairs to hold out", found: held_out.to_string(), expected })
        }
    }
}

/// Draws until there are `count` different items, in the order in which they came.
///
/// # Errors
/// If a thousand draws in a row, and as many as there are already, bring nothing new.
pub(super) fn distinct<T: Clone + Eq + Hash>(
    count: usize,
    seed: u64,
    mut draw: impl FnMut(&mut StdRng) -> T,
) -> Result<Vec<T>> {
    let mut rng = rng(seed);
    let (mut items, mut seen, mut in_vain) = (Vec::new(), HashSet::new(), 0);
    while items.len() < count {
        let item = draw(&mut rng);
        if seen.insert(item.clone()) {
            items.push(item);
            in_vain = 0;
            continue;
        }
        in_vain += 1;
        if in_vain > items.len().max(1000) {
            let expected = format!("fewer: after {} of them nothing new came", items.len());
            return Err(Error::Config { name: "the number of pairs", found: count.to_string(), expected });
        }
    }
    Ok(items)
}
