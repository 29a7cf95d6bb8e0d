//! fabula

pub mod course;
mod error;
pub mod plot;

pub use error::{Error, Result};
pub use {ndarray, plotters};

pub mod prelude {
    pub use crate::course::{Close, Scoreboard, Verdict, claim, exercise};
    pub use crate::plot::{Bars, Chart, Picture};
    pub use crate::{Error, Result};
}
