//! How the learning rate changes.

use crate::{Error, Result};
use std::f64::consts::PI;

/// The learning rate η at every step.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    Constant(f64),
    /// Up in a line over the first W steps, then half a cosine down to a floor.                     [gradients.10]
    ///
    ///   η = peak·(t + 1)/W for t < W      η = floor + (peak − floor)·(1 + cos π·s)/2   with s = (t − W)/(steps − W)
    ///
    /// Source: Loshchilov & Hutter 2017, SGDR, (5), without restarts.
    Cosine {
        peak: f64,
        floor: f64,
        warm_up: usize,
        steps: usize,
    },
    /// Up in a line over the first W steps, then with the inverse root of the step.                 [gradients.11]
    ///
    ///   η = peak·min((t + 1)/W, √(W/(t + 1)))
    ///
    /// Source: Vaswani et al. 2017, (3), where peak = 1/√(D·W).
    InverseRoot {
        peak: f64,
        warm_up: usize,
    },
}

impl Schedule {
    /// The rate at step t, counted from 0.
    pub fn at(&self, t: usize) -> f64 {
        let part = match *self {
            Schedule::Cosine { warm_up, steps, .. } => {
                t.saturating_sub(warm_up) as f64 / steps.saturating_sub(warm_up).max(1) as f64
            }
            _ => 0.0,
        };
        self.at_part(t, part)
    }

    /// The rate where time is what is limited: the warm-up goes by the step t, the cosine by `part`, from 0 to 1, of
    /// the time that has passed.
    pub fn at_part(&self, t: usize, part: f64) -> f64 {
        let step = (t + 1) as f64;
        match *self {
            Schedule::Constant(rate) => rate,
            Schedule::Cosine { peak, warm_up, .. } if t < warm_up => peak * step / warm_up as f64,
            Schedule::Cosine { peak, floor, .. } => {
                floor + (peak - floor) * (1.0 + (PI * part.clamp(0.0, 1.0)).cos()) / 2.0
            }
            Schedule::InverseRoot { peak, warm_up } => {
                let warm_up = warm_up.max(1) as f64;
                peak * (step / warm_up).min((warm_up / step).sqrt())
            }
        }
    }

    /// # Errors
    /// If a rate is not positive, or the floor is above the peak.
    pub fn check(&self) -> Result<()> {
        let wrong =
            |name, found: f64, expected: String| Err(Error::Config { name, found: found.to_string(), expected });
        let (Schedule::Constant(peak) | Schedule::Cosine { peak, .. } | Schedule::InverseRoot { peak, .. }) = *self;
        if !(peak > 0.0 && peak.is_finite()) {
            return wrong("the learning rate", peak, "a positive number".into());
        }
        match *self {
            Schedule::Cosine { floor, .. } if !(0.0..=peak).contains(&floor) => {
                wrong("the floor of the learning rate", floor, format!("0 to the peak, {peak}"))
            }
            _ => Ok(()),
        }
    }
}
