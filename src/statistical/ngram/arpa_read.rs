//! N-gram models as text: reading.

use super::{
    arpa_write::{LOG_ZERO, unwritten},
    config::MAX_ORDER,
    estimate::Estimates,
    fitting::Fitting,
    model::NgramModel,
    trie::Trie,
};
use crate::{
    Error, Result,
    text::{Level, Vocab, read_text},
};
use std::path::Path;

impl NgramModel {
    /// Reads an ARPA file, this course's or another program's.
    ///
    /// Probabilities of 10⁻⁹⁹ and less are 0, and so is that of `<unk>` if the file has none. A missing back-off weight
    /// is 1. What smoothing made the numbers is not in the file.
    ///
    /// # Errors
    /// If the file cannot be read, or is cut off or contradicts itself: with the line.
    pub fn read_arpa(path: &Path, level: Level) -> Result<NgramModel> {
        let text = read_text(path)?;
        let mut reader = Reader { lines: text.lines(), line: 0, level, vocab: Vocab::new(), trie: Trie::default() };
        let read = reader.model();
        let Reader { line, vocab, trie, .. } = reader;
        let estimates = read.map_err(|message| Error::Line { path: path.into(), line, message })?;
        Ok(NgramModel { level, smoothing: None, vocab, trie, estimates, fitting: Fitting::default() })
    }
}

/// Reads line by line; an error is a message about the line that was read last.
struct Reader<'a> {
    lines: std::str::Lines<'a>,
    line: usize,
    level: Level,
    vocab: Vocab,
    trie: Trie,
}

type Outcome<T> = std::result::Result<T, String>;

/// An n-gram of the file: the node of all but its last word, that word, log10 p, log10 b, and its line.
struct Entry {
    node: (u32, u32),
    log_p: f32,
    log_b: f32,
    line: usize,
}

impl<'a> Reader<'a> {
    fn model(&mut self) -> Outcome<Estimates> {
        let sizes = self.header()?;
        let (mut log_p, mut log_b) = (vec![Vec::new()], vec![vec![0.0]]);
        for (n, &size) in (1..).zip(&sizes) {
            let mut entries = self.section(n, &sizes)?;
            if entries.len() != size {
                return Err(format!("{} {n}-grams end here, but the header promises {size}", entries.len()));
            }
            if n == 1 {
                self.complete_unigrams(&mut entries)?;
            }
            entries.sort_by_key(|entry| entry.node);
            if let Some(pair) = entries.windows(2).find(|pair| pair[0].node == pair[1].node) {
                self.line = pair[0].line.max(pair[1].line);
                return Err(format!("this {n}-gram stands in line {} already", pair[0].line.min(pair[1].line)));
            }
            self.trie.push_level(&entries.iter().map(|entry| entry.node).collect::<Vec<_>>());
            log_p.push(entries.iter().map(|entry| entry.log_p).collect());
            if n < sizes.len() {
                log_b.push(entries.iter().map(|entry| entry.log_b).collect());
            }
        }
        Ok(Estimates { log_p, log_b })
    }

    /// `\data\` and the number of n-grams of each order.
    fn header(&mut self) -> Outcome<Vec<usize>> {
        while self.next("\\data\\")? != "\\data\\" {}
        let mut sizes = Vec::new();
        loop {
            let line = self.next("\\1-grams:")?;
            if line == "\\1-grams:" {
                break;
            }
            let parse = || -> Option<(usize, usize)> {
                let (n, size) = line.strip_prefix("ngram")?.split_once('=')?;
                Some((n.trim().parse().ok()?, size.trim().parse().ok()?))
            };
            let n = sizes.len() + 1;
            match parse() {
                Some((found, size)) if found == n && n <= MAX_ORDER => sizes.push(size),
                _ => {
                    return Err(format!(
                        "{line:?}: expected \"ngram {n}=…\" (orders up to {MAX_ORDER}) or \"\\1-grams:\""
                    ));
                }
            }
        }
        if sizes.is_empty() { Err("the header names no order: expected \"ngram 1=…\"".into()) } else { Ok(sizes) }
    }

    /// The n-grams of order n, up to the line that opens the next section.
    fn section(&mut self, n: usize, sizes: &[usize]) -> Outcome<Vec<Entry>> {
        let last = n == sizes.len();
        let end = if last { "\\end\\".into() } else { format!("\\{}-grams:", n + 1) };
        let mut entries = Vec::new();
        loop {
            let line = self.next(&end)?;
            if line == end {
                return Ok(entries);
            }
            if line.starts_with('\\') && line.ends_with(':') || line == "\\end\\" {
                return Err(format!("{line:?}: expected {end:?}"));
            }
            if entries.len() == sizes[n - 1] {
                return Err(format!("{line:?}: expected {end:?}, as the header promises {} {n}-grams", sizes[n - 1]));
            }
            entries.push(self.entry(line, n, last)?);
        }
    }

    fn entry(&mut self, line: &str, n: usize, last: bool) -> Outcome<Entry> {
        let fields: Vec<&str> = line.split([' ', '\t']).filter(|field| !field.is_empty()).collect();
        let has_weight = fields.len() == n + 2 && !last;
        if fields.len() != n + 1 && !has_weight {
            let weight = if last { "" } else { " and perhaps a back-off weight" };
            return Err(format!("{line:?}: expected log10 p, {n} token{}{weight}", if n == 1 { "" } else { "s" }));
        }
        let log_p = number(fields[0])?;
        if log_p > 0.0 {
            return Err(format!("log10 p = {log_p} is a probability above 1"));
        }
        let log_b = if has_weight { number(fields[n + 1])? } else { 0.0 };
        let (word, prefix) = fields[1..=n].split_last().expect("n is at least 1");
        let id = |token: &&str| {
            let known = self.vocab.get(&unwritten(token, self.level));
            known.ok_or_else(|| format!("{token:?} is not among the 1-grams"))
        };
        let prefix = prefix.iter().map(id).collect::<Outcome<Vec<u32>>>()?;
        let word = if n == 1 { self.vocab.add(&unwritten(word, self.level)) } else { id(word)? };
        let parent = self.trie.find(&prefix).ok_or_else(|| {
            let (ngram, shorter) = (fields[1..=n].join(" "), n - 1);
            format!("the first {shorter} tokens of {ngram:?} are no {shorter}-gram of the file")
        })?;
        Ok(Entry { node: (parent, word), log_p, log_b, line: self.line })
    }

    /// Sentences need `<s>` and `</s>`; `<unk>` may be missing.
    fn complete_unigrams(&self, entries: &mut Vec<Entry>) -> Outcome<()> {
        let has = |entries: &[Entry], id: u32| entries.iter().any(|entry| entry.node.1 == id);
        for id in [Vocab::BOS, Vocab::EOS] {
            if !has(entries, id) {
                return Err(format!("the 1-grams end here without {}", self.vocab.token(id)));
            }
        }
        if !has(entries, Vocab::UNK) {
            entries.push(Entry { node: (0, Vocab::UNK), log_p: f32::NEG_INFINITY, log_b: 0.0, line: self.line });
        }
        Ok(())
    }

    /// The next line that is not blank.
    fn next(&mut self, expected: &str) -> Outcome<&'a str> {
        for line in self.lines.by_ref() {
            self.line += 1;
            let line = line.trim_matches([' ', '\t', '\r']);
            if !line.is_empty() {
                return Ok(line);
            }
        }
        Err(format!("the file ends here: expected {expected:?} still to come"))
    }
}

/// A logarithm, −∞ if it is −99 or less.
fn number(field: &str) -> Outcome<f32> {
    match field.parse::<f32>() {
        Ok(log10) if log10 <= LOG_ZERO => Ok(f32::NEG_INFINITY),
        Ok(log10) if log10.is_finite() => Ok(log10),
        _ => Err(format!("{field:?}: expected a number, a logarithm to base 10")),
    }
}
