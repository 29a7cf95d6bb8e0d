//! What a model that makes one text of another practises with, and what it is asked.

use super::{
    Codec, Level, ParallelCorpus,
    sources::{Pair, sides},
};
use crate::Result;

/// Pairs to learn from and pairs held out, and how the texts of either side become ids, and ids texts.
#[derive(Clone, Debug)]
pub struct Bitext {
    pub source: Codec,
    pub target: Codec,
    /// The pairs to learn from.
    pub train: ParallelCorpus,
    pub held_out: Vec<Pair>,
}

impl Bitext {
    /// The codecs know the tokens, of one level in the sources and of another in the targets, that stand at least
    /// `min_count` times in the pairs to learn from; the others become `<unk>`.
    ///
    /// # Errors
    /// As for [`Codec::build`], or if a source has no token.
    pub fn build(train: &[Pair], held_out: Vec<Pair>, levels: [Level; 2], min_count: usize) -> Result<Bitext> {
        let (sources, targets) = sides(train);
        let source = Codec::build(&sources, levels[0], min_count)?;
        Bitext::new(source, Codec::build(&targets, levels[1], min_count)?, train, held_out)
    }

    /// As [`build`](Bitext::build), with codecs of one's own.
    ///
    /// # Errors
    /// If there is no pair to learn from, a source has no token, or a text holds a reserved one.
    pub fn new(source: Codec, target: Codec, train: &[Pair], held_out: Vec<Pair>) -> Result<Bitext> {
        let train = parallel(&source, &target, train)?;
        Ok(Bitext { source, target, train, held_out })
    }

    /// Any pairs as ids.
    ///
    /// # Errors
    /// As for [`new`](Bitext::new).
    pub fn corpus(&self, pairs: &[Pair]) -> Result<ParallelCorpus> {
        parallel(&self.source, &self.target, pairs)
    }
}

fn parallel(source: &Codec, target: &Codec, pairs: &[Pair]) -> Result<ParallelCorpus> {
    let (sources, targets) = sides(pairs);
    ParallelCorpus::new(source.corpus(&sources)?, target.corpus(&targets)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_out_adds_no_token() {
        let pairs = [("a fox", "狐狸"), ("a crow", "乌鸦")].map(Pair::from);
        let bitext = Bitext::build(&pairs[..1], pairs[1..].to_vec(), [Level::Word, Level::Char], 1).unwrap();
        assert_eq!(bitext.source.vocab().tokens()[3..], ["a", "fox"]);
        assert_eq!(bitext.train.targets().collect::<Vec<_>>(), [[1, 3, 4, 2]]);
        let held_out = bitext.corpus(&bitext.held_out).unwrap();
        assert_eq!(held_out.sources().collect::<Vec<_>>(), [[3, 0, 2]]);
        assert_eq!(held_out.targets().collect::<Vec<_>>(), [[1, 0, 0, 2]]);
        let error = bitext.corpus(&[Pair::from(("", "空"))]).unwrap_err().to_string();
        assert!(error.contains("there is nothing in sequence 0"), "{error}");
    }
}
