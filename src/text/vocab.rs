//! Tokens and their numbers.

use std::{collections::HashMap, fmt};

/// The vocabulary: a token ↔ an id, counted from 0 in the order of first appearance.
///
/// The first three ids are not found in texts: `<unk>` stands for every token that the vocabulary does not know, `<s>`
/// opens a sentence and is never predicted, `</s>` closes it and is predicted like a word.
#[derive(Clone)]
pub struct Vocab {
    tokens: Vec<String>,
    ids: HashMap<String, u32>,
}

impl Vocab {
    pub const UNK: u32 = 0;
    pub const BOS: u32 = 1;
    pub const EOS: u32 = 2;
    /// The tokens with the ids 0, 1 and 2.
    pub const RESERVED: [&str; 3] = ["<unk>", "<s>", "</s>"];

    /// A vocabulary of the three reserved tokens.
    pub fn new() -> Vocab {
        let mut vocab = Vocab { tokens: Vec::new(), ids: HashMap::new() };
        for token in Vocab::RESERVED {
            vocab.add(token);
        }
        vocab
    }

    /// A vocabulary as it was written: all tokens in the order of their ids.
    ///
    /// # Errors
    /// If they are not such an order; says what is wrong.
    pub(crate) fn of(tokens: &[String]) -> std::result::Result<Vocab, String> {
        let mut vocab = Vocab::new();
        for token in tokens {
            vocab.add(token);
        }
        match vocab.tokens == tokens {
            true => Ok(vocab),
            false => Err("the tokens do not begin with <unk>, <s>, </s>, or one stands there twice".into()),
        }
    }

    /// The id of a token, a new one if it has none.
    pub fn add(&mut self, token: &str) -> u32 {
        if let Some(&id) = self.ids.get(token) {
            return id;
        }
        let id = self.tokens.len() as u32;
        self.tokens.push(token.into());
        self.ids.insert(token.into(), id);
        id
    }

    /// The id of a token, that of `<unk>` if it has none.
    pub fn id(&self, token: &str) -> u32 {
        self.get(token).unwrap_or(Vocab::UNK)
    }

    /// The id of a token, if it has one.
    pub fn get(&self, token: &str) -> Option<u32> {
        self.ids.get(token).copied()
    }

    /// # Panics
    /// If no token has this id.
    pub fn token(&self, id: u32) -> &str {
        &self.tokens[id as usize]
    }

    /// All tokens, in the order of their ids.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// The number of tokens, the three reserved ones included.
    #[allow(clippy::len_without_is_empty)] // a vocabulary is never empty
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// V, the number of tokens that can be predicted: all but `<s>`.
    pub fn predicted(&self) -> usize {
        self.len() - 1
    }
}

impl fmt::Debug for Vocab {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "vocabulary of {} tokens", self.len())
    }
}

impl Default for Vocab {
    fn default() -> Vocab {
        Vocab::new()
    }
}
