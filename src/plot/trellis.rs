//! A trellis: states over time, and the ways between them.

use super::{picture::Picture, scale::label, theme};
use ndarray::Array2;
use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

/// A trellis under construction: a column for each symbol, a row for each state; then what its nodes and edges are
/// worth, then [`Trellis::draw`].
#[derive(Clone, Debug)]
pub struct Trellis {
    title: String,
    unit: String,
    states: Vec<String>,
    symbols: Vec<String>,
    nodes: Array2<f64>,
    edges: Vec<Array2<f64>>,
    path: Vec<u32>,
}

const TOP: i32 = 84;
const ROW: i32 = 74;
/// The radius of a node that is worth 1.
const RADIUS: f64 = 25.0;
/// The width of an edge that is worth 1.
const THICK: f64 = 9.0;

impl Trellis {
    pub fn new(title: &str, unit: &str, states: &[&str], symbols: &[&str]) -> Trellis {
        let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        Trellis {
            title: title.into(),
            unit: unit.into(),
            states: names(states),
            symbols: names(symbols),
            nodes: Array2::zeros((symbols.len(), states.len())),
            edges: Vec::new(),
            path: Vec::new(),
        }
    }

    /// What each node is worth, from 0 to 1: its area, and the number in it.
    ///
    /// Shapes: (T, K).
    pub fn nodes(mut self, worth: &Array2<f64>) -> Trellis {
        assert_eq!(worth.dim(), self.nodes.dim(), "nodes (left) for a trellis of (symbols, states) (right)");
        self.nodes = worth.clone();
        self
    }

    /// What each edge is worth, from 0 to 1: its width.
    ///
    /// Shapes: T − 1 times (K, K), from the state of the row to that of the column.
    pub fn edges(mut self, worth: &[Array2<f64>]) -> Trellis {
        let (t, k) = self.nodes.dim();
        assert_eq!(worth.len() + 1, t, "edges between columns, one fewer (left) than columns (right)");
        worth.iter().for_each(|worth| assert_eq!(worth.dim(), (k, k), "edges (left) between states (right)"));
        self.edges = worth.to_vec();
        self
    }

    /// A path through the trellis, one state for each symbol, drawn in a colour of its own.
    pub fn path(mut self, states: &[u32]) -> Trellis {
        assert_eq!(states.len(), self.symbols.len(), "states of the path (left), symbols (right)");
        self.path = states.to_vec();
        self
    }

    pub fn draw(&self) -> Picture {
        let mut svg = String::new();
        let height = TOP as u32 + ROW as u32 * self.states.len() as u32 + 34;
        self.render(&mut svg, height).expect("drawing into a string cannot fail");
        Picture::new(svg, theme::WIDTH, height)
    }

    fn render(&self, svg: &mut String, height: u32) -> Result<(), Box<dyn std::error::Error + '_>> {
        let area = SVGBackend::with_string(svg, (theme::WIDTH, height)).into_drawing_area();
        area.fill(&WHITE)?;
        area.draw(&Text::new(self.title.clone(), (12, 12), theme::title()))?;
        area.draw(&Text::new(self.unit.clone(), (12, 38), theme::small()))?;

        let left = 34 + self.states.iter().map(|name| theme::width(name, 13.0)).max().unwrap_or(0) + RADIUS as i32;
        let step = (theme::WIDTH as i32 - 20 - RADIUS as i32 - left) / (self.symbols.len() as i32 - 1).max(1);
        let place = |t: usize, state: usize| (left + step.min(130) * t as i32, TOP + ROW / 2 + ROW * state as i32);
        let on_path = |t: usize, state: usize| self.path.get(t).is_some_and(|&z| z as usize == state);

        for (t, edges) in self.edges.iter().enumerate() {
            for ((i, j), &worth) in edges.indexed_iter().filter(|(_, worth)| **worth > 0.005) {
                let is_path = on_path(t, i) && on_path(t + 1, j);
                let colour = if is_path { theme::ORANGE } else { theme::on_white(theme::BLUE, 0.45) };
                let width = (THICK * worth).round().max(1.0) as u32;
                area.draw(&PathElement::new([place(t, i), place(t + 1, j)], colour.stroke_width(width)))?;
            }
        }
        if self.edges.is_empty() {
            let points: Vec<(i32, i32)> = self.path.iter().enumerate().map(|(t, &z)| place(t, z as usize)).collect();
            area.draw(&PathElement::new(points, theme::ORANGE.stroke_width(3)))?;
        }
        for ((t, state), &worth) in self.nodes.indexed_iter() {
            let colour = if on_path(t, state) { theme::ORANGE } else { theme::BLUE };
            let radius = (RADIUS * worth.clamp(0.0, 1.0).sqrt()).round().max(3.0) as i32;
            area.draw(&Circle::new(place(t, state), radius, WHITE.filled()))?;
            area.draw(&Circle::new(place(t, state), radius, colour.filled()))?;
            let (x, y) = place(t, state);
            let (number, inside) = (label((worth * 100.0).round() / 100.0), radius > 17);
            let (style, at) =
                if inside { (theme::small().color(&WHITE), (x, y)) } else { (theme::small(), (x, y + radius + 9)) };
            area.draw(&Text::new(number, at, style.pos(Pos::new(HPos::Center, VPos::Center))))?;
        }
        let names = theme::text().pos(Pos::new(HPos::Right, VPos::Center));
        for (state, name) in self.states.iter().enumerate() {
            let (x, y) = place(0, state);
            area.draw(&Text::new(name.clone(), (x - RADIUS as i32 - 10, y), names.clone()))?;
        }
        let seen = theme::text().pos(Pos::new(HPos::Center, VPos::Center));
        for (t, symbol) in self.symbols.iter().enumerate() {
            let (x, _) = place(t, 0);
            area.draw(&Text::new(symbol.clone(), (x, height as i32 - 22), seen.clone()))?;
        }
        area.present()?;
        Ok(())
    }
}
