//! Lines, points and bands over two axes.

use super::{
    contour::contour,
    picture::Picture,
    scale::{Scale, label},
    theme,
};
use plotters::{
    element::DashedPathElement,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

#[derive(Clone, Debug)]
enum Mark {
    Line,
    /// A line without points.
    Curve,
    Points,
    /// Dashed, without points: a bound or a reference.
    Bound,
    /// Pieces of a line, two points each.
    Contour,
}

#[derive(Clone, Debug)]
struct Series {
    label: String,
    points: Vec<(f64, f64)>,
    mark: Mark,
    colour: RGBColor,
    /// A word at each point.
    names: Vec<String>,
    /// Where these stand: above, to the right; or below, to the left.
    above: bool,
}

/// The edges of a shaded band: x, low, high.
#[derive(Clone, Debug)]
struct Band {
    edges: Vec<(f64, f64, f64)>,
    colour: RGBColor,
}

/// A chart under construction: title and axis labels first, then its series, then [`Chart::draw`].
///
/// Points that are not finite (or not positive, on a logarithmic axis) are left out.
#[derive(Clone, Debug)]
pub struct Chart {
    title: String,
    x_label: String,
    y_label: String,
    series: Vec<Series>,
    bands: Vec<Band>,
    spreads: Vec<Band>,
    log: (bool, bool),
    from_zero: bool,
    size: (u32, u32),
    x_names: Option<Vec<(f64, String)>>,
}

impl Chart {
    pub fn new(title: &str, x_label: &str, y_label: &str) -> Chart {
        Chart {
            title: title.into(),
            x_label: x_label.into(),
            y_label: y_label.into(),
            series: Vec::new(),
            bands: Vec::new(),
            spreads: Vec::new(),
            log: (false, false),
            from_zero: false,
            size: (theme::WIDTH, 380),
            x_names: None,
        }
    }

    /// A line through points, each of them marked; its label stands at its end.
    pub fn line(self, label: &str, x: &[f64], y: &[f64]) -> Chart {
        self.add(label, x, y, Mark::Line)
    }

    /// A line whose points are not marked: for what was measured at every step.
    pub fn curve(self, label: &str, x: &[f64], y: &[f64]) -> Chart {
        self.add(label, x, y, Mark::Curve)
    }

    /// Points without a line.
    pub fn points(self, label: &str, x: &[f64], y: &[f64]) -> Chart {
        self.add(label, x, y, Mark::Points)
    }

    /// A dashed line without marks: a bound, or a theory beside measurements.
    pub fn bound(self, label: &str, x: &[f64], y: &[f64]) -> Chart {
        self.add(label, x, y, Mark::Bound)
    }

    /// Thin lines through the places where `height(x, y)` is each of the levels, named by them.
    pub fn contours(mut self, x: (f64, f64), y: (f64, f64), height: impl Fn(f64, f64) -> f64, levels: &[f64]) -> Chart {
        for &level in levels {
            let points: Vec<(f64, f64)> = contour(&height, x, y, level).into_iter().flatten().collect();
            self.series.push(Series {
                label: label(level),
                points,
                mark: Mark::Contour,
                colour: theme::FAINT,
                names: Vec::new(),
                above: true,
            });
        }
        self
    }

    /// A shaded band between `low` and `high`, in the colour of the last series.
    pub fn band(mut self, x: &[f64], low: &[f64], high: &[f64]) -> Chart {
        let colour = self.series.last().map_or(theme::SERIES[0], |series| series.colour);
        self.bands.push(Band { edges: x.iter().zip(low).zip(high).map(|((&x, &l), &h)| (x, l, h)).collect(), colour });
        self
    }

    /// Gives the last series the `n`-th colour of [`theme::SERIES`] in place of the next free one.
    pub fn colour(mut self, n: usize) -> Chart {
        if let Some(series) = self.series.last_mut() {
            series.colour = theme::SERIES[n % theme::SERIES.len()];
        }
        self
    }

    /// Writes a word, or nothing, at each point of the last series: above it, or below.
    pub fn names(mut self, names: &[&str], above: bool) -> Chart {
        if let Some(series) = self.series.last_mut() {
            assert_eq!(names.len(), series.points.len(), "names (left) of the points (right) of `{}`", series.label);
            series.above = above;
            series.names = names.iter().map(|name| name.to_string()).collect();
        }
        self
    }

    /// A bar between `low` and `high` at each point of the last series: how far it spreads.
    pub fn spread(mut self, low: &[f64], high: &[f64]) -> Chart {
        if let Some(Series { points, colour, .. }) = self.series.last() {
            assert_eq!((low.len(), high.len()), (points.len(), points.len()), "ends (left) of the points (right)");
            let ends = points.iter().zip(low).zip(high).map(|((&(x, _), &low), &high)| (x, low, high));
            self.spreads.push(Band { edges: ends.collect(), colour: *colour });
        }
        self
    }

    pub fn log_x(mut self) -> Chart {
        self.log.0 = true;
        self
    }

    pub fn log_y(mut self) -> Chart {
        self.log.1 = true;
        self
    }

    /// The y axis begins at zero.
    pub fn from_zero(mut self) -> Chart {
        self.from_zero = true;
        self
    }

    /// Width and height in pixels.
    pub fn size(mut self, width: u32, height: u32) -> Chart {
        self.size = (width, height);
        self
    }

    /// Marks the x axis at the given places with the given words.
    pub fn x_names(mut self, places: &[f64], names: &[&str]) -> Chart {
        self.x_names = Some(places.iter().copied().zip(names.iter().map(|name| name.to_string())).collect());
        self
    }

    fn add(mut self, label: &str, x: &[f64], y: &[f64], mark: Mark) -> Chart {
        assert_eq!(x.len(), y.len(), "series `{label}`: {} values of x, but {} of y", x.len(), y.len());
        let colour = theme::SERIES[self.series.len() % theme::SERIES.len()];
        let points = x.iter().copied().zip(y.iter().copied()).filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
        self.series.push(Series { label: label.into(), points, mark, colour, names: Vec::new(), above: true });
        self
    }

    pub fn draw(&self) -> Picture {
        let mut svg = String::new();
        self.render(&mut svg).expect("drawing into a string cannot fail");
        Picture::new(svg, self.size.0, self.size.1)
    }

    fn render(&self, svg: &mut String) -> Result<(), Box<dyn std::error::Error + '_>> {
        let (width, height) = (self.size.0 as i32, self.size.1 as i32);
        let area = SVGBackend::with_string(svg, self.size).into_drawing_area();
        area.fill(&WHITE)?;
        let points = || self.series.iter().flat_map(|series| series.points.iter().copied());
        let edges = || {
            self.bands
                .iter()
                .chain(&self.spreads)
                .flat_map(|band| band.edges.iter().flat_map(|&(x, low, high)| [(x, low), (x, high)]))
        };
        let x_scale = Scale::over(points().chain(edges()).map(|p| p.0), self.log.0, false);
        let y_scale = Scale::over(points().chain(edges()).map(|p| p.1), self.log.1, self.from_zero);
        let y_marks = y_scale.marks(6);
        let widest_mark = y_marks.iter().map(|&v| theme::width(&label(v), 12.0)).max().unwrap_or(0);
        let widest_name = self.series.iter().map(|series| theme::width(&series.label, 13.0)).max().unwrap_or(0);
        let (left, right) = (widest_mark + 18, width - widest_name - 20);
        let (top, bottom) = (62, height - 50);
        let px = |x: f64| left + (x_scale.place(x) * f64::from(right - left)).round() as i32;
        let py = |y: f64| bottom - (y_scale.place(y) * f64::from(bottom - top)).round() as i32;
        let visible = |&(x, y): &(f64, f64)| (!self.log.0 || x > 0.0) && (!self.log.1 || y > 0.0);

        area.draw(&Text::new(self.title.clone(), (12, 12), theme::title()))?;
        area.draw(&Text::new(self.y_label.clone(), (12, 38), theme::small()))?;
        let centred = theme::small().pos(Pos::new(HPos::Center, VPos::Top));
        area.draw(&Text::new(self.x_label.clone(), ((left + right) / 2, height - 22), centred.clone()))?;
        for y in y_marks {
            area.draw(&PathElement::new([(left, py(y)), (right, py(y))], theme::GRID))?;
            let style = theme::small().pos(Pos::new(HPos::Right, VPos::Center));
            area.draw(&Text::new(label(y), (left - 8, py(y)), style))?;
        }
        // As many as have room side by side.
        let apart = |marks: &Vec<f64>| {
            let half = |x: f64| theme::width(&label(x), 12.0) / 2;
            marks.windows(2).all(|two| px(two[1]) - px(two[0]) > half(two[0]) + half(two[1]) + 3)
        };
        let round = || (1..=8).rev().map(|wanted| x_scale.marks(wanted)).find(apart).unwrap_or_default();
        let x_marks = self.x_names.clone();
        let x_marks = x_marks.unwrap_or_else(|| round().into_iter().map(|x| (x, label(x))).collect());
        for (x, name) in x_marks {
            area.draw(&PathElement::new([(px(x), bottom), (px(x), bottom + 4)], theme::FAINT))?;
            area.draw(&Text::new(name, (px(x), bottom + 8), centred.clone()))?;
        }
        area.draw(&PathElement::new([(left, bottom), (right, bottom)], theme::FAINT))?;

        for Band { edges, colour } in &self.bands {
            let there = edges.iter().map(|&(x, low, _)| (px(x), py(low)));
            let back = edges.iter().rev().map(|&(x, _, high)| (px(x), py(high)));
            area.draw(&Polygon::new(there.chain(back).collect::<Vec<_>>(), colour.mix(0.15)))?;
        }
        for Band { edges, colour } in &self.spreads {
            for &(x, low, high) in edges {
                // On a logarithmic axis nothing is infinitely far down.
                let place = |y: f64| if self.log.1 && y <= 0.0 { bottom } else { py(y) };
                let ends = [low, high].map(|y| (px(x), place(y)));
                area.draw(&PathElement::new(ends, theme::on_white(*colour, 0.6)))?;
            }
        }
        let mut labels = Vec::new();
        for series in &self.series {
            let shown: Vec<(i32, i32)> =
                series.points.iter().filter(|p| visible(p)).map(|&(x, y)| (px(x), py(y))).collect();
            let Some(&last) = shown.last() else { continue };
            match series.mark {
                Mark::Line | Mark::Curve => {
                    area.draw(&PathElement::new(shown.clone(), series.colour.stroke_width(2)))?;
                    if matches!(series.mark, Mark::Line) {
                        for p in &shown {
                            area.draw(&Circle::new(*p, 4, series.colour.filled()))?;
                        }
                    }
                }
                Mark::Points => {
                    for p in &shown {
                        area.draw(&Circle::new(*p, 3, series.colour.mix(0.6).filled()))?;
                    }
                }
                Mark::Contour => {
                    for piece in shown.chunks_exact(2) {
                        area.draw(&PathElement::new(piece.to_vec(), series.colour))?;
                    }
                    // At its lowest point, above the line: there it runs level.
                    let (x, y) = shown.iter().copied().max_by_key(|p| p.1).unwrap_or(last);
                    let style = theme::small().pos(Pos::new(HPos::Center, VPos::Bottom));
                    area.draw(&Text::new(series.label.clone(), (x, y - 2), style))?;
                    continue;
                }
                Mark::Bound => {
                    for pair in shown.windows(2) {
                        area.draw(&DashedPathElement::new([pair[0], pair[1]], 6, 4, series.colour.stroke_width(2)))?;
                    }
                }
            }
            for (&(x, y), name) in series.points.iter().zip(&series.names).filter(|(p, _)| visible(p)) {
                let (height, down) = if series.above { (VPos::Bottom, -4) } else { (VPos::Top, 4) };
                // On the right of a point above its line, if there is room.
                let room = px(x) + 5 + theme::width(name, 12.0) < self.size.0 as i32;
                let (side, right) = if series.above && room { (HPos::Left, 5) } else { (HPos::Right, -5) };
                let style = theme::small().color(&series.colour).pos(Pos::new(side, height));
                area.draw(&Text::new(name.clone(), (px(x) + right, py(y) + down), style))?;
            }
            if !series.label.is_empty() {
                labels.push((last, series));
            }
        }
        // Labels at the lines' ends, pushed apart where the ends lie close together.
        labels.sort_by_key(|((_, y), _)| *y);
        let mut free = top - 20;
        let count = labels.len() as i32;
        for (place, ((x, y), series)) in labels.into_iter().enumerate() {
            let below = count - 1 - place as i32;
            let at = y.max(free).min(bottom - 9 - 16 * below);
            free = at + 16;
            let style = theme::text().color(&series.colour).pos(Pos::new(HPos::Left, VPos::Center));
            area.draw(&Text::new(series.label.clone(), (x + 10, at), style))?;
        }
        area.present()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_have_their_words_and_their_bars() {
        let (x, y) = ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]);
        let chart = Chart::new("", "", "").line("l", &x, &y).names(&["a", "", "c"], true);
        let plain = chart.draw();
        assert!(plain.svg().contains(">\na\n") && plain.svg().contains(">\nc\n"), "{}", plain.svg());
        let count = |picture: &Picture| picture.svg().matches("<polyline").count();
        let bars = chart.spread(&[3.5, 4.5, 5.5], &[4.5, 5.5, 6.5]).draw();
        assert!(count(&bars) > count(&plain), "{} and {}", count(&bars), count(&plain));
    }

    #[test]
    fn marks_have_room() {
        let x = [17.0, 110.0];
        let [wide, narrow] = [760, 420].map(|width| Chart::new("", "", "").line("", &x, &x).log_x().size(width, 300));
        let has = |chart: &Chart, mark: &str| chart.draw().svg().contains(&format!(">\n{mark}\n"));
        assert!(has(&wide, "90") && has(&wide, "100"));
        assert!(!has(&narrow, "90") && has(&narrow, "100"));
    }

    #[test]
    #[should_panic(expected = "names (left) of the points (right)")]
    fn a_word_too_few_is_named() {
        let _ = Chart::new("", "", "").line("l", &[1.0, 2.0], &[1.0, 2.0]).names(&["a"], false);
    }
}
