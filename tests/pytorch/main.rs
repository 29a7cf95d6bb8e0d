//! Values and gradients of every operation and layer, equal to PyTorch's: in f64 to 1e-10, in f32 to 1e-5.
//!
//! `tests/fixtures/pytorch/README.md` says how the numbers were made.

mod fixture;
mod language_model;
mod operations;
mod recurrent;
mod seq2seq;
mod transformer;
