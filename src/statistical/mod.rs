//! Models that count: n-grams.

mod ngram;

pub use ngram::{
    Context, Discounts, EmStep, Fitting, MAX_ORDER, NgramConfig, NgramCounts, NgramModel, Smoothing, Surprisal,
};
