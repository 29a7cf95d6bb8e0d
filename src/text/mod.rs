//! From files to sentences, from sentences to ids.
//!
//! A sentence is a line of text. A [`Level`] says what its tokens are, a [`Vocab`] numbers them, a [`Corpus`] holds
//! the numbers, a [`ParallelCorpus`] those of two texts side by side, a [`Bitext`] also the pairs that are held out;
//! [`Padded`], [`PairBatch`] and [`Block`] cut them for training, [`Masking`] hides some of them, an [`Augment`]
//! changes some; a [`Codec`] knows the way back to text. [`Fables`] is the course's own book, [`sources`] make up text
//! whose right answers are known. With the feature `tokenizers`, a `Tokenizer` learns from a text into which pieces to
//! cut it.

mod augment;
mod batch;
mod bitext;
mod codec;
mod corpus;
mod fables;
mod ids;
mod level;
mod masking;
mod pairs;
mod parallel;
mod read;
pub(crate) mod saved;
pub mod sources;
mod statistics;
#[cfg(feature = "tokenizers")]
pub mod tokenizer;
mod vocab;
mod words;
mod write;

pub use augment::{Augment, Delete, Replace, Slips, Swap};
pub(crate) use augment::{changes, check_share};
pub use batch::{Block, Padded};
pub use bitext::Bitext;
pub use codec::Codec;
pub use corpus::Corpus;
pub use fables::{Bilingual, Fable, Fables, Question, Split};
pub(crate) use ids::{check_ids, check_text};
pub use level::Level;
pub use masking::Masking;
pub use pairs::read_pairs;
pub use parallel::{PairBatch, ParallelCorpus};
pub use read::read_lines;
pub(crate) use read::read_text;
pub use saved::saved_model;
pub use statistics::Statistics;
#[cfg(feature = "tokenizers")]
pub use tokenizer::{Encoding, Tokenizer, TokenizerConfig, TokenizerKind};
pub use vocab::Vocab;
pub use words::words;
pub use write::replace_file;
pub(crate) use write::replace_folder;
