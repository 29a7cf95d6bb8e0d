//! What kind of n-gram model to fit.

use crate::{Error, Result, text::Level};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The highest order that is allowed: beyond it, n-grams are copies of the text.
pub const MAX_ORDER: usize = 16;

/// The largest k of add-k smoothing that is allowed: far beyond it, k·V is no number.
const MAX_K: f64 = 1e9;

/// The choices behind an n-gram model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NgramConfig {
    /// N, the length of the longest n-grams: 1 to [`MAX_ORDER`]. Default 3.
    pub order: usize,
    /// Default Kneser–Ney.
    pub smoothing: Smoothing,
    /// Default words.
    pub level: Level,
}

/// How probability is moved from what was seen to what was not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Smoothing {
    /// Maximum likelihood: not at all.
    Mle,
    /// k more of everything, at the highest order. k > 0.
    AddK { k: f64 },
    /// Jelinek–Mercer: a weight for each order, fitted by EM on held-out text.
    Interpolated,
    /// Absolute discounting: one discount for each order.
    Absolute,
    /// Interpolated modified Kneser–Ney: three discounts for each order, and lower orders that count contexts.
    #[default]
    KneserNey,
}

impl Smoothing {
    /// All methods, from the simplest on; add-k with k = 1 (Laplace).
    pub const ALL: [Smoothing; 5] = [
        Smoothing::Mle,
        Smoothing::AddK { k: 1.0 },
        Smoothing::Interpolated,
        Smoothing::Absolute,
        Smoothing::KneserNey,
    ];
}

impl Default for NgramConfig {
    fn default() -> NgramConfig {
        NgramConfig { order: 3, smoothing: Smoothing::default(), level: Level::default() }
    }
}

impl NgramConfig {
    /// # Errors
    /// If the order or k is outside of its range.
    pub fn check(&self) -> Result<()> {
        check_order(self.order)?;
        match self.smoothing {
            Smoothing::AddK { k } if !(k > 0.0 && k <= MAX_K) => Err(Error::Config {
                name: "k",
                found: k.to_string(),
                expected: format!("a positive number up to {MAX_K:e}, for instance 0.1"),
            }),
            _ => Ok(()),
        }
    }
}

pub(crate) fn check_order(order: usize) -> Result<()> {
    if (1..=MAX_ORDER).contains(&order) {
        return Ok(());
    }
    Err(Error::Config { name: "the order", found: order.to_string(), expected: format!("1 to {MAX_ORDER}") })
}

impl fmt::Display for Smoothing {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Smoothing::Mle => f.write_str("mle"),
            Smoothing::AddK { k } => write!(f, "add-{k}"),
            Smoothing::Interpolated => f.write_str("interpolated"),
            Smoothing::Absolute => f.write_str("absolute"),
            Smoothing::KneserNey => f.write_str("kneser-ney"),
        }
    }
}
