//! Fitting and scoring n-grams on a million words drawn with Zipf's law, on one thread.

use super::report;
use anyhow::Result;
use fabula::prelude::{NgramConfig, NgramModel, rng};
use ndarray::{Array2, ArrayView1};
use ndarray_rand::{RandomExt, rand_distr::Zipf};
use std::time::Instant;

const WORDS: usize = 1_000_000;
const SENTENCE: usize = 20;

/// Sentences of twenty words from a vocabulary of 50,000, seeded. Each word depends on the one before, so that longer
/// n-grams recur as they do in a language.
pub fn text(words: usize) -> Vec<String> {
    let zipf = Zipf::new(50_000.0, 1.1).expect("valid parameters");
    let drawn = Array2::random_using((words / SENTENCE, SENTENCE), zipf, &mut rng(1));
    let sentence = |row: ArrayView1<f64>| {
        let mut before = 0;
        let words = row.iter().map(|rank| {
            before = (*rank as usize + 7 * (before % 50)) % 50_000;
            format!("w{before}")
        });
        words.collect::<Vec<_>>().join(" ")
    };
    drawn.outer_iter().map(sentence).collect()
}

pub fn run() -> Result<()> {
    let text = text(WORDS);
    for order in [3, 5] {
        let start = Instant::now();
        let model = NgramModel::fit(&text, &NgramConfig { order, ..Default::default() })?;
        let fit = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let score = model.score(&text)?;
        let seconds = start.elapsed().as_secs_f64();
        println!("order {order}: {} n-grams, scored {:.0} tokens/s", model.parameters(), score.tokens as f64 / seconds);
        report(
            &format!("Kneser–Ney of order {order} on {WORDS} words, one core"),
            format!("{fit:.2} s"),
            "under 5 s",
            fit < 5.0,
        );
    }
    Ok(())
}
