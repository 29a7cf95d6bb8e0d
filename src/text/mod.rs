//! From files to sentences, from sentences to ids.
//!
//! A sentence is a line of text. A [`Level`] says what its tokens are, a [`Vocab`] numbers them, a [`Corpus`] holds the
//! numbers. [`Fables`] is the course's own book; [`sources`] make up text whose right answers are known.

mod corpus;
mod fables;
mod level;
mod read;
pub mod sources;
mod statistics;
mod vocab;
mod words;
mod write;

pub use corpus::Corpus;
pub use fables::{Bilingual, Fable, Fables, Question, Split};
pub use level::Level;
pub use read::read_lines;
pub(crate) use read::read_text;
pub use statistics::Statistics;
pub use vocab::Vocab;
pub use words::words;
pub use write::replace_file;
