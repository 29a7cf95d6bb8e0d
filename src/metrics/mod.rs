//! How good a model is, as numbers that compare across models.

mod perplexity;

pub use perplexity::Score;
