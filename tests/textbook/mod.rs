//! Smoothing as a textbook writes it: maps of n-grams, recursive formulas, no thought of speed.

use fabula::{
    decode::LanguageModel,
    statistical::{NgramModel, Smoothing},
};
use std::collections::{HashMap, HashSet};

type Ngram = Vec<String>;

pub struct Textbook {
    order: usize,
    smoothing: Smoothing,
    /// c(g) for all n-grams up to the order.
    c: HashMap<Ngram, f64>,
    /// Kneser–Ney's counts.
    a: HashMap<Ngram, f64>,
    /// λ₁ … λ_N, from the model.
    weights: Vec<f64>,
    /// D(0), D(1), D(2) and D(3 or more) for orders 1 … N, of absolute discounting and of Kneser–Ney.
    absolute: Vec<[f64; 4]>,
    modified: Vec<[f64; 4]>,
    v: f64,
}

impl Textbook {
    pub fn new(text: &[String], model: &NgramModel) -> Textbook {
        let order = model.order();
        let mut c: HashMap<Ngram, f64> = HashMap::new();
        for line in text {
            let padded: Ngram =
                ["<s>"].into_iter().chain(line.split_whitespace()).chain(["</s>"]).map(String::from).collect();
            for n in 1..=order {
                for g in padded.windows(n) {
                    *c.entry(g.to_vec()).or_default() += 1.0;
                }
            }
        }
        let mut before: HashMap<Ngram, HashSet<String>> = HashMap::new();
        for g in c.keys().filter(|g| g.len() > 1) {
            before.entry(g[1..].to_vec()).or_default().insert(g[0].clone());
        }
        let adjusted = |g: &Ngram, c: f64| if g.len() == order || g[0] == "<s>" { c } else { before[g].len() as f64 };
        let a: HashMap<Ngram, f64> = c.iter().map(|(g, &c)| (g.clone(), adjusted(g, c))).collect();
        let weights = model.fitting().em.last().map_or(vec![0.5; order], |step| step.weights.clone());
        let words: HashSet<&str> = text.iter().flat_map(|line| line.split_whitespace()).collect();
        assert_eq!(words.len() + 3, model.vocab().len());
        let absolute = (1..=order).map(|n| absolute_discounts(n, &c)).collect();
        let modified = (1..=order).map(|n| modified_discounts(n, &a)).collect();
        let v = (words.len() + 2) as f64;
        Textbook { order, smoothing: model.smoothing().unwrap(), c, a, weights, absolute, modified, v }
    }

    pub fn p(&self, w: &str, history: &str) -> f64 {
        let words: Vec<String> = history.split_whitespace().map(String::from).collect();
        let h = &words[words.len().saturating_sub(self.order - 1)..];
        match self.smoothing {
            Smoothing::Mle => self.mle(w, h),
            Smoothing::AddK { k } => self.add_k(w, h, k),
            Smoothing::Interpolated => self.interpolated(w, h),
            Smoothing::Absolute => self.discounted(w, h, &self.c, &self.absolute),
            Smoothing::KneserNey => self.discounted(w, h, &self.a, &self.modified),
        }
    }

    /// c(hw), and Σ_w c(hw). `<s>` is nobody's successor.
    fn frequency(counts: &HashMap<Ngram, f64>, w: &str, h: &[String]) -> (f64, Vec<f64>) {
        let hw = [h, &[w.to_string()]].concat();
        let follows = |g: &&Ngram| g.len() == h.len() + 1 && g.starts_with(h) && g[h.len()] != "<s>";
        (counts.get(&hw).copied().unwrap_or(0.0), counts.keys().filter(follows).map(|g| counts[g]).collect())
    }

    fn mle(&self, w: &str, h: &[String]) -> f64 {
        let (c, all) = Textbook::frequency(&self.c, w, h);
        if all.is_empty() { self.mle(w, &h[1..]) } else { c / all.iter().sum::<f64>() }
    }

    fn add_k(&self, w: &str, h: &[String], k: f64) -> f64 {
        if h.len() < self.order - 1 && h.first().is_none_or(|first| first != "<s>") {
            return 1.0 / self.v;
        }
        let (c, all) = Textbook::frequency(&self.c, w, h);
        (c + k) / (all.iter().sum::<f64>() + k * self.v)
    }

    fn interpolated(&self, w: &str, h: &[String]) -> f64 {
        let lower = if h.is_empty() { 1.0 / self.v } else { self.interpolated(w, &h[1..]) };
        let (c, all) = Textbook::frequency(&self.c, w, h);
        let lambda = self.weights[h.len()];
        if all.is_empty() { lower } else { lambda * c / all.iter().sum::<f64>() + (1.0 - lambda) * lower }
    }

    fn discounted(&self, w: &str, h: &[String], counts: &HashMap<Ngram, f64>, discounts: &[[f64; 4]]) -> f64 {
        let lower = if h.is_empty() { 1.0 / self.v } else { self.discounted(w, &h[1..], counts, discounts) };
        let (c, all) = Textbook::frequency(counts, w, h);
        if all.is_empty() {
            return lower;
        }
        let d = |c: f64| discounts[h.len()][c.min(3.0) as usize];
        let total: f64 = all.iter().sum();
        let gamma = all.iter().map(|&c| d(c)).sum::<f64>() / total;
        (c - d(c)).max(0.0) / total + gamma * lower
    }
}

/// How many n-grams of an order have the count j.
fn how_many(counts: &HashMap<Ngram, f64>, order: usize, j: f64) -> f64 {
    counts.iter().filter(|(g, c)| g.len() == order && **c == j && g[..] != ["<s>"]).count() as f64
}

fn absolute_discounts(order: usize, c: &HashMap<Ngram, f64>) -> [f64; 4] {
    let (n1, n2) = (how_many(c, order, 1.0), how_many(c, order, 2.0));
    let d = if n1 == 0.0 || n2 == 0.0 { 0.5 } else { n1 / (n1 + 2.0 * n2) };
    [0.0, d, d, d]
}

fn modified_discounts(order: usize, a: &HashMap<Ngram, f64>) -> [f64; 4] {
    let n = [0.0, 1.0, 2.0, 3.0, 4.0].map(|j| how_many(a, order, j));
    let y = n[1] / (n[1] + 2.0 * n[2]);
    let d = [0.0, 1.0 - 2.0 * y * n[2] / n[1], 2.0 - 3.0 * y * n[3] / n[2], 3.0 - 4.0 * y * n[4] / n[3]];
    let exist = (1..4).all(|j| n[j] > 0.0 && d[j] >= 0.0 && d[j] <= j as f64);
    if exist { d } else { [0.0, 0.5, 1.0, 1.5] }
}
