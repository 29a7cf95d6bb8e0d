//! Hypotheses and the references that they are held against.

use crate::{Error, Result};

/// What one hypothesis is held against: a text, or several that are equally good.
pub trait References {
    fn texts(&self) -> Vec<&str>;
}

impl References for str {
    fn texts(&self) -> Vec<&str> {
        vec![self]
    }
}

impl References for String {
    fn texts(&self) -> Vec<&str> {
        vec![self]
    }
}

impl<S: AsRef<str>> References for [S] {
    fn texts(&self) -> Vec<&str> {
        self.iter().map(AsRef::as_ref).collect()
    }
}

impl<S: AsRef<str>, const N: usize> References for [S; N] {
    fn texts(&self) -> Vec<&str> {
        self.as_slice().texts()
    }
}

impl<S: AsRef<str>> References for Vec<S> {
    fn texts(&self) -> Vec<&str> {
        self.as_slice().texts()
    }
}

impl<R: References + ?Sized> References for &R {
    fn texts(&self) -> Vec<&str> {
        (**self).texts()
    }
}

/// Each hypothesis with its references, of which there is at least one.
pub(super) fn pairs<'a>(
    hypotheses: &'a [impl AsRef<str>],
    references: &'a [impl References],
) -> Result<Vec<(&'a str, Vec<&'a str>)>> {
    check_paired(hypotheses.len(), references.len())?;
    let pair = |(sentence, (hypothesis, references))| some_texts(references, sentence).map(|r| (hypothesis, r));
    hypotheses.iter().map(AsRef::as_ref).zip(references).enumerate().map(pair).collect()
}

/// The texts of a sentence's references, of which there is at least one.
pub(super) fn some_texts(references: &(impl References + ?Sized), sentence: usize) -> Result<Vec<&str>> {
    let texts = references.texts();
    if texts.is_empty() { Err(Error::NoReference { sentence }) } else { Ok(texts) }
}

pub(super) fn check_paired(hypotheses: usize, references: usize) -> Result<()> {
    if hypotheses != references {
        return Err(Error::Unpaired { hypotheses, references });
    }
    check_some(hypotheses, "at least one hypothesis with its reference")
}

pub(super) fn check_some(count: usize, expected: &'static str) -> Result<()> {
    if count == 0 { Err(Error::NothingToScore { expected }) } else { Ok(()) }
}
