//! A matrix as a field of colours.

use super::{picture::Picture, scale::label, theme};
use ndarray::Array2;
use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

/// A matrix under construction: names and values first, then [`Heatmap::draw`].
///
/// White is 0 and the full colour the largest value. Numbers stand in the cells if they have room.
#[derive(Clone, Debug)]
pub struct Heatmap {
    title: String,
    unit: String,
    rows: Vec<String>,
    columns: Vec<String>,
    values: Array2<f64>,
    width: u32,
}

/// More rows or columns make a picture that a browser is slow to draw.
const MOST: usize = 100;

impl Heatmap {
    /// `values` has a row for each of `rows` and a column for each of `columns`, none of them negative.
    ///
    /// # Panics
    /// If the names are more or fewer than the values, or there are more than a hundred rows or columns.
    pub fn new(title: &str, unit: &str, rows: &[String], columns: &[String], values: &Array2<f64>) -> Heatmap {
        let named = (rows.len(), columns.len());
        assert_eq!(values.dim(), named, "values (left) with names for (rows, columns) (right)");
        assert!(named.0.max(named.1) <= MOST, "at most {MOST} rows and columns, not {named:?}");
        Heatmap {
            title: title.into(),
            unit: unit.into(),
            rows: rows.to_vec(),
            columns: columns.to_vec(),
            values: values.clone(),
            width: theme::WIDTH,
        }
    }

    /// The width in pixels; the height follows.
    pub fn width(mut self, width: u32) -> Heatmap {
        self.width = width;
        self
    }

    pub fn draw(&self) -> Picture {
        let mut svg = String::new();
        let left = 24 + self.rows.iter().map(|name| theme::width(name, 13.0)).max().unwrap_or(0);
        let cell = ((self.width as i32 - left - 14) / self.columns.len().max(1) as i32).min(72);
        let tall = cell.clamp(16, 34);
        // Names of columns that are wider than their columns are written upwards.
        let widest = self.columns.iter().map(|name| theme::width(name, 12.0)).max().unwrap_or(0);
        let upright = widest + 4 > cell;
        let top = 62 + if upright { widest + 6 } else { 20 };
        let height = (top + tall * self.rows.len() as i32 + 14) as u32;
        self.render(&mut svg, (left, top), (cell, tall), upright, height).expect("drawing into a string cannot fail");
        Picture::new(svg, self.width, height)
    }

    fn render(
        &self,
        svg: &mut String,
        (left, top): (i32, i32),
        (cell, tall): (i32, i32),
        upright: bool,
        height: u32,
    ) -> Result<(), Box<dyn std::error::Error + '_>> {
        let area = SVGBackend::with_string(svg, (self.width, height)).into_drawing_area();
        area.fill(&WHITE)?;
        area.draw(&Text::new(self.title.clone(), (12, 12), theme::title()))?;
        area.draw(&Text::new(self.unit.clone(), (12, 38), theme::small()))?;
        let largest = self.values.iter().copied().filter(|v| v.is_finite()).fold(f64::MIN_POSITIVE, f64::max);
        let number = |value: f64| label((value * 100.0).round() / 100.0);
        let widest = self.values.iter().map(|&value| theme::width(&number(value), 12.0)).max().unwrap_or(0);
        for ((row, column), &value) in self.values.indexed_iter() {
            let (x, y) = (left + cell * column as i32, top + tall * row as i32);
            let share = (value / largest).clamp(0.0, 1.0);
            let colour = theme::on_white(theme::BLUE, share);
            area.draw(&Rectangle::new([(x, y), (x + cell - 1, y + tall - 1)], colour.filled()))?;
            if value > 0.005 && widest + 4 <= cell {
                let style = theme::small().color(if share > 0.55 { &WHITE } else { &theme::INK });
                let centre = (x + cell / 2, y + tall / 2);
                area.draw(&Text::new(number(value), centre, style.pos(Pos::new(HPos::Center, VPos::Center))))?;
            }
        }
        let names = theme::text().pos(Pos::new(HPos::Right, VPos::Center));
        for (row, name) in self.rows.iter().enumerate() {
            area.draw(&Text::new(name.clone(), (left - 8, top + tall * row as i32 + tall / 2), names.clone()))?;
        }
        for (column, name) in self.columns.iter().enumerate() {
            let x = left + cell * column as i32 + cell / 2;
            let style = theme::small().color(&theme::INK);
            let style = if upright {
                style.transform(FontTransform::Rotate270).pos(Pos::new(HPos::Left, VPos::Center))
            } else {
                style.pos(Pos::new(HPos::Center, VPos::Bottom))
            };
            area.draw(&Text::new(name.clone(), (x, top - 6), style))?;
        }
        area.draw(&Rectangle::new(
            [(left - 1, top - 1), (left + cell * self.columns.len() as i32, top + tall * self.rows.len() as i32)],
            theme::GRID,
        ))?;
        area.present()?;
        Ok(())
    }
}
