//! The tokenizer: from text to ids and back.

use super::{Encoding, TokenizerKind, refused};
use crate::{Error, Result};
use std::fmt;
use tokenizers::{DecoderWrapper, ModelWrapper, PreTokenizerWrapper};

/// A tokenizer, trained here or read from a file.
///
/// ```
/// use fabula::text::{Tokenizer, TokenizerConfig, TokenizerKind};
/// let text = ["the fox saw the foxes".to_string()];
/// let config = TokenizerConfig { kind: TokenizerKind::Bpe, vocab_size: 24, ..Default::default() };
/// let tokenizer = Tokenizer::train(&text, &config)?;
/// let encoding = tokenizer.encode("the foxes sat")?;
/// assert_eq!(encoding.tokens(), ["▁the", "▁fox", "es", "▁", "s", "a", "t"]);
/// assert_eq!(tokenizer.decode(encoding.ids())?, "the foxes sat");
/// # Ok::<(), fabula::Error>(())
/// ```
#[derive(Clone)]
pub struct Tokenizer {
    pub(super) inner: tokenizers::Tokenizer,
    kind: TokenizerKind,
}

impl Tokenizer {
    pub const UNK: u32 = 0;
    pub const BOS: u32 = 1;
    pub const EOS: u32 = 2;
    pub const PAD: u32 = 3;
    /// The tokens with the ids 0 to 3 of a tokenizer that was trained here: those of a [`Vocab`](crate::text::Vocab),
    /// with the same ids, and the one that fills up the rows of a batch.
    pub const SPECIAL: [&str; 4] = ["<unk>", "<s>", "</s>", "<pad>"];

    pub(super) fn new(inner: tokenizers::Tokenizer) -> Tokenizer {
        let kind = kind(&inner);
        Tokenizer { inner, kind }
    }

    /// Cuts a text into tokens; the same as Python's `tokenizer.encode(text)`.
    ///
    /// No `<s>` and `</s>` are set around it (a tokenizer from elsewhere may set its own). Where a special token stands
    /// in the text, it is one token, as if it had been set: a text that others wrote should be searched for them first.
    ///
    /// # Errors
    /// If the tokenizer is from elsewhere and lacks its unknown token.
    pub fn encode(&self, text: &str) -> Result<Encoding> {
        Ok(Encoding::new(self.inner.encode(text, true).map_err(refused)?, text))
    }

    /// Cuts many texts into tokens, on all cores; the result is that of [`encode`](Tokenizer::encode) for each.
    ///
    /// # Errors
    /// As for [`encode`](Tokenizer::encode).
    pub fn encode_batch(&self, texts: &[String]) -> Result<Vec<Encoding>> {
        let encodings = self.inner.encode_batch(texts.iter().map(String::as_str).collect(), true).map_err(refused)?;
        Ok(encodings.into_iter().zip(texts).map(|(encoding, text)| Encoding::new(encoding, text)).collect())
    }

    /// The text of some tokens, special ones included, as far as the [kind](TokenizerKind) keeps it.
    ///
    /// Bytes that are no UTF-8, such as half of a character, become `\u{FFFD}`.
    ///
    /// # Errors
    /// If there is no token with one of these ids.
    pub fn decode(&self, ids: &[u32]) -> Result<String> {
        if let Some(id) = ids.iter().find(|&&id| self.token(id).is_none()) {
            let expected = format!("that of one of the {} tokens, counted from 0", self.len());
            return Err(Error::Config { name: "a token's id", found: id.to_string(), expected });
        }
        self.inner.decode(ids, false).map_err(refused)
    }

    /// The id of a token, written as in the vocabulary.
    pub fn id(&self, token: &str) -> Option<u32> {
        self.inner.token_to_id(token)
    }

    /// The token with an id, as the vocabulary writes it.
    pub fn token(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }

    /// All tokens, in the order of their ids.
    pub fn tokens(&self) -> Vec<String> {
        let mut tokens: Vec<(String, u32)> = self.inner.get_vocab(true).into_iter().collect();
        tokens.sort_unstable_by_key(|&(_, id)| id);
        tokens.into_iter().map(|(token, _)| token).collect()
    }

    /// The number of tokens, special ones included.
    #[allow(clippy::len_without_is_empty)] // a tokenizer always has its special tokens
    pub fn len(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// BPE's merges, in order: the tokens (a, b) became the token ab. Other kinds have none.
    pub fn merges(&self) -> Vec<(String, String)> {
        let ModelWrapper::BPE(bpe) = self.inner.get_model() else { return Vec::new() };
        // The crate shows its merges in no other way.
        let stored = serde_json::to_value(bpe).map(|mut stored| stored["merges"].take());
        stored.and_then(serde_json::from_value).unwrap_or_default()
    }

    /// Unigram's tokens, each with ln p, in the order of their ids; the special ones, which have none, are left out.
    /// Other kinds have none.
    pub fn log_probs(&self) -> Vec<(String, f64)> {
        let ModelWrapper::Unigram(unigram) = self.inner.get_model() else { return Vec::new() };
        let special = self.inner.get_added_vocabulary();
        unigram.iter().filter(|(token, _)| !special.is_special_token(token)).cloned().collect()
    }

    /// Of a tokenizer from elsewhere: the kind that it resembles most.
    pub fn kind(&self) -> TokenizerKind {
        self.kind
    }
}

fn kind(tokenizer: &tokenizers::Tokenizer) -> TokenizerKind {
    let decodes_bytes = matches!(tokenizer.get_decoder(), Some(DecoderWrapper::ByteLevel(_)));
    let cuts_bytes = matches!(tokenizer.get_pre_tokenizer(), Some(PreTokenizerWrapper::ByteLevel(_)));
    match tokenizer.get_model() {
        ModelWrapper::BPE(_) if decodes_bytes || cuts_bytes => TokenizerKind::ByteLevelBpe,
        ModelWrapper::BPE(_) if tokenizer.get_pre_tokenizer().is_none() => TokenizerKind::Characters,
        ModelWrapper::BPE(_) => TokenizerKind::Bpe,
        ModelWrapper::WordPiece(_) => TokenizerKind::WordPiece,
        ModelWrapper::WordLevel(_) => TokenizerKind::Words,
        ModelWrapper::Unigram(_) => TokenizerKind::Unigram,
    }
}

impl fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} tokenizer of {} tokens", self.kind, self.len())
    }
}

impl fmt::Display for Tokenizer {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
