//! Words replaced by others that fit.

use super::MaskedLm;
use crate::{
    Result,
    math::{draw, softmax},
    text::{Augment, Vocab, changes, check_share},
};
use ndarray::s;
use ndarray_rand::rand::rngs::StdRng;
use std::{fmt, rc::Rc};

/// Each token is hidden with the given probability, and another one drawn that fits what is left of the text, by a
/// masked model.                                                                                        [overfitting.5]
///
/// Source: Wu and others 2019, Conditional BERT contextual augmentation; without their labels.
pub struct Refill {
    share: f64,
    model: Rc<MaskedLm>,
}

impl Refill {
    /// # Errors
    /// If the share is no probability.
    pub fn new(share: f64, model: Rc<MaskedLm>) -> Result<Refill> {
        check_share(share).map(|()| Refill { share, model })
    }
}

impl Augment for Refill {
    /// # Panics
    /// If the text is longer than the places that the model has learned, or has an id that it does not know.
    fn change(&self, ids: &[u32], rng: &mut StdRng) -> Vec<u32> {
        let reserved = Vocab::RESERVED.len();
        let chosen: Vec<usize> = (0..ids.len()).filter(|&place| changes(ids[place], self.share, rng)).collect();
        let mut filled = ids.to_vec();
        if chosen.is_empty() {
            return filled;
        }
        chosen.iter().for_each(|&place| filled[place] = self.model.mask());
        let log_p = self.model.fill(&filled).expect("a text of the model");
        for place in chosen {
            let p = softmax(&log_p.slice(s![place, reserved..]).to_owned(), 1.0);
            filled[place] = (reserved + draw(&p, rng).expect("a distribution")) as u32;
        }
        filled
    }

    fn keeps_places(&self) -> bool {
        true
    }
}

impl fmt::Debug for Refill {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Refill {{ share: {}, model: {} }}", self.share, self.model)
    }
}
