//! Quality against cost.

use super::entry::Entry;
use fabula::plot::{Chart, Picture};

/// Of two costs, side by side: to learn, and to write.
pub fn of(entries: &[Entry]) -> Picture {
    let learning = against("What it costs to learn", "seconds to fit", entries, |entry| entry.report.fit_seconds);
    let writing =
        against("What it costs to write", "microseconds for a token", entries, |entry| entry.microseconds_per_token);
    learning.beside(&writing)
}

/// The dashed line leads through those than which no other is both better and cheaper.
fn against(title: &str, unit: &str, entries: &[Entry], cost: impl Fn(&Entry) -> f64) -> Picture {
    let (x, y): (Vec<f64>, Vec<f64>) = entries.iter().map(|entry| (cost(entry), entry.report.nats_per_token)).unzip();
    let names: Vec<&str> = entries.iter().map(|entry| entry.model).collect();
    let (frontier_x, frontier_y): (Vec<f64>, Vec<f64>) = frontier(&x, &y).into_iter().unzip();
    Chart::new(title, unit, "nats per character")
        .points("", &x, &y)
        .names(&names, true)
        .bound("", &frontier_x, &frontier_y)
        .colour(5)
        .log_x()
        .size(450, 380)
        .draw()
}

/// Steps from the cheapest to the best.
fn frontier(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut steps: Vec<(f64, f64)> = Vec::new();
    for (x, y) in points {
        match steps.last() {
            Some(&(_, best)) if y >= best => (),
            Some(&(_, best)) => steps.extend([(x, best), (x, y)]),
            None => steps.push((x, y)),
        }
    }
    steps
}
