//! The library of the course: language models, from counting on, written to be read beside their formulas.
//!
//! ```text
//! statistical              n-gram models: counts, smoothing, ARPA files; hidden Markov models
//! train                    losses, optimisers, schedules, the loop, checkpoints
//! decode                   what any language model can do, over one trait: score, sample
//! course                   claims and exercises of the notebooks
//! plot · metrics · text · math    pictures │ perplexity │ files, tokenizers, batches, the fables, sources │ softmax, chance
//! ```
//!
//! Rooms use those below them, never those above.
//!
//! Letters that name shapes, everywhere: V tokens of the vocabulary that can be predicted · N order of an n-gram model
//! · T tokens of a text, or steps of a batch · B rows of a batch · K hidden states.

pub mod autograd;
pub mod course;
pub mod decode;
mod error;
pub mod math;
pub mod metrics;
pub mod plot;
pub mod statistical;
pub mod text;
pub mod train;

pub use error::{Error, Result};
pub use {ndarray, plotters};

/// What a notebook imports.
pub mod prelude {
    pub use crate::course::{Close, Scoreboard, Show, Verdict, claim, exercise};
    pub use crate::decode::{LanguageModel, Sampling};
    pub use crate::math::{draw, log_sum_exp, rng, softmax};
    pub use crate::metrics::Score;
    pub use crate::plot::{Bars, Chart, Heatmap, Picture, Trellis};
    pub use crate::statistical::{BaumWelch, Hmm, HmmConfig, HmmModel};
    pub use crate::statistical::{NgramConfig, NgramCounts, NgramModel, Smoothing};
    pub use crate::text::sources;
    pub use crate::text::{Corpus, Fable, Fables, Level, Split, Vocab, read_lines, words};
    #[cfg(feature = "tokenizers")]
    pub use crate::text::{Encoding, Tokenizer, TokenizerConfig, TokenizerKind};
    pub use crate::train::{
        Adam, CrossEntropy, EarlyStopping, History, Limit, Optimiser, Penalty, Schedule, Sgd, Trainer, clip_by_norm,
    };
    // Not `Result`: in a cell the name must stay the standard library's.
    pub use crate::Error;
}
