//! From text to ids and back.

#[cfg(feature = "tokenizers")]
use super::Tokenizer;
use super::{
    Corpus, Level, Vocab,
    saved::{read_json, write_json},
};
use crate::{Error, Result};
use std::{collections::HashMap, fmt, path::Path};

/// How lines become ids, and ids lines: a vocabulary, and the way to cut.
#[derive(Clone)]
pub struct Codec {
    vocab: Vocab,
    cut: Cut,
}

#[derive(Clone)]
enum Cut {
    Level(Level),
    #[cfg(feature = "tokenizers")]
    Tokenizer(Box<Tokenizer>),
}

impl Codec {
    /// The words, or characters, that stand at least `min_count` times in a text; the others become `<unk>`.
    ///
    /// A neural model knows nothing of a token that it never met in training, and gives it next to no probability. With
    /// a `min_count` of 2 it meets `<unk>` as often as there are tokens seen once: n₁ of T, which is also what Good and
    /// Turing estimate for the probability that the next token is a new one (Good 1953). With 1 all are known, as to an
    /// n-gram model.
    ///
    /// # Errors
    /// If there is no sentence, one holds a [reserved token](Vocab::RESERVED), or all tokens are too rare.
    pub fn build(lines: &[String], level: Level, min_count: usize) -> Result<Codec> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        let tokens = || lines.iter().flat_map(|line| level.tokens(line));
        tokens().for_each(|token| *counts.entry(token).or_default() += 1);
        let mut vocab = Vocab::new();
        for token in tokens().filter(|token| counts[token] >= min_count) {
            vocab.add(token);
        }
        if vocab.len() == Vocab::RESERVED.len() && !counts.is_empty() {
            let most = counts.values().max().unwrap_or(&0);
            let expected = format!("at most {most}: no token of the text occurs more often");
            return Err(Error::Config { name: "the minimal count", found: min_count.to_string(), expected });
        }
        Ok(Codec { vocab, cut: Cut::Level(level) })
    }

    /// The tokens of a tokenizer.
    ///
    /// # Errors
    /// If its first tokens are not `<unk>`, `<s>` and `</s>`.
    #[cfg(feature = "tokenizers")]
    pub fn of_tokenizer(tokenizer: Tokenizer) -> Result<Codec> {
        Ok(Codec { vocab: tokenizer.vocab()?, cut: Cut::Tokenizer(Box::new(tokenizer)) })
    }

    pub fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    /// A text as ids.
    ///
    /// # Errors
    /// If there is no sentence, or one holds a reserved token.
    pub fn corpus(&self, lines: &[String]) -> Result<Corpus> {
        match &self.cut {
            Cut::Level(level) => Corpus::encode(lines, *level, &self.vocab),
            #[cfg(feature = "tokenizers")]
            Cut::Tokenizer(tokenizer) => tokenizer.corpus(lines),
        }
    }

    /// A line as ids, without `<s>` and `</s>`.
    ///
    /// # Errors
    /// If it holds a reserved token.
    pub fn encode(&self, line: &str) -> Result<Vec<u32>> {
        let corpus = self.corpus(&[line.into()])?;
        let ids = corpus.ids();
        Ok(ids[1..ids.len() - 1].to_vec())
    }

    /// The line that ids make.
    ///
    /// # Errors
    /// None for ids of the vocabulary.
    pub fn decode(&self, ids: &[u32]) -> Result<String> {
        match &self.cut {
            Cut::Level(level) => {
                let tokens: Vec<&str> = ids.iter().map(|&id| self.vocab.token(id)).collect();
                Ok(level.join(&tokens))
            }
            #[cfg(feature = "tokenizers")]
            Cut::Tokenizer(tokenizer) => tokenizer.decode(ids),
        }
    }

    /// What a `config.json` says of it: "word", "char" or "tokenizer".
    pub(crate) fn name(&self) -> String {
        match &self.cut {
            Cut::Level(level) => level.to_string(),
            #[cfg(feature = "tokenizers")]
            Cut::Tokenizer(_) => TOKENIZER.into(),
        }
    }

    /// What the file of a codec with this name is called.
    pub(crate) fn file(name: &str) -> &'static str {
        if name == TOKENIZER { "tokenizer.json" } else { "vocab.json" }
    }

    /// Writes its file.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        match &self.cut {
            Cut::Level(_) => write_json(path, &self.vocab.tokens()),
            #[cfg(feature = "tokenizers")]
            Cut::Tokenizer(tokenizer) => tokenizer.save(path),
        }
    }

    /// Reads what [`Codec::save`] has written of a codec with this name.
    pub(crate) fn load(path: &Path, name: &str) -> Result<Codec> {
        let wrong = |message: String| Error::Json { path: path.into(), message };
        let level = match name {
            "word" => Level::Word,
            "char" => Level::Char,
            #[cfg(feature = "tokenizers")]
            TOKENIZER => return Codec::of_tokenizer(Tokenizer::load(path)?),
            #[cfg(not(feature = "tokenizers"))]
            TOKENIZER => return Err(wrong("this program was built without the feature tokenizers".into())),
            other => return Err(wrong(format!("a level {other:?}: expected word, char or {TOKENIZER}"))),
        };
        let tokens: Vec<String> = read_json(path)?;
        Ok(Codec { vocab: Vocab::of(&tokens).map_err(wrong)?, cut: Cut::Level(level) })
    }
}

const TOKENIZER: &str = "tokenizer";

impl fmt::Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:?} ({} level)", self.vocab, self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_words_become_unknown_ones() {
        let lines = ["the fox saw the crow", "the crow"].map(String::from);
        let codec = Codec::build(&lines, Level::Word, 2).unwrap();
        assert_eq!(codec.vocab().tokens()[3..], ["the", "crow"]);
        assert_eq!(codec.corpus(&lines).unwrap().ids(), [1, 3, 0, 0, 3, 4, 2, 1, 3, 4, 2]);
        assert_eq!(codec.decode(&[3, 0, 4]).unwrap(), "the <unk> crow");
        let error = Codec::build(&lines, Level::Word, 4).unwrap_err().to_string();
        assert!(error.contains("the minimal count is 4: expected at most 3"), "{error}");
    }
}
