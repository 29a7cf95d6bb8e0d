//! Many sequences of ids as one array: padded sentences, and blocks of a running text.

use super::Augment;
use crate::{Error, Result, math::rng};
use ndarray::{Array2, ArrayView1};
use ndarray_rand::rand::{Rng, seq::SliceRandom};
use std::{borrow::Cow, fmt};

/// How many batches' sentences are sorted by length together. More would pad less, and mix less.
const POOL: usize = 100;

/// Sentences of different lengths as the rows of one array, filled up at their ends.
///
/// Shapes: ids (B, T) · mask (B, T), with T the length of the longest sentence.
#[derive(Clone, PartialEq)]
pub struct Padded {
    pub ids: Array2<u32>,
    /// True where a token stands, false where the row was filled up.
    pub mask: Array2<bool>,
    /// Which sentence of the text each row is.
    pub rows: Vec<usize>,
}

impl Padded {
    /// All sentences as one batch, in their order, filled up with the id `pad`.
    pub fn new(sentences: &[Vec<u32>], pad: u32) -> Padded {
        Padded::of((0..sentences.len()).collect(), sentences, pad)
    }

    /// Batches of B sentences of about the same length, so that little is filled up; the last one may be smaller.
    ///
    /// The sentences are shuffled, then sorted by length within pools of 100 batches, and then the batches are
    /// shuffled. Every sentence stands in one batch. The seed decides; each epoch wants another.
    ///
    /// # Errors
    /// If B is 0.
    pub fn batches(sentences: &[Vec<u32>], batch_size: usize, pad: u32, seed: u64) -> Result<Vec<Padded>> {
        let batches = by_length(sentences.len(), |row| sentences[row].len(), batch_size, seed)?;
        Ok(batches.into_iter().map(|rows| Padded::of(rows, sentences, pad)).collect())
    }

    /// What is read this time: the same, or each sentence [`changed`](Padded::changed).
    pub(crate) fn read(&self, augment: Option<&dyn Augment>, pad: u32, seed: u64) -> Cow<'_, Padded> {
        augment.map_or(Cow::Borrowed(self), |augment| Cow::Owned(self.changed(augment, pad, seed)))
    }

    /// Each sentence as it is read this time, filled up anew with the id `pad`.
    pub fn changed(&self, augment: &dyn Augment, pad: u32, seed: u64) -> Padded {
        let mut rng = rng(seed);
        let mut change = |(ids, length): (ArrayView1<u32>, usize)| augment.change(&ids.to_vec()[..length], &mut rng);
        let sentences: Vec<Vec<u32>> = self.ids.outer_iter().zip(self.lengths()).map(&mut change).collect();
        Padded { rows: self.rows.clone(), ..Padded::new(&sentences, pad) }
    }

    /// The length of each row before it was filled up.
    pub fn lengths(&self) -> Vec<usize> {
        self.mask.outer_iter().map(|row| row.iter().filter(|&&token| token).count()).collect()
    }

    /// These sentences.
    pub(super) fn of<S: AsRef<[u32]>>(rows: Vec<usize>, sentences: &[S], pad: u32) -> Padded {
        let steps = rows.iter().map(|&row| sentences[row].as_ref().len()).max().unwrap_or(0);
        let token = |(b, t): (usize, usize)| sentences[rows[b]].as_ref().get(t).copied();
        let ids = Array2::from_shape_fn((rows.len(), steps), |place| token(place).unwrap_or(pad));
        let mask = Array2::from_shape_fn((rows.len(), steps), |place| token(place).is_some());
        Padded { ids, mask, rows }
    }
}

/// The numbers of n rows, B at a time: shuffled, sorted by length within pools of 100 batches, the batches shuffled.
pub(super) fn by_length<K: Ord>(
    n: usize,
    length: impl Fn(usize) -> K,
    batch_size: usize,
    seed: u64,
) -> Result<Vec<Vec<usize>>> {
    check("the batch size", batch_size)?;
    let mut rng = rng(seed);
    let mut rows: Vec<usize> = (0..n).collect();
    rows.shuffle(&mut rng);
    for pool in rows.chunks_mut(batch_size.saturating_mul(POOL)) {
        pool.sort_by_key(|&row| length(row));
    }
    let mut batches: Vec<Vec<usize>> = rows.chunks(batch_size).map(<[usize]>::to_vec).collect();
    batches.shuffle(&mut rng);
    Ok(batches)
}

/// T steps of B streams of a running text: what is read, and what is to be predicted at each step.
///
/// Shapes: inputs (B, T) · targets (B, T) · mask (B, T).
#[derive(Clone, PartialEq)]
pub struct Block {
    pub inputs: Array2<u32>,
    /// The token behind each input.
    pub targets: Array2<u32>,
    /// False where a stream has ended: the first streams are longer by a token if the text does not divide evenly.
    pub mask: Array2<bool>,
}

impl Block {
    /// Cuts a text of N tokens into B streams that are read side by side, T steps at a time.
    ///
    /// Row b of a block goes on where row b of the one before ended, so that a recurrent state can be carried over.
    /// Every token but the first is a target once, every token but the last an input once; the last block may have
    /// fewer steps.
    ///
    /// # Errors
    /// If B or T is 0.
    pub fn blocks(ids: &[u32], batch_size: usize, steps: usize, pad: u32) -> Result<Vec<Block>> {
        check("the batch size", batch_size)?;
        check("the number of steps", steps)?;
        let pairs = ids.len().saturating_sub(1);
        let (length, longer) = (pairs / batch_size, pairs % batch_size);
        let start = |b: usize| b * length + b.min(longer);
        let longest = start(1);
        let block = |first: usize| {
            let shape = (batch_size, steps.min(longest - first));
            let place = |(b, t): (usize, usize)| Some(start(b) + first + t).filter(|&i| i < start(b + 1));
            Block {
                inputs: Array2::from_shape_fn(shape, |at| place(at).map_or(pad, |i| ids[i])),
                targets: Array2::from_shape_fn(shape, |at| place(at).map_or(pad, |i| ids[i + 1])),
                mask: Array2::from_shape_fn(shape, |at| place(at).is_some()),
            }
        };
        Ok((0..longest).step_by(steps).map(block).collect())
    }

    /// Cuts a text into windows of T steps, one behind the other, B of them in a block.
    ///
    /// Every token but the first is a target once; the last window may be shorter, and is filled up.
    ///
    /// # Errors
    /// If B or T is 0.
    pub fn windows(ids: &[u32], batch_size: usize, steps: usize, pad: u32) -> Result<Vec<Block>> {
        check("the batch size", batch_size)?;
        check("the number of steps", steps)?;
        let starts: Vec<usize> = (0..ids.len().saturating_sub(1)).step_by(steps).collect();
        Ok(starts.chunks(batch_size).map(|starts| Block::at(ids, starts, steps, pad)).collect())
    }

    /// B windows of T steps drawn from anywhere in a text; a shorter text is a window itself.
    ///
    /// # Errors
    /// If B or T is 0, or the text has not two tokens.
    pub fn drawn(ids: &[u32], batch_size: usize, steps: usize, seed: u64) -> Result<Block> {
        check("the batch size", batch_size)?;
        check("the number of steps", steps)?;
        let Some(pairs) = ids.len().checked_sub(1).filter(|&pairs| pairs > 0) else {
            return Err(Error::Config { name: "a text", found: "no two tokens".into(), expected: "at least 2".into() });
        };
        let steps = steps.min(pairs);
        let mut rng = rng(seed);
        let starts: Vec<usize> = (0..batch_size).map(|_| rng.random_range(0..=pairs - steps)).collect();
        Ok(Block::at(ids, &starts, steps, 0))
    }

    fn at(ids: &[u32], starts: &[usize], steps: usize, pad: u32) -> Block {
        let shape = (starts.len(), steps.min(ids.len() - 1));
        let pair = |(b, t): (usize, usize)| ids.get(starts[b] + t..starts[b] + t + 2);
        Block {
            inputs: Array2::from_shape_fn(shape, |at| pair(at).map_or(pad, |pair| pair[0])),
            targets: Array2::from_shape_fn(shape, |at| pair(at).map_or(pad, |pair| pair[1])),
            mask: Array2::from_shape_fn(shape, |at| pair(at).is_some()),
        }
    }

    /// How many tokens are to be predicted.
    pub fn predicted(&self) -> usize {
        self.mask.iter().filter(|&&counts| counts).count()
    }
}

fn check(name: &'static str, size: usize) -> Result<()> {
    match size {
        0 => Err(Error::Config { name, found: "0".into(), expected: "at least 1".into() }),
        _ => Ok(()),
    }
}

impl fmt::Debug for Padded {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (b, t) = self.ids.dim();
        write!(f, "{b} sentences of at most {t} tokens, {} places filled up", self.mask.iter().filter(|&&m| !m).count())
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (b, t) = self.inputs.dim();
        write!(f, "{t} steps of {b} streams")
    }
}
