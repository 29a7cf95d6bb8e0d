//! Recurrent networks: cells, layers over whole sequences, and stacks of layers in one or both directions.

mod cell;
mod config;
mod gru;
mod lstm;
mod rnn;
mod sequence;
mod stack;
mod stepper;

pub use cell::{Backward, Cell, Forward, Layout, Product, Weights};
pub use config::{Direction, RecurrentConfig, RecurrentKind};
pub use gru::{Gru, Reset};
pub use lstm::Lstm;
pub use rnn::Rnn;
pub use sequence::{Input, Way, sequence};
pub use stack::{Cells, Layer, Recurrent, States};
pub(crate) use stepper::{Rows, Stepper, join, row_of, rows, side_by_side};
