//! Texts changed a little, so that a model meets each of them in many forms.

use super::{Corpus, Vocab};
use crate::{Error, Result};
use ndarray_rand::rand::{
    Rng,
    distr::{Distribution, weighted::WeightedIndex},
    rngs::StdRng,
};
use std::fmt;

/// A way of changing a text that is to leave its meaning, and so its label, as it is.                     [overfitting.4]
///
/// What is reserved (`<s>`, `</s>`, `<unk>`) stays where it is. The same draws give the same text.
pub trait Augment: fmt::Debug {
    /// The text as it is read this time.
    fn change(&self, ids: &[u32], rng: &mut StdRng) -> Vec<u32>;

    /// Whether each place keeps a token, this one or another.
    ///
    /// Only then a model that predicts the text itself may read it so: if a token moved forward by a place, what is to be
    /// predicted would stand where it is read.
    fn keeps_places(&self) -> bool {
        false
    }
}

/// Each token becomes another with the given probability: one that is drawn, whatever stands beside it.
///
/// Source: Xie and others 2017, Data noising as smoothing in neural network language models, section 3.2: drawn by their
/// frequencies, it acts as interpolation with single words does in counting.
#[derive(Clone, Debug, PartialEq)]
pub struct Replace {
    share: f64,
    tokens: WeightedIndex<f64>,
}

impl Replace {
    /// All tokens of a vocabulary alike.
    ///
    /// # Errors
    /// If the share is no probability, or the vocabulary empty.
    pub fn uniform(share: f64, vocab: &Vocab) -> Result<Replace> {
        Replace::by_weight(share, &vec![1.0; vocab.len()])
    }

    /// By their frequencies in a text.
    ///
    /// # Errors
    /// If the share is no probability, or the text has none but reserved tokens.
    pub fn unigram(share: f64, corpus: &Corpus) -> Result<Replace> {
        let mut counts = Vec::new();
        for &id in corpus.sentences().flatten() {
            counts.resize(counts.len().max(id as usize + 1), 0.0);
            counts[id as usize] += 1.0;
        }
        Replace::by_weight(share, &counts)
    }

    fn by_weight(share: f64, weights: &[f64]) -> Result<Replace> {
        check_share(share)?;
        let weights = weights.iter().zip(0..).map(|(&weight, id)| if reserved(id) { 0.0 } else { weight });
        let Ok(tokens) = WeightedIndex::new(weights) else {
            let expected = "at least one that is not reserved, to stand for others".into();
            return Err(Error::Config { name: "the tokens", found: "none".into(), expected });
        };
        Ok(Replace { share, tokens })
    }
}

impl Augment for Replace {
    fn change(&self, ids: &[u32], rng: &mut StdRng) -> Vec<u32> {
        let other = |&id: &u32| match changes(id, self.share, rng) {
            true => self.tokens.sample(rng) as u32,
            false => id,
        };
        ids.iter().map(other).collect()
    }

    fn keeps_places(&self) -> bool {
        true
    }
}

/// Each token is left out with the given probability; where all were, the first stays.
///
/// Source: Iyyer and others 2015, Deep unordered composition, section 3.1.
#[derive(Clone, Debug, PartialEq)]
pub struct Delete {
    share: f64,
}

impl Delete {
    /// # Errors
    /// If the share is no probability.
    pub fn new(share: f64) -> Result<Delete> {
        check_share(share).map(|()| Delete { share })
    }
}

impl Augment for Delete {
    fn change(&self, ids: &[u32], rng: &mut StdRng) -> Vec<u32> {
        let kept: Vec<bool> = ids.iter().map(|&id| !changes(id, self.share, rng)).collect();
        let words = |i: &usize| !reserved(ids[*i]);
        let first = (0..ids.len()).find(words).filter(|_| !(0..ids.len()).any(|i| words(&i) && kept[i]));
        (0..ids.len()).filter(|&i| kept[i] || Some(i) == first).map(|i| ids[i]).collect()
    }
}

/// Neighbours change places: each pair in turn with the given probability, no token more than once.
///
/// Source: Artetxe and others 2018, Unsupervised neural machine translation, section 3.3.
#[derive(Clone, Debug, PartialEq)]
pub struct Swap {
    share: f64,
}

impl Swap {
    /// # Errors
    /// If the share is no probability.
    pub fn new(share: f64) -> Result<Swap> {
        check_share(share).map(|()| Swap { share })
    }
}

impl Augment for Swap {
    fn change(&self, ids: &[u32], rng: &mut StdRng) -> Vec<u32> {
        let (mut changed, mut i) = (ids.to_vec(), 0);
        while i + 1 < ids.len() {
            if !reserved(ids[i + 1]) && changes(ids[i], self.share, rng) {
                changed.swap(i, i + 1);
                i += 1;
            }
            i += 1;
        }
        changed
    }
}

/// Slips of the pen, for texts of letters: with the given probability a letter is left out, written twice, written
/// behind the next one, or another one is written; each of the four alike.
///
/// Source: Belinkov and Bisk 2018, Synthetic and natural noise both break neural machine translation.
#[derive(Clone, Debug, PartialEq)]
pub struct Slips {
    share: f64,
    letters: Replace,
}

impl Slips {
    /// Letters that stand for others are drawn by their frequencies in a text.
    ///
    /// # Errors
    /// If the share is no probability, or the text has none but reserved tokens.
    pub fn new(share: f64, corpus: &Corpus) -> Result<Slips> {
        Ok(Slips { share, letters: Replace::unigram(share, corpus)? })
    }
}

impl Augment for Slips {
    fn change(&self, ids: &[u32], rng: &mut StdRng) -> Vec<u32> {
        let (mut written, mut left) = (Vec::with_capacity(ids.len() + 1), ids);
        while let [letter, behind @ ..] = left {
            left = behind;
            if !changes(*letter, self.share, rng) {
                written.push(*letter);
                continue;
            }
            match (rng.random_range(0..4), behind) {
                (0, _) => (),
                (1, _) => written.extend([*letter; 2]),
                (2, [next, behind @ ..]) if !reserved(*next) => {
                    written.extend([*next, *letter]);
                    left = behind;
                }
                _ => written.push(self.letters.tokens.sample(rng) as u32),
            }
        }
        match written.iter().all(|&id| reserved(id)) {
            true => ids.to_vec(),
            false => written,
        }
    }
}

fn reserved(id: u32) -> bool {
    (id as usize) < Vocab::RESERVED.len()
}

/// Whether a token is one of those that are to change: with the given probability, if it is not reserved.
pub(crate) fn changes(id: u32, share: f64, rng: &mut StdRng) -> bool {
    !reserved(id) && rng.random::<f64>() < share
}

/// # Errors
/// If it is no probability.
pub(crate) fn check_share(share: f64) -> Result<()> {
    match (0.0..=1.0).contains(&share) {
        true => Ok(()),
        false => {
            let (found, expected) = (share.to_string(), "a probability, from 0 to 1".into());
            Err(Error::Config { name: "the share of tokens that change", found, expected })
        }
    }
}
