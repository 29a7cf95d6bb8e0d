//! What a text becomes.

use std::fmt;

/// The tokens of a text.
#[derive(Clone, PartialEq)]
pub struct Encoding(tokenizers::Encoding);

impl Encoding {
    /// A token of bytes may begin or end inside a character; its place is widened to the whole of it, so that two
    /// tokens can share a character.
    pub(super) fn new(mut encoding: tokenizers::Encoding, text: &str) -> Encoding {
        if !text.is_ascii() {
            for (start, end) in encoding.get_offsets_mut() {
                *start = text.floor_char_boundary(*start);
                *end = text.ceil_char_boundary(*end);
            }
        }
        Encoding(encoding)
    }

    pub fn ids(&self) -> &[u32] {
        self.0.get_ids()
    }

    /// The tokens as the vocabulary writes them: `▁` or `Ġ` for a space, `##` before what continues a word.
    pub fn tokens(&self) -> &[String] {
        self.0.get_tokens()
    }

    /// Where in the original text each token stands, in bytes: `&text[start..end]`.
    ///
    /// The space that is put before the first word shares the place of the character behind it.
    pub fn offsets(&self) -> &[(usize, usize)] {
        self.0.get_offsets()
    }

    /// The piece of the text for which each token stands.
    ///
    /// # Panics
    /// If it is another text, and a token would stand outside of it.
    pub fn pieces(&self, text: &str) -> Vec<String> {
        self.offsets().iter().map(|&(start, end)| text[start..end].to_string()).collect()
    }

    /// How many tokens there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Only an empty text has no tokens.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The tokens, with a bar between them.
impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.tokens().join(" | "))
    }
}

impl fmt::Debug for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} tokens: {self}", self.len())
    }
}
