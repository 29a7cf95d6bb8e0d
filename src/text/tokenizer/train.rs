//! Training: normalise, cut into words, count them, and learn how to cut each.

use super::{Tokenizer, TokenizerConfig, TokenizerKind, bpe, pipeline::Pipeline, refused, unigram};
use crate::{Error, Result};
use std::{cmp::Reverse, collections::BTreeMap};
use tokenizers::{AddedToken, ModelWrapper, models::wordlevel::WordLevel};

/// The different words of a text, in order, and how often each stands in it: all that training looks at.
pub type Words = BTreeMap<String, u32>;

impl Tokenizer {
    /// Learns a tokenizer from a text. The same text and config give the same tokenizer, byte for byte.
    ///
    /// The ids: first the four [special tokens](Tokenizer::SPECIAL); then, for BPE and WordPiece, the alphabet in the
    /// order of Unicode and the merged tokens in the order of merging; for words, the most frequent first; for Unigram,
    /// the most probable first.
    ///
    /// # Errors
    /// If the text holds no sentence, or one with a special token in it, or if the vocabulary is too small for its
    /// alphabet.
    pub fn train(sentences: &[String], config: &TokenizerConfig) -> Result<Tokenizer> {
        let TokenizerConfig { kind, vocab_size, .. } = *config;
        let pipeline = Pipeline::new(config)?;
        let words = count_words(sentences, &pipeline)?;
        let alphabet = match kind {
            TokenizerKind::Words => Vec::new(),
            _ => bpe::alphabet(&words, kind),
        };
        let needed = Tokenizer::SPECIAL.len() + alphabet.len().max(1);
        if vocab_size < needed {
            return Err(Error::VocabularyTooSmall { kind: kind.to_string(), found: vocab_size, needed });
        }
        // The crate sets memory aside for as many tokens as it is asked for; a text cannot give more than this.
        let most = needed + words.keys().map(|word| 2 * word.chars().count()).sum::<usize>();
        let vocab_size = vocab_size.min(most);
        let model: ModelWrapper = match kind {
            TokenizerKind::Characters => bpe::train(&words, &alphabet, needed, None)?.into(),
            TokenizerKind::Words => train_words(words, vocab_size)?.into(),
            TokenizerKind::Bpe | TokenizerKind::ByteLevelBpe => bpe::train(&words, &alphabet, vocab_size, None)?.into(),
            TokenizerKind::WordPiece => bpe::train_wordpiece(&words, &alphabet, vocab_size)?.into(),
            TokenizerKind::Unigram => unigram::train(&words, &alphabet, vocab_size)?.into(),
        };
        let mut tokenizer = tokenizers::Tokenizer::new(model);
        tokenizer.with_normalizer(pipeline.normalizer).map_err(refused)?;
        tokenizer.with_pre_tokenizer(pipeline.cut).with_decoder(pipeline.decoder);
        let special = Tokenizer::SPECIAL.map(|token| AddedToken::from(token, true));
        tokenizer.add_special_tokens(special).map_err(refused)?;
        Ok(Tokenizer::new(tokenizer))
    }
}

impl TokenizerConfig {
    /// The words of a text, after normalising, as training counts them: what BPE by hand begins with.
    ///
    /// # Errors
    /// None that a text could cause.
    pub fn words(&self, text: &str) -> Result<Vec<String>> {
        let pipeline = Pipeline::new(self)?;
        pipeline.words(pipeline.normalize(text)?)
    }
}

fn count_words(sentences: &[String], pipeline: &Pipeline) -> Result<Words> {
    let mut words = Words::new();
    for (i, sentence) in sentences.iter().enumerate() {
        let normalized = pipeline.normalize(sentence)?;
        if let Some(token) = Tokenizer::SPECIAL.into_iter().find(|&token| normalized.get().contains(token)) {
            return Err(Error::ReservedToken { line: i + 1, token: token.into() });
        }
        for word in pipeline.words(normalized)? {
            *words.entry(word).or_default() += 1;
        }
    }
    if words.is_empty() { Err(Error::NoSentences) } else { Ok(words) }
}

/// The most frequent words; of equally frequent ones, those that come first in the order of Unicode.
fn train_words(words: Words, vocab_size: usize) -> Result<WordLevel> {
    let mut words: Vec<(String, u32)> = words.into_iter().collect();
    words.sort_by_key(|&(_, count)| Reverse(count));
    let tokens = Tokenizer::SPECIAL.map(String::from).into_iter().chain(words.into_iter().map(|(word, _)| word));
    let vocab = tokens.take(vocab_size).zip(0..).collect();
    WordLevel::builder().vocab(vocab).unk_token(Tokenizer::SPECIAL[0].into()).build().map_err(refused)
}
