//! From a tokenizer to language models: its vocabulary, and texts as its ids.

use super::{Tokenizer, refused};
use crate::{
    Error, Result,
    text::{Corpus, Vocab},
};

impl Tokenizer {
    /// The vocabulary of a language model over this tokenizer's tokens: the same tokens with the same ids.
    ///
    /// V then counts `<pad>`, too, which no text holds.
    ///
    /// # Errors
    /// If the tokenizer is from elsewhere, and its first tokens are not `<unk>`, `<s>` and `</s>`.
    pub fn vocab(&self) -> Result<Vocab> {
        let tokens = self.tokens();
        let mut vocab = Vocab::new();
        if tokens.iter().zip(0..).any(|(token, id)| vocab.add(token) != id) {
            return Err(Error::Config {
                name: "the beginning of the tokenizer's vocabulary",
                found: tokens[..tokens.len().min(3)].join(" "),
                expected: format!("{}, as of a tokenizer trained here", Vocab::RESERVED.join(" ")),
            });
        }
        Ok(vocab)
    }

    /// A text as a corpus of ids, which the course's models are fitted to and scored on.
    ///
    /// Bits per character compare tokenizers fairly if they lose nothing of the text. An `<unk>` is cheap to predict
    /// and says little ([`oov`](crate::metrics::Score::oov) counts them): words look better than they are, and
    /// byte-level BPE alone is never favoured so. A kind that does not keep white space is not asked to predict it.
    ///
    /// # Errors
    /// As for [`vocab`](Tokenizer::vocab); and if there is no sentence, or one holds `<s>` or `</s>`.
    pub fn corpus(&self, sentences: &[String]) -> Result<Corpus> {
        self.vocab()?;
        let texts = sentences.iter().map(String::as_str).collect();
        let encodings = self.inner.encode_batch_fast(texts, false).map_err(refused)?;
        let ids: Vec<Vec<u32>> = encodings.iter().map(|encoding| encoding.get_ids().to_vec()).collect();
        Corpus::from_ids(sentences, &ids)
    }
}
