//! A finished picture.

use crate::{Error, Result};
use std::{fs, path::Path};

/// A picture in SVG, which a notebook shows when a cell ends in it.
#[derive(Clone, Debug)]
pub struct Picture {
    svg: String,
    width: u32,
    height: u32,
}

impl Picture {
    pub(super) fn new(svg: String, width: u32, height: u32) -> Picture {
        Picture { svg, width, height }
    }

    /// The SVG document.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// Two pictures side by side, as one: a cell shows one picture only.
    pub fn beside(&self, right: &Picture) -> Picture {
        let (width, height) = (self.width + right.width, self.height.max(right.height));
        let place = |picture: &Picture, x: u32| picture.svg.replacen("<svg ", &format!("<svg x=\"{x}\" "), 1);
        let svg = format!(
            "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" xmlns=\"http://www.w3.org/2000/svg\">\n{}\n{}\n</svg>",
            place(self, 0),
            place(right, self.width)
        );
        Picture { svg, width, height }
    }

    /// Writes the SVG document to a file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        fs::write(path, &self.svg).map_err(|source| Error::Io { path: path.into(), source })
    }

    /// Shows the picture in a notebook.
    pub fn evcxr_display(&self) {
        println!("EVCXR_BEGIN_CONTENT image/svg+xml\n{}\nEVCXR_END_CONTENT", self.svg);
    }
}
