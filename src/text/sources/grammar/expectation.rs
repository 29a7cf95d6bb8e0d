//! What a grammar gives on average: systems of linear equations, as each non-terminal hands over to others.

use super::Grammar;
use crate::{Error, Result, math::solve};
use ndarray::{Array1, Array2};

impl Grammar {
    /// The entropy of a sentence's derivation (its tree with its words), in bits.
    ///
    ///   H(A) = Σ over rules r of A:  −p(r) log₂ p(r)  +  p(r)·Σ over non-terminals B of r: H(B)
    ///
    /// This is the entropy of the sentence, too, if the grammar is unambiguous (each sentence has one tree); otherwise
    /// sentences have less.
    ///
    /// Source: Soule 1974, Entropies of probabilistic grammars.
    pub fn derivation_entropy(&self) -> f64 {
        let mut own = Array1::zeros(self.names.len());
        self.every_rule(|a, p| own[a] -= p * p.log2());
        self.expected(own).expect("checked when the grammar was made")[0]
    }

    /// The expected number of words of a sentence.
    ///
    ///   L(A) = Σ over rules r of A: p(r)·(1 if r gives a word, otherwise L(B) + L(C))
    pub fn mean_length(&self) -> f64 {
        self.length().expect("checked when the grammar was made")
    }

    fn length(&self) -> Option<f64> {
        let mut own = Array1::zeros(self.names.len());
        self.lexical.iter().for_each(|rule| own[rule.a] += rule.p);
        Some(self.expected(own)?[0])
    }

    /// Whether trees end: x = 1 + M·x, the expected size of a non-terminal's tree, has a positive solution exactly if the
    /// spectral radius of M is below 1 (then x = Σₖ Mᵏ·1; conversely M·x < x bounds it, by Collatz and Wielandt).
    ///
    /// Source: Booth and Thompson 1973, Applying probability measures to abstract languages.
    pub(super) fn check_length(&self) -> Result<()> {
        let size = self.expected(Array1::ones(self.names.len()));
        let length = size.filter(|x| x.iter().all(|x| *x > 0.0)).and_then(|_| self.length());
        match length {
            Some(length) if length <= Grammar::MAX_WORDS as f64 => Ok(()),
            _ => {
                let found = length.map_or("infinite".into(), |length| format!("{length:.1}"));
                let expected = format!(
                    "at most {} words; give less probability to rules that lead back to themselves",
                    Grammar::MAX_WORDS
                );
                Err(Error::Config { name: "the expected length of a sentence", found, expected })
            }
        }
    }

    /// x = own + M·x, with Mₐᵦ the expected number of B in one step from A. `None` if there is no one solution.
    ///
    /// Shapes: own, x (M,).
    fn expected(&self, own: Array1<f64>) -> Option<Array1<f64>> {
        let mut a = Array2::eye(self.names.len());
        for rule in &self.binary {
            a[[rule.a, rule.b]] -= rule.p;
            a[[rule.a, rule.c]] -= rule.p;
        }
        solve(a, own)
    }

    fn every_rule(&self, mut f: impl FnMut(usize, f64)) {
        self.binary.iter().for_each(|rule| f(rule.a, rule.p));
        self.lexical.iter().for_each(|rule| f(rule.a, rule.p));
    }
}
