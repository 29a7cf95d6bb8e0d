//! Pictures from plain arrays. One theme for the whole course: a palette that colour-blind readers can tell apart,
//! labels at the lines themselves before legends, units on the axes. Words are arguments.

mod bars;
mod chart;
mod contour;
mod flow;
mod heatmap;
mod picture;
mod scale;
pub mod theme;
mod tree;
mod trellis;

pub use bars::Bars;
pub use chart::Chart;
pub use flow::Flow;
pub use heatmap::Heatmap;
pub use picture::Picture;
pub use tree::Tree;
pub use trellis::Trellis;
