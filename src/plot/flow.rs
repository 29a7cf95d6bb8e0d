//! Boxes and arrows: what is made of what.

use super::{picture::Picture, theme};
use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

/// A drawing under construction: its boxes, then the arrows between them, then [`Flow::draw`].
///
/// Places are counted in columns from the left and rows from the top, from 0 on, and may lie between.
#[derive(Clone, Debug)]
pub struct Flow {
    title: String,
    boxes: Vec<Node>,
    arrows: Vec<Arrow>,
    width: u32,
}

#[derive(Clone, Debug)]
struct Node {
    name: String,
    at: (f64, f64),
    colour: Option<usize>,
}

#[derive(Clone, Debug)]
struct Arrow {
    from: usize,
    to: usize,
    label: String,
}

const TOP: i32 = 52;
const ROW: f64 = 66.0;
const TALL: i32 = 30;
const HEAD: f64 = 9.0;

impl Flow {
    pub fn new(title: &str) -> Flow {
        Flow { title: title.into(), boxes: Vec::new(), arrows: Vec::new(), width: theme::WIDTH }
    }

    /// A box, by whose name arrows find it.
    pub fn node(mut self, name: &str, column: f64, row: f64) -> Flow {
        self.boxes.push(Node { name: name.into(), at: (column, row), colour: None });
        self
    }

    /// Fills the last box with the `n`-th colour of [`theme::SERIES`], thinned.
    pub fn colour(mut self, n: usize) -> Flow {
        if let Some(last) = self.boxes.last_mut() {
            last.colour = Some(n);
        }
        self
    }

    /// An arrow from box to box, with a word beside it, or none.
    ///
    /// # Panics
    /// If there is no box of that name.
    pub fn arrow(mut self, from: &str, to: &str, label: &str) -> Flow {
        let find = |name: &str| {
            let place = self.boxes.iter().position(|node| node.name == name);
            place.unwrap_or_else(|| panic!("an arrow from {from:?} to {to:?}: there is no box {name:?}"))
        };
        let arrow = Arrow { from: find(from), to: find(to), label: label.into() };
        self.arrows.push(arrow);
        self
    }

    /// The width in pixels; the height follows from the rows.
    pub fn width(mut self, width: u32) -> Flow {
        self.width = width;
        self
    }

    pub fn draw(&self) -> Picture {
        let last = self.boxes.iter().map(|node| node.at.1).fold(0.0, f64::max);
        let height = TOP as u32 + (last * ROW) as u32 + TALL as u32 + 16;
        let mut svg = String::new();
        self.render(&mut svg, height).expect("drawing into a string cannot fail");
        Picture::new(svg, self.width, height)
    }

    /// The middle of a box, and half of its width.
    fn place(&self, node: &Node) -> ((i32, i32), i32) {
        let half = |node: &Node| theme::width(&node.name, 13.0) / 2 + 10;
        let edge = 14 + self.boxes.iter().map(half).max().unwrap_or(0);
        let columns = self.boxes.iter().map(|node| node.at.0).fold(1.0, f64::max);
        let step = f64::from(self.width as i32 - 2 * edge) / columns;
        let x = edge + (node.at.0 * step).round() as i32;
        ((x, TOP + TALL / 2 + (node.at.1 * ROW).round() as i32), half(node))
    }

    fn render(&self, svg: &mut String, height: u32) -> Result<(), Box<dyn std::error::Error + '_>> {
        let area = SVGBackend::with_string(svg, (self.width, height)).into_drawing_area();
        area.fill(&WHITE)?;
        area.draw(&Text::new(self.title.clone(), (12, 12), theme::title()))?;
        for Arrow { from, to, label } in &self.arrows {
            let ((from, half_from), (to, half_to)) = (self.place(&self.boxes[*from]), self.place(&self.boxes[*to]));
            let (tail, tip) = (edge_of(from, half_from, to), edge_of(to, half_to, from));
            area.draw(&PathElement::new([tail, tip], theme::FAINT.stroke_width(2)))?;
            area.draw(&Polygon::new(head(tail, tip), theme::FAINT.filled()))?;
            // Beside a steep arrow, above a flat one.
            let (middle, steep) =
                (((tail.0 + tip.0) / 2, (tail.1 + tip.1) / 2), (tip.1 - tail.1).abs() > (tip.0 - tail.0).abs());
            let (at, anchor) = if steep {
                ((middle.0 + 7, middle.1), Pos::new(HPos::Left, VPos::Center))
            } else {
                ((middle.0, middle.1 - 5), Pos::new(HPos::Center, VPos::Bottom))
            };
            area.draw(&Text::new(label.clone(), at, theme::small().pos(anchor)))?;
        }
        for node in &self.boxes {
            let ((x, y), half) = self.place(node);
            let corners = [(x - half, y - TALL / 2), (x + half, y + TALL / 2)];
            let colour = node.colour.map(|n| theme::SERIES[n % theme::SERIES.len()]);
            let inside = colour.map_or(WHITE, |colour| theme::on_white(colour, 0.18));
            area.draw(&Rectangle::new(corners, inside.filled()))?;
            area.draw(&Rectangle::new(corners, colour.unwrap_or(theme::FAINT).stroke_width(1)))?;
            let style = theme::text().pos(Pos::new(HPos::Center, VPos::Center));
            area.draw(&Text::new(node.name.clone(), (x, y), style))?;
        }
        area.present()?;
        Ok(())
    }
}

/// Where the line from the middle of a box to another place leaves the box, and a little beyond.
fn edge_of((x, y): (i32, i32), half: i32, (to_x, to_y): (i32, i32)) -> (i32, i32) {
    let (dx, dy) = (f64::from(to_x - x), f64::from(to_y - y));
    let (across, along) = (f64::from(half + 3), f64::from(TALL / 2 + 3));
    let share = (across / dx.abs()).min(along / dy.abs()).min(1.0);
    (x + (dx * share).round() as i32, y + (dy * share).round() as i32)
}

/// The head of an arrow.
fn head(tail: (i32, i32), tip: (i32, i32)) -> [(i32, i32); 3] {
    let (dx, dy) = (f64::from(tip.0 - tail.0), f64::from(tip.1 - tail.1));
    let length = dx.hypot(dy).max(1.0);
    let (dx, dy) = (HEAD * dx / length, HEAD * dy / length);
    let corner = |side: f64| {
        let (x, y) = (f64::from(tip.0) - dx + 0.45 * side * dy, f64::from(tip.1) - dy - 0.45 * side * dx);
        (x.round() as i32, y.round() as i32)
    };
    [tip, corner(1.0), corner(-1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_leaves_a_box_at_its_edge() {
        assert_eq!(edge_of((0, 0), 20, (100, 0)), (23, 0));
        assert_eq!(edge_of((0, 0), 20, (0, -100)), (0, -TALL / 2 - 3));
        assert_eq!(head((0, 0), (100, 0))[0], (100, 0));
        assert!(head((0, 0), (100, 0))[1..].iter().all(|corner| corner.0 == 91));
    }

    #[test]
    fn every_box_and_every_arrow_is_drawn() {
        let flow = Flow::new("title").node("a", 0.0, 0.0).node("b", 1.0, 0.0).colour(1).node("c", 1.0, 1.5);
        let svg = flow.arrow("a", "b", "makes").arrow("b", "c", "").draw();
        let count = |what: &str| svg.svg().matches(what).count();
        assert_eq!(count("<polygon"), 2);
        assert_eq!(count("<rect"), 1 + 3 * 2);
        assert!(svg.svg().contains("makes"));
    }

    #[test]
    #[should_panic(expected = "there is no box \"z\"")]
    fn an_arrow_to_nowhere_is_refused() {
        let _ = Flow::new("").node("a", 0.0, 0.0).arrow("a", "z", "");
    }
}
