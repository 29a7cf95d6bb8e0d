//! Models that count: n-grams, and hidden Markov models, whose counts are expected ones.

mod hmm;
mod ngram;

pub use hmm::{
    BaumWelch, BaumWelchStep, Forward, Hmm, HmmConfig, HmmCounts, HmmModel, HmmProgress, HmmSample, Path, Watch,
};
pub use ngram::{
    Context, Discounts, EmStep, Fitting, MAX_ORDER, NgramConfig, NgramCounts, NgramModel, Smoothing, Surprisal,
};
