//! Byte-pair encoding as the paper says it, slow and plain: what the library's merges are compared with.

use std::collections::{BTreeMap, BTreeSet};

/// The first merges of a text whose words are given.
///
/// Each round counts every pair of neighbours in every word, takes the most frequent one (of equals: the smallest ids,
/// which are the places in `vocab`), and merges it from left to right.
pub fn merges(words: &[String], alphabet: &[String], rounds: usize) -> Vec<(String, String)> {
    let mut vocab: Vec<String> = alphabet.to_vec();
    let mut counts: BTreeMap<Vec<usize>, i64> = BTreeMap::new();
    for word in words {
        let id = |c: char| vocab.iter().position(|token| *token == c.to_string()).unwrap();
        *counts.entry(word.chars().map(id).collect()).or_default() += 1;
    }
    let mut merges = Vec::new();
    while merges.len() < rounds {
        let mut pairs: BTreeMap<(usize, usize), i64> = BTreeMap::new();
        for (word, count) in &counts {
            word.windows(2).for_each(|pair| *pairs.entry((pair[0], pair[1])).or_default() += count);
        }
        let Some((&(a, b), _)) = pairs.iter().max_by_key(|&(&(a, b), &count)| (count, -(a as i64), -(b as i64))) else {
            break;
        };
        merges.push((vocab[a].clone(), vocab[b].clone()));
        vocab.push(format!("{}{}", vocab[a], vocab[b]));
        let made = vocab.len() - 1;
        counts = counts.into_iter().map(|(word, count)| (merge(&word, a, b, made), count)).collect();
    }
    merges
}

fn merge(word: &[usize], a: usize, b: usize, made: usize) -> Vec<usize> {
    let mut merged = Vec::new();
    let mut i = 0;
    while i < word.len() {
        let here = word[i..].starts_with(&[a, b]);
        merged.push(if here { made } else { word[i] });
        i += 1 + usize::from(here);
    }
    merged
}

/// The characters of the words, in the order of Unicode.
pub fn alphabet(words: &[String]) -> Vec<String> {
    words.iter().flat_map(|word| word.chars()).collect::<BTreeSet<char>>().into_iter().map(String::from).collect()
}
