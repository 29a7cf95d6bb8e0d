//! A probabilistic context-free grammar: sentences with a tree in them, and exact answers about their words.

mod expectation;
mod fables;
mod inside;
mod outside;
mod parse;
mod tree;

pub use tree::Tree;

use std::fmt;

/// A probabilistic context-free grammar in Chomsky normal form: each rule replaces a non-terminal A by two others, with
/// probability p(A → B C), or by a word, with probability p(A → w). The rules of A sum to one.
///
/// Sentences are words with white space between them. Letters: M non-terminals, V words, R rules, T words of a sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Grammar {
    /// The non-terminals; the first one is the start symbol.
    names: Vec<String>,
    words: Vec<String>,
    /// A → B C
    binary: Vec<Binary>,
    /// A → w
    lexical: Vec<Lexical>,
}

#[derive(Clone, Debug, PartialEq)]
struct Binary {
    a: usize,
    b: usize,
    c: usize,
    p: f64,
}

#[derive(Clone, Debug, PartialEq)]
struct Lexical {
    a: usize,
    w: usize,
    p: f64,
}

impl Grammar {
    /// Stands for a word that is not told.
    pub const MASK: &'static str = "[MASK]";

    /// The longest sentence that is analysed, in words: the time grows with its cube, and its probability becomes too
    /// small for a number.
    pub const MAX_WORDS: usize = 100;

    /// The V words, in the order in which the rules name them.
    pub fn words(&self) -> Vec<String> {
        self.words.clone()
    }
}

/// All rules, as [`Grammar::parse`] reads them, one a line.
impl fmt::Display for Grammar {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (a, name) in self.names.iter().enumerate() {
            for Binary { b, c, p, .. } in self.binary.iter().filter(|rule| rule.a == a) {
                writeln!(f, "{name} -> {} {} {p}", self.names[*b], self.names[*c])?;
            }
            for Lexical { w, p, .. } in self.lexical.iter().filter(|rule| rule.a == a) {
                writeln!(f, "{name} -> {} {p}", self.words[*w])?;
            }
        }
        Ok(())
    }
}
