//! The library of the course: language models, from counting on, written to be read beside their formulas.
//!
//! ```text
//! models                   recurrent and Transformer language models · encoders and decoders
//! train · nn · statistical     losses, optimisers, the loop, checkpoints │ layers │ n-grams, hidden Markov models
//! autograd · decode · course   gradients of anything │ any language model: score, sample, search │ claims and exercises
//! plot · metrics · text · math pictures │ scores │ files, tokenizers, batches, sources │ products, softmax, chance
//! ```
//!
//! Rooms use those below them, never those above.
//!
//! Letters that name shapes, everywhere: V tokens of the vocabulary that can be predicted · N order of an n-gram model
//! · T tokens of a text, or steps of a batch · B rows of a batch · K hidden states · D numbers of an input, or of a
//! Transformer's step · M inner numbers of its feed-forward network · E of a token's vector · H of a recurrent state · G gates
//! of a recurrent cell · S places of a source.

pub mod autograd;
pub mod course;
pub mod decode;
mod error;
pub mod math;
pub mod metrics;
pub mod models;
pub mod nn;
pub mod plot;
pub mod statistical;
pub mod text;
pub mod train;

pub use error::{Error, Result};
pub use {ndarray, plotters};

/// What a notebook imports.
pub mod prelude {
    pub use crate::autograd::{Parameters, Var, check_gradients, concat, no_grad, outputs, stack, without_gradient};
    pub use crate::course::{Close, Scoreboard, Show, Stored, Verdict, claim, exercise, runs, stored};
    pub use crate::decode::{
        Beam, Fate, Hypothesis, LanguageModel, Limits, Sampling, SearchTree, Stop, exact, exhaustive, greedy, sample,
        top_k, top_p,
    };
    pub use crate::math::{draw, log_sum_exp, rng, softmax};
    pub use crate::metrics::{
        Bleu, BleuScore, BleuSmoothing, Chrf, ChrfScore, RougeL, RougeScore, Score, Tokenization,
    };
    pub use crate::metrics::{Edit, edit_distance, edit_operations, error_rate, exact_match, token_accuracy};
    pub use crate::models::{Attention, Seq2Seq, Seq2SeqConfig, Seq2SeqTraining};
    pub use crate::models::{Classifier, EncoderDecoder, MaskedLm, Refill};
    pub use crate::models::{LmTraining, RecurrentLm, RecurrentLmConfig, TransformerLm};
    pub use crate::nn::{Activation, NormOrder, PositionKind, TransformerConfig};
    pub use crate::nn::{AdditiveAttention, Mask, MultiHeadAttention, attention::attend};
    pub use crate::nn::{Direction, Dropout, Embedding, LayerNorm, Linear, Module, parameter_count};
    pub use crate::nn::{Recurrent, RecurrentConfig, RecurrentKind, Reset};
    pub use crate::plot::{Bars, Chart, Flow, Heatmap, Picture, Tree, Trellis};
    pub use crate::statistical::{BaumWelch, Hmm, HmmConfig, HmmModel};
    pub use crate::statistical::{NgramConfig, NgramCounts, NgramModel, Smoothing};
    pub use crate::text::sources;
    pub use crate::text::{Augment, Delete, Replace, Slips, Swap};
    pub use crate::text::{Bitext, Codec, Corpus, Fable, Fables, Level, Split, Vocab, read_lines, words};
    #[cfg(feature = "tokenizers")]
    pub use crate::text::{Encoding, Tokenizer, TokenizerConfig, TokenizerKind};
    pub use crate::text::{Padded, PairBatch, ParallelCorpus};
    pub use crate::train::{
        Adam, CrossEntropy, EarlyStopping, History, Limit, Optimiser, Penalty, Schedule, Sgd, Trainer, clip_by_norm,
    };
    // Not `Result`: in a cell the name must stay the standard library's.
    pub use crate::Error;
}
