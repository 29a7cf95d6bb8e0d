//! A tokenizer in a file: the `tokenizer.json` of Hugging Face.

use super::{Tokenizer, refused};
use crate::{
    Error, Result,
    text::{read_text, replace_file},
};
use std::path::Path;

impl Tokenizer {
    /// Writes the tokenizer as a `tokenizer.json`, which Python's `Tokenizer.from_file` reads.
    ///
    /// # Errors
    /// If the file cannot be written; an older one of the same name is then still whole.
    pub fn save(&self, path: &Path) -> Result<()> {
        let json = self.inner.to_string(true).map_err(refused)?;
        replace_file(path, |out| writeln!(out, "{json}"))
    }

    /// Reads a `tokenizer.json`, from here or from elsewhere.
    ///
    /// # Errors
    /// If the file cannot be read, or holds no tokenizer of the kinds that are known.
    pub fn load(path: &Path) -> Result<Tokenizer> {
        let wrong = |message: String| Error::TokenizerFile { path: path.into(), message };
        let inner: tokenizers::Tokenizer =
            read_text(path)?.parse().map_err(|error: tokenizers::Error| wrong(error.to_string()))?;
        match inner.get_vocab_size(true) {
            0 => Err(wrong("its vocabulary is empty".into())),
            _ => Ok(Tokenizer::new(inner)),
        }
    }
}
