//! Texts side by side: what is to become what.

use super::{Corpus, Padded, Vocab, batch::by_length};
use crate::{Error, Result};
use ndarray::{Array2, s};
use std::fmt;

/// Sources, each with its target.
#[derive(Clone)]
pub struct ParallelCorpus {
    source: Corpus,
    target: Corpus,
}

impl ParallelCorpus {
    /// # Errors
    /// If there are more of the one than of the other, or a source has no token.
    pub fn new(source: Corpus, target: Corpus) -> Result<ParallelCorpus> {
        let (sources, targets) = (source.sentences().len(), target.sentences().len());
        if sources != targets {
            let expected = format!("{sources}, one for each source");
            return Err(Error::Config { name: "the number of targets", found: targets.to_string(), expected });
        }
        if let Some(sequence) = source.sentences().position(|sentence| sentence.len() <= 2) {
            return Err(Error::EmptySequence { sequence });
        }
        Ok(ParallelCorpus { source, target })
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.source.sentences().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sources as an encoder reads them: `w₁ … wₘ </s>`.
    pub fn sources(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        self.source.sentences().map(|sentence| &sentence[1..])
    }

    /// The targets: `<s> w₁ … wₘ </s>`.
    pub fn targets(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        self.target.sentences()
    }

    /// Batches of B pairs of about the same lengths; the last one may be smaller. The seed decides; each epoch wants
    /// another.
    ///
    /// # Errors
    /// If B is 0.
    pub fn batches(&self, batch_size: usize, seed: u64) -> Result<Vec<PairBatch>> {
        let (sources, targets): (Vec<_>, Vec<_>) = (self.sources().collect(), self.targets().collect());
        let rows = by_length(self.len(), |row| (targets[row].len(), sources[row].len()), batch_size, seed)?;
        Ok(rows.into_iter().map(|rows| PairBatch::of(rows, &sources, &targets)).collect())
    }

    /// Batches of B pairs in the order in which they stand; the last one may be smaller.
    ///
    /// # Panics
    /// If B is 0.
    pub fn in_order(&self, batch_size: usize) -> Vec<PairBatch> {
        let (sources, targets): (Vec<_>, Vec<_>) = (self.sources().collect(), self.targets().collect());
        let rows: Vec<usize> = (0..self.len()).collect();
        rows.chunks(batch_size).map(|rows| PairBatch::of(rows.to_vec(), &sources, &targets)).collect()
    }

    /// All pairs as one batch, in their order.
    pub fn batch(&self) -> PairBatch {
        let (sources, targets): (Vec<_>, Vec<_>) = (self.sources().collect(), self.targets().collect());
        PairBatch::of((0..self.len()).collect(), &sources, &targets)
    }
}

/// Pairs, filled up to the longest source and the longest target.
///
/// Shapes: source (B, S) · inputs (B, T) · targets (B, T) · mask (B, T), true where a target counts.
#[derive(Clone, PartialEq)]
pub struct PairBatch {
    pub source: Padded,
    /// `<s> w₁ … wₘ`: what the decoder reads when the right token is always told to it (teacher forcing).
    pub inputs: Array2<u32>,
    /// `w₁ … wₘ </s>`: what it should say next.
    pub targets: Array2<u32>,
    pub mask: Array2<bool>,
}

impl PairBatch {
    fn of(rows: Vec<usize>, sources: &[&[u32]], targets: &[&[u32]]) -> PairBatch {
        let source = Padded::of(rows.clone(), sources, Vocab::EOS);
        let target = Padded::of(rows, targets, Vocab::EOS);
        PairBatch {
            source,
            inputs: target.ids.slice(s![.., ..-1]).to_owned(),
            targets: target.ids.slice(s![.., 1..]).to_owned(),
            mask: target.mask.slice(s![.., 1..]).to_owned(),
        }
    }

    /// How many targets count.
    pub fn predicted(&self) -> usize {
        self.mask.iter().filter(|&&counts| counts).count()
    }
}

impl fmt::Debug for ParallelCorpus {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (n, sources, targets) = (self.len(), self.source.predicted(), self.target.predicted());
        write!(f, "{n} pairs, {sources} tokens of sources, {targets} of targets")
    }
}

impl fmt::Debug for PairBatch {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:?} → at most {} tokens", self.source, self.inputs.ncols())
    }
}
