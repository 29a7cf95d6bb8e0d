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

    /// A bar with its name at the left and its value, and a note if there is one, at its end. What is below zero goes
    /// to the left.
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
            let value = label(rounded(bar.value)).replace('-', "−");
            if bar.note.is_empty() { value } else { format!("{value}  {}", bar.note) }
        };
        let left = 20 + widest(&mut self.bars.iter().map(|bar| bar.name.clone()));
        let (below, above): (Vec<&Bar>, Vec<&Bar>) = self.bars.iter().partition(|bar| bar.value < 0.0);
        let room = |bars: &[&Bar]| widest(&mut bars.iter().map(|bar| end(bar)));
        // The values of bars that go to the left stand between them and the names.
        let from = if below.is_empty() { left } else { left + 7 + room(&below) };
        let right = self.width as i32 - 24 - room(&above);
        let values = || self.bars.iter().map(|bar| bar.value).filter(|v| v.is_finite());
        let (low, high) = (values().fold(0.0, f64::min), values().fold(f64::MIN_POSITIVE, f64::max));
        let scale = Scale { low, high, is_log: false };
        let place = |value: f64| from + (scale.place(value.clamp(low, high)) * f64::from(right - from)).round() as i32;
        let zero = place(0.0);

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
            let tip = place(bar.value);
            let (ends, side, gap) = if bar.value < 0.0 {
                ([tip.min(zero - 1), zero], HPos::Right, -7)
            } else {
                ([zero, tip.max(zero + 1)], HPos::Left, 7)
            };
            area.draw(&Rectangle::new([(ends[0], y + 2), (ends[1], y + 18)], colour(bar.group).filled()))?;
            let name = theme::text().pos(Pos::new(HPos::Right, VPos::Center));
            area.draw(&Text::new(bar.name.clone(), (left - 8, y + 10), name))?;
            let value = theme::small().pos(Pos::new(side, VPos::Center));
            area.draw(&Text::new(end(bar), (tip + gap, y + 10), value))?;
        }
        area.draw(&PathElement::new(
            [(zero, self.top()), (zero, self.top() + 22 * self.bars.len() as i32)],
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Left and right edge of each bar; the background comes first.
    fn edges(bars: &Bars) -> Vec<[i32; 2]> {
        let number = |tag: &str, name: &str| -> i32 {
            tag.split_once(&format!("{name}=\"")).unwrap().1.split('"').next().unwrap().parse().unwrap()
        };
        let svg = bars.draw().svg().to_owned();
        let tags = svg.split("<rect ").skip(2).map(|tag| [number(tag, "x"), number(tag, "width")]);
        tags.map(|[x, width]| [x, x + width]).collect()
    }

    #[test]
    fn what_is_below_zero_goes_left_of_what_is_above() {
        let one = Bars::new("", "").bar("gain", 6.0, "").bar("none", 0.0, "");
        let [gain, none] = edges(&one)[..] else { panic!("two bars") };
        assert_eq!((gain[0], none), (none[0], [gain[0], gain[0] + 1]));
        let three = one.bar("loss", -3.0, "");
        assert!(three.draw().svg().contains(">\n−3\n"), "{}", three.draw().svg());
        let [more, nothing, loss] = edges(&three)[..] else { panic!("three bars") };
        let zero = loss[1];
        assert!(more[0] == zero && nothing == [zero, zero + 1] && zero > gain[0], "{more:?} {nothing:?} {loss:?}");
        let (right, left) = (more[1] - zero, zero - loss[0]);
        assert!((right - 2 * left).abs() <= 2, "6 is {right} pixels long, −3 is {left}");
    }
}
