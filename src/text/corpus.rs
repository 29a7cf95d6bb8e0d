//! A text as ids.

use super::{Level, Vocab};
use crate::{Error, Result};
use std::fmt;

/// Sentences as ids, one behind the other in one flat array: `<s> w₁ … wₘ </s> <s> …`.
#[derive(Clone, Default)]
pub struct Corpus {
    ids: Vec<u32>,
    /// Where each sentence ends in `ids`.
    ends: Vec<usize>,
    /// How many characters each sentence has, its line end included.
    characters: Vec<usize>,
}

impl Corpus {
    /// Numbers the tokens of a text in the order in which they appear.
    ///
    /// # Errors
    /// If there is no sentence, or one holds a [reserved token](Vocab::RESERVED).
    pub fn build(sentences: &[String], level: Level) -> Result<(Corpus, Vocab)> {
        let mut vocab = Vocab::new();
        let corpus = Corpus::number(sentences, level, |token| vocab.add(token))?;
        Ok((corpus, vocab))
    }

    /// Looks the tokens of a text up in a vocabulary; unknown ones become `<unk>`.
    ///
    /// # Errors
    /// As for [`Corpus::build`].
    pub fn encode(sentences: &[String], level: Level, vocab: &Vocab) -> Result<Corpus> {
        Corpus::number(sentences, level, |token| vocab.id(token))
    }

    /// Sentences that are ids already: what a tokenizer made of them, without `<s>` and `</s>`.
    ///
    /// The characters are those of the sentences as they stand in the text, whatever tokens they were cut into: bits
    /// per character stay comparable.
    ///
    /// # Errors
    /// If there is no sentence, or one holds the id of `<s>` or `</s>`.
    ///
    /// # Panics
    /// If there are not as many sentences as rows of ids.
    pub fn from_ids(sentences: &[String], ids: &[Vec<u32>]) -> Result<Corpus> {
        assert_eq!(sentences.len(), ids.len(), "{} sentences, but ids of {}", sentences.len(), ids.len());
        let mut corpus = Corpus::default();
        for (i, (sentence, ids)) in sentences.iter().zip(ids).enumerate() {
            if let Some(&id) = ids.iter().find(|&&id| id == Vocab::BOS || id == Vocab::EOS) {
                return Err(Error::ReservedToken { line: i + 1, token: Vocab::RESERVED[id as usize].into() });
            }
            corpus.push(sentence, ids.iter().copied());
        }
        corpus.checked()
    }

    fn number(sentences: &[String], level: Level, mut id: impl FnMut(&str) -> u32) -> Result<Corpus> {
        let mut corpus = Corpus::default();
        for (i, sentence) in sentences.iter().enumerate() {
            if let Some(token) = level.tokens(sentence).find(|token| Vocab::RESERVED.contains(token)) {
                return Err(Error::ReservedToken { line: i + 1, token: token.into() });
            }
            corpus.push(sentence, level.tokens(sentence).map(&mut id));
        }
        corpus.checked()
    }

    fn push(&mut self, sentence: &str, ids: impl Iterator<Item = u32>) {
        self.ids.push(Vocab::BOS);
        self.ids.extend(ids);
        self.ids.push(Vocab::EOS);
        self.ends.push(self.ids.len());
        self.characters.push(sentence.chars().count() + 1);
    }

    fn checked(self) -> Result<Corpus> {
        match self.ids.len() {
            0 => Err(Error::NoSentences),
            found if found < u32::MAX as usize => Ok(self),
            found => Err(Error::TooLong { found }),
        }
    }

    /// All ids, in order.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// The sentences, each from its `<s>` to its `</s>`.
    pub fn sentences(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        (0..self.ends.len()).map(|i| {
            let start = if i == 0 { 0 } else { self.ends[i - 1] };
            &self.ids[start..self.ends[i]]
        })
    }

    /// The text as one stream, each sentence behind the `</s>` of the one before: `</s> w₁ … wₘ </s> w₁ …`.
    pub fn stream(&self) -> Vec<u32> {
        let sentences = self.sentences().flat_map(|sentence| &sentence[1..]);
        [Vocab::EOS].iter().chain(sentences).copied().collect()
    }

    /// The tokens that a model predicts: all but `<s>`.
    pub fn predicted(&self) -> usize {
        self.ids.len() - self.ends.len()
    }

    /// Unicode scalars of the text, one for each line end included.
    pub fn characters(&self) -> usize {
        self.characters.iter().sum()
    }

    /// Holds every tenth sentence out: the other ones, and those.
    pub fn hold_out(&self) -> (Corpus, Corpus) {
        let (mut rest, mut held_out) = (Corpus::default(), Corpus::default());
        for (i, sentence) in self.sentences().enumerate() {
            let side = if i % 10 == 9 { &mut held_out } else { &mut rest };
            side.ids.extend(sentence);
            side.ends.push(side.ids.len());
            side.characters.push(self.characters[i]);
        }
        (rest, held_out)
    }
}

impl fmt::Debug for Corpus {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} sentences, {} tokens to predict", self.ends.len(), self.predicted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_open_and_close() {
        let text = ["a b a".to_string(), String::new()];
        let (corpus, vocab) = Corpus::build(&text, Level::Word).unwrap();
        assert_eq!(corpus.sentences().collect::<Vec<_>>(), [&[1, 3, 4, 3, 2][..], &[1, 2]]);
        assert_eq!(corpus.stream(), [2, 3, 4, 3, 2, 2]);
        assert_eq!((vocab.len(), corpus.predicted(), corpus.characters()), (5, 5, 7));
        let other = Corpus::encode(&["b c".to_string()], Level::Word, &vocab).unwrap();
        assert_eq!(other.ids(), [1, 4, 0, 2]);
    }

    #[test]
    fn every_tenth_sentence_is_held_out() {
        let text: Vec<String> = (0..25).map(|i| i.to_string()).collect();
        let (rest, held_out) = Corpus::build(&text, Level::Word).unwrap().0.hold_out();
        assert_eq!(held_out.sentences().collect::<Vec<_>>(), [[1, 12, 2], [1, 22, 2]]);
        assert_eq!((rest.sentences().len(), rest.characters() + held_out.characters()), (23, 65));
    }

    #[test]
    fn reserved_tokens_are_named_with_their_line() {
        let text = ["a".to_string(), "b <s> c".to_string()];
        let error = Corpus::build(&text, Level::Word).unwrap_err();
        assert!(matches!(&error, Error::ReservedToken { line: 2, token } if token == "<s>"), "{error}");
        assert!(Corpus::build(&text, Level::Char).is_ok());
        assert!(matches!(Corpus::build(&[], Level::Word), Err(Error::NoSentences)));
    }
}
