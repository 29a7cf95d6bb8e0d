//! Horizontal bars, one to a row: the words stand upright and read from top to bottom.

use super::{picture::Picture, scale::Scale, scale::label, theme};
use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

/// Bars under construction: title and unit first, then the bars, then [`Bars::draw`].
#[derive(Clone, Debug)]
pub struct Bars {
    title: String,
    unit: String,
    bars: Vec<Bar>,
    groups: Vec<String>,
    width: u32,
}

#[derive(Clone, Debug)]
struct Bar {
    name: String,
    value: f64,
    note: String,
    group: usize,
}

impl Bars {
    pub fn new(title: &str, unit: &str) -> Bars {
        Bars { title: title.into(), unit: unit.into(), bars: Vec::new(), groups: Vec::new(), width: theme::WIDTH }
    }

    /// A bar with its name at the left and its value, and a note if there is one, at its end.
    pub fn bar(mut self, name: &str, value: f64, note: &str) -> Bars {
        self.bars.push(Bar { name: name.into(), value, note: note.into(), group: 0 });
        self
    }

    /// All bars of a list.
    pub fn bars(self, names: &[String], values: &[f64]) -> Bars {
        names.iter().zip(values).fold(self, |bars, (name, &value)| bars.bar(name, value, ""))
    }

    /// Names the groups, each with a colour of its own; without a call there is one, unnamed.
    pub fn groups(mut self, names: &[&str]) -> Bars {
        self.groups = names.iter().map(|name| name.to_string()).collect();
        self
    }

    /// Puts the last bar into a group, counted from 0.
    pub fn in_group(mut self, group: usize) -> Bars {
        if let Some(bar) = self.bars.last_mut() {
            bar.group = group;
        }
        self
    }

    /// The width in pixels; the height follows from the number of bars.
    pub fn width(mut self, width: u32) -> Bars {
        self.width = width;
        self
    }

    pub fn draw(&self) -> Picture {
        let mut svg = String::new();
        let height = self.top() as u32 + 22 * self.bars.len() as u32 + 16;
        self.render(&mut svg, height).expect("drawing into a string cannot fail");
        Picture::new(svg, self.width, height)
    }

    fn top(&self) -> i32 {
        if self.groups.is_empty() { 62 } else { 84 }
    }

    fn render(&self, svg: &mut String, height: u32) -> Result<(), Box<dyn std::error::Error + '_>> {
        let area = SVGBackend::with_string(svg, (self.width, height)).into_drawing_area();
        area.fill(&WHITE)?;
        let colour = |group: usize| theme::SERIES[group % theme::SERIES.len()];
        let widest =
            |texts: &mut dyn Iterator<Item = String>| texts.map(|text| theme::width(&text, 13.0)).max().unwrap_or(0);
        let end = |bar: &Bar| {
            if bar.note.is_empty() {
                label(rounded(bar.value))
            } else {
                format!("{}  {}", label(rounded(bar.value)), bar.note)
            }
        };
        let left = 20 + widest(&mut self.bars.iter().map(|bar| bar.name.clone()));
        let right = self.width as i32 - 24 - widest(&mut self.bars.iter().map(end));
        let scale = Scale {
            high: self.bars.iter().map(|bar| bar.value).filter(|v| v.is_finite()).fold(f64::MIN_POSITIVE, f64::max),
            low: 0.0,
            is_log: false,
        };

        area.draw(&Text::new(self.title.clone(), (12, 12), theme::title()))?;
        area.draw(&Text::new(self.unit.clone(), (12, 38), theme::small()))?;
        let mut x = 12;
        for (group, name) in self.groups.iter().enumerate() {
            area.draw(&Rectangle::new([(x, 60), (x + 12, 72)], colour(group).filled()))?;
            area.draw(&Text::new(name.clone(), (x + 17, 59), theme::text()))?;
            x += 17 + theme::width(name, 13.0) + 22;
        }
        for (row, bar) in self.bars.iter().enumerate() {
            let y = self.top() + 22 * row as i32;
            let tip = left + (scale.place(bar.value.clamp(0.0, scale.high)) * f64::from(right - left)).round() as i32;
            area.draw(&Rectangle::new([(left, y + 2), (tip.max(left + 1), y + 18)], colour(bar.group).filled()))?;
            let name = theme::text().pos(Pos::new(HPos::Right, VPos::Center));
            area.draw(&Text::new(bar.name.clone(), (left - 8, y + 10), name))?;
            let value = theme::small().pos(Pos::new(HPos::Left, VPos::Center));
            area.draw(&Text::new(end(bar), (tip + 7, y + 10), value))?;
        }
        area.draw(&PathElement::new(
            [(left, self.top()), (left, self.top() + 22 * self.bars.len() as i32)],
            theme::FAINT,
        ))?;
        area.present()?;
        Ok(())
    }
}

/// A value to three significant digits: more would not be read off a bar.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let unit = 10f64.powi(2 - value.abs().log10().floor() as i32);
    (value * unit).round() / unit
}
