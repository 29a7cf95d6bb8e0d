//! The one look of all pictures.

use plotters::style::{FontDesc, FontFamily, FontStyle, RGBColor, TextStyle};

// Okabe and Ito 2008, Color Universal Design: told apart by readers with any form of colour blindness. The yellow and
// the sky blue are left out, since thin lines in them fade on white.
pub const BLUE: RGBColor = RGBColor(0, 114, 178);
pub const ORANGE: RGBColor = RGBColor(213, 94, 0);
pub const GREEN: RGBColor = RGBColor(0, 128, 96);
pub const PURPLE: RGBColor = RGBColor(170, 80, 140);
pub const AMBER: RGBColor = RGBColor(200, 140, 0);
pub const BLACK: RGBColor = RGBColor(30, 30, 30);

/// The order in which series take their colours.
pub const SERIES: [RGBColor; 6] = [BLUE, ORANGE, GREEN, PURPLE, AMBER, BLACK];

pub const INK: RGBColor = RGBColor(40, 40, 40);
pub const FAINT: RGBColor = RGBColor(110, 110, 110);
pub const GRID: RGBColor = RGBColor(226, 226, 226);

/// The width of a picture in pixels: that of a notebook's column.
pub const WIDTH: u32 = 720;

const FAMILY: FontFamily = FontFamily::SansSerif;

/// plotters sizes a font by its line height; the SVG then holds a font size smaller by this factor.
const LINE_HEIGHT: f64 = 1.24;

pub(super) fn title() -> TextStyle<'static> {
    TextStyle::from(FontDesc::new(FAMILY, 16.0 * LINE_HEIGHT, FontStyle::Bold)).color(&INK)
}

pub(super) fn text() -> TextStyle<'static> {
    TextStyle::from(FontDesc::new(FAMILY, 13.0 * LINE_HEIGHT, FontStyle::Normal)).color(&INK)
}

pub(super) fn small() -> TextStyle<'static> {
    TextStyle::from(FontDesc::new(FAMILY, 12.0 * LINE_HEIGHT, FontStyle::Normal)).color(&FAINT)
}

/// A colour thinned to a share, as it looks on white: lines and fields of it do not add up where they cross.
pub(super) fn on_white(RGBColor(r, g, b): RGBColor, share: f64) -> RGBColor {
    let mix = |c: u8| (f64::from(c) * share + 255.0 * (1.0 - share)).round() as u8;
    RGBColor(mix(r), mix(g), mix(b))
}

/// About how wide a text of the given size is drawn, in pixels. The browser draws it in a font that is unknown here;
/// Chinese characters are as wide as they are high.
pub(super) fn width(text: &str, size: f64) -> i32 {
    let ems: f64 = text
        .chars()
        .map(|c| {
            if c as u32 >= 0x2E80 {
                1.0
            } else if c.is_uppercase() {
                0.68
            } else {
                0.54
            }
        })
        .sum();
    (ems * size).ceil() as i32
}
