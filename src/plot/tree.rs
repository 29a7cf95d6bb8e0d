//! A tree that grows from left to right: what a search looked at.

use super::{picture::Picture, theme};
use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

/// A tree under construction: title and unit, its nodes, what became of them, then [`Tree::draw`].
///
/// Nodes are counted from 1, parents before their children; 0 is the root, which has a name and no number.
#[derive(Clone, Debug)]
pub struct Tree {
    title: String,
    unit: String,
    root: String,
    parents: Vec<usize>,
    names: Vec<String>,
    numbers: Vec<f64>,
    fates: Vec<usize>,
    fate_names: Vec<String>,
    path_to: usize,
}

const ROW: i32 = 26;
const DOT: i32 = 5;
const LEFT: i32 = 18;

impl Tree {
    pub fn new(title: &str, unit: &str, root: &str) -> Tree {
        Tree {
            title: title.into(),
            unit: unit.into(),
            root: root.into(),
            parents: Vec::new(),
            names: Vec::new(),
            numbers: Vec::new(),
            fates: Vec::new(),
            fate_names: Vec::new(),
            path_to: 0,
        }
    }

    /// For each node its parent, its name and its number.
    ///
    /// # Panics
    /// If there are more of the one than of the other, or a parent does not stand before its child.
    pub fn nodes(mut self, parents: &[usize], names: &[String], numbers: &[f64]) -> Tree {
        let counts = (parents.len(), parents.len());
        assert_eq!((names.len(), numbers.len()), counts, "names and numbers (left) of the nodes (right)");
        for (node, &parent) in (1..).zip(parents) {
            assert!(parent < node, "the parent of node {node} is {parent}, which does not stand before it");
        }
        (self.parents, self.names, self.numbers) = (parents.to_vec(), names.to_vec(), numbers.to_vec());
        self.fates = vec![0; parents.len()];
        self
    }

    /// What became of each node, as a place in the list of names. The first fates have a colour each; the last is grey.
    ///
    /// # Panics
    /// If there is not one fate for each node, or one has no name.
    pub fn fates(mut self, names: &[&str], fates: &[usize]) -> Tree {
        assert_eq!(fates.len(), self.parents.len(), "fates (left) of the nodes (right)");
        assert!(fates.iter().all(|&fate| fate < names.len()), "each fate needs a name: {names:?}");
        self.fate_names = names.iter().map(|name| name.to_string()).collect();
        self.fates = fates.to_vec();
        self
    }

    /// Thickens the way from the root to a node.
    pub fn path_to(mut self, node: usize) -> Tree {
        assert!(node <= self.parents.len(), "node {node} of a tree of {} nodes", self.parents.len());
        self.path_to = node;
        self
    }

    pub fn draw(&self) -> Picture {
        let (depths, rows) = self.places();
        let leaves = rows.iter().fold(0.0, |most: f64, row| most.max(*row)) as i32 + 1;
        let height = (self.top() + ROW * leaves + 12) as u32;
        let mut svg = String::new();
        self.render(&mut svg, height, &depths, &rows).expect("drawing into a string cannot fail");
        Picture::new(svg, theme::WIDTH, height)
    }

    fn top(&self) -> i32 {
        if self.fate_names.is_empty() { 62 } else { 88 }
    }

    /// The column and the row of the root and of each node. Leaves have a row each; a parent stands amid its children.
    fn places(&self) -> (Vec<usize>, Vec<f64>) {
        let size = self.parents.len() + 1;
        let (mut depths, mut children) = (vec![0; size], vec![Vec::new(); size]);
        for (node, &parent) in (1..).zip(&self.parents) {
            depths[node] = depths[parent] + 1;
            children[parent].push(node);
        }
        let (mut rows, mut free, mut open) = (vec![0.0; size], 0, vec![0]);
        while let Some(node) = open.pop() {
            if children[node].is_empty() {
                rows[node] = f64::from(free);
                free += 1;
            }
            open.extend(children[node].iter().rev());
        }
        for node in (0..size).rev().filter(|&node| !children[node].is_empty()) {
            let of = &children[node];
            rows[node] = (rows[of[0]] + rows[of[of.len() - 1]]) / 2.0;
        }
        (depths, rows)
    }

    fn colour(&self, node: usize) -> RGBColor {
        match node {
            0 => theme::INK,
            _ if self.fates[node - 1] + 1 == self.fate_names.len() => theme::on_white(theme::FAINT, 0.55),
            _ => theme::SERIES[self.fates[node - 1] % theme::SERIES.len()],
        }
    }

    fn render(
        &self,
        svg: &mut String,
        height: u32,
        depths: &[usize],
        rows: &[f64],
    ) -> Result<(), Box<dyn std::error::Error + '_>> {
        let area = SVGBackend::with_string(svg, (theme::WIDTH, height)).into_drawing_area();
        area.fill(&WHITE)?;
        area.draw(&Text::new(self.title.clone(), (12, 12), theme::title()))?;
        area.draw(&Text::new(self.unit.clone(), (12, 38), theme::small()))?;
        let faded = |fate: usize| fate + 1 == self.fate_names.len();
        let mut x = LEFT;
        for (fate, name) in self.fate_names.iter().enumerate() {
            let colour = if faded(fate) {
                theme::on_white(theme::FAINT, 0.55)
            } else {
                theme::SERIES[fate % theme::SERIES.len()]
            };
            area.draw(&Circle::new((x, 67), DOT, colour.filled()))?;
            let style = theme::text().pos(Pos::new(HPos::Left, VPos::Center));
            area.draw(&Text::new(name.clone(), (x + 11, 67), style))?;
            x += 11 + theme::width(name, 13.0) + 24;
        }

        let name = |node: usize| if node == 0 { &self.root } else { &self.names[node - 1] };
        let number = |node: usize| if node == 0 { String::new() } else { rounded(self.numbers[node - 1]) };
        let text_width = |node: usize| {
            let number = number(node);
            let beside = if number.is_empty() { 0 } else { 7 + theme::width(&number, 12.0) };
            theme::width(name(node), 13.0) + beside
        };
        // Each column begins behind the widest text of the one before; what is left is shared out to the edges.
        let columns = depths.iter().max().map_or(1, |most| most + 1);
        let mut widest = vec![0; columns];
        for (node, &depth) in depths.iter().enumerate() {
            widest[depth] = widest[depth].max(DOT + 7 + text_width(node));
        }
        let left_over = theme::WIDTH as i32 - LEFT - 14 - widest.iter().sum::<i32>();
        let edge = (left_over / (columns as i32 - 1).max(1)).clamp(20, 130);
        let begin = |depth: usize| LEFT + widest[..depth].iter().sum::<i32>() + edge * depth as i32;
        let y = |node: usize| self.top() + ROW / 2 + (rows[node] * f64::from(ROW)).round() as i32;

        let mut on_path = vec![false; depths.len()];
        let mut node = self.path_to;
        while node != 0 {
            on_path[node] = true;
            node = self.parents[node - 1];
        }
        for (node, &parent) in (1..).zip(&self.parents) {
            let from = (begin(depths[parent]) + DOT + 7 + text_width(parent) + 4, y(parent));
            let to = (begin(depths[node]) - DOT, y(node));
            let width = if on_path[node] { 3 } else { 1 };
            area.draw(&PathElement::new(curve(from, to), self.colour(node).stroke_width(width)))?;
        }
        for (node, &depth) in depths.iter().enumerate() {
            let (x, y) = (begin(depth), y(node));
            area.draw(&Circle::new((x, y), DOT, self.colour(node).filled()))?;
            let is_faded = node > 0 && faded(self.fates[node - 1]);
            let ink = if is_faded { theme::FAINT } else { theme::INK };
            let middle = Pos::new(HPos::Left, VPos::Center);
            area.draw(&Text::new(name(node).clone(), (x + DOT + 7, y), theme::text().color(&ink).pos(middle)))?;
            let behind = x + DOT + 14 + theme::width(name(node), 13.0);
            area.draw(&Text::new(number(node), (behind, y), theme::small().pos(middle)))?;
        }
        area.present()?;
        Ok(())
    }
}

/// From one place to another, level at both ends.
fn curve(from: (i32, i32), to: (i32, i32)) -> Vec<(i32, i32)> {
    const PIECES: i32 = 16;
    let between = |i: i32| {
        let t = f64::from(i) / f64::from(PIECES);
        let rise = t * t * (3.0 - 2.0 * t);
        let at = |a: i32, b: i32, share: f64| (f64::from(a) + share * f64::from(b - a)).round() as i32;
        (at(from.0, to.0, t), at(from.1, to.1, rise))
    };
    (0..=PIECES).map(between).collect()
}

fn rounded(value: f64) -> String {
    let text = format!("{:.2}", value.abs());
    if value < 0.0 && text != "0.00" { format!("−{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Tree {
        let names = ["a", "b", "aa", "ab", "ba"].map(String::from);
        Tree::new("title", "unit", "<s>").nodes(&[0, 0, 1, 1, 2], &names, &[-0.5, -1.0, -1.5, -2.0, -0.001])
    }

    #[test]
    fn leaves_have_a_row_each_and_parents_stand_amid_their_children() {
        let (depths, rows) = small().places();
        assert_eq!(depths, [0, 1, 1, 2, 2, 2]);
        assert_eq!(rows, [1.25, 0.5, 2.0, 0.0, 1.0, 2.0]);
    }

    #[test]
    fn each_fate_has_its_colour_and_the_path_is_thick() {
        let svg = small().fates(&["goes on", "ends", "dropped"], &[0, 0, 1, 2, 2]).path_to(3).draw();
        let count = |what: &str| svg.svg().matches(what).count();
        // A dot in the list of fates, one for each node; the root's is ink.
        assert_eq!(count("<circle"), 3 + 6);
        assert_eq!((count("stroke-width=\"3\""), count("stroke-width=\"1\"")), (2, 3 + 9));
        for text in ["goes on", "−0.50", "0.00", "&lt;s&gt;"] {
            assert!(svg.svg().contains(text), "{text}");
        }
        assert!(!svg.svg().contains("−0.00"));
    }

    #[test]
    #[should_panic(expected = "the parent of node 1 is 1")]
    fn a_parent_that_comes_later_is_refused() {
        let _ = Tree::new("", "", "").nodes(&[1, 0], &["a".into(), "b".into()], &[0.0, 0.0]);
    }
}
