//! The edit distance: how many tokens one must insert, delete or replace to turn one sequence into another.

use super::references::{check_paired, check_some};
use crate::Result;

/// One step on a shortest way from one sequence to another; places are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edit {
    /// The token at place `from` of the first is that at place `to` of the second.
    Keep { from: usize, to: usize },
    /// The token at place `from` of the first becomes that at place `to` of the second.
    Substitute { from: usize, to: usize },
    /// The token at place `to` of the second is put in.
    Insert { to: usize },
    /// The token at place `from` of the first goes.
    Delete { from: usize },
}

impl Edit {
    /// 0 to keep a token, 1 for anything else.
    pub fn cost(self) -> usize {
        usize::from(!matches!(self, Edit::Keep { .. }))
    }
}

/// The edit distance, or Levenshtein distance, of two sequences.
///
///   D(i, 0) = i   D(0, j) = j   D(i, j) = min(D(i−1, j) + 1, D(i, j−1) + 1, D(i−1, j−1) + [aᵢ ≠ bⱼ])
///
/// D(i, j) is the distance of the first i tokens of a and the first j of b; the last one is what is asked for.
/// Source: Levenshtein 1966, Binary codes capable of correcting deletions, insertions, and reversals; computed in this
/// way: Wagner & Fischer 1974, The String-to-String Correction Problem.
///
/// ```
/// use fabula::metrics::edit_distance;
/// let characters = |text: &str| text.chars().collect::<Vec<_>>();
/// assert_eq!(edit_distance(&characters("kitten"), &characters("sitting")), 3);
/// ```
pub fn edit_distance<T: Eq>(a: &[T], b: &[T]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for a in a {
        next_row(&mut row, a, b);
    }
    row[b.len()]
}

/// From D(i−1, ·) to D(i, ·).
fn next_row<T: Eq>(row: &mut [usize], a: &T, b: &[T]) {
    let mut diagonal = row[0];
    row[0] += 1;
    for (j, b) in (1..).zip(b) {
        let above = row[j];
        row[j] = (above + 1).min(row[j - 1] + 1).min(diagonal + usize::from(a != b));
        diagonal = above;
    }
}

/// The steps that turn `a` into `b`, from left to right: as few as can be. Where there are several such ways, replacing
/// comes before deleting, and that before inserting, looked at from the end.
pub fn edit_operations<T: Eq>(a: &[T], b: &[T]) -> Vec<Edit> {
    let mut d = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for (i, a) in a.iter().enumerate() {
        let mut row = d[i].clone();
        next_row(&mut row, a, b);
        d.push(row);
    }
    let (mut i, mut j) = (a.len(), b.len());
    let mut edits = Vec::with_capacity(i.max(j));
    while i > 0 || j > 0 {
        let edit = if i > 0 && j > 0 && a[i - 1] == b[j - 1] {
            Edit::Keep { from: i - 1, to: j - 1 }
        } else if i > 0 && j > 0 && d[i][j] == d[i - 1][j - 1] + 1 {
            Edit::Substitute { from: i - 1, to: j - 1 }
        } else if i > 0 && d[i][j] == d[i - 1][j] + 1 {
            Edit::Delete { from: i - 1 }
        } else {
            Edit::Insert { to: j - 1 }
        };
        i -= usize::from(!matches!(edit, Edit::Insert { .. }));
        j -= usize::from(!matches!(edit, Edit::Delete { .. }));
        edits.push(edit);
    }
    edits.reverse();
    edits
}

/// All edits over all tokens of the references: the word error rate if the tokens are words, the character error rate
/// if they are characters. Above 1 if a hypothesis holds much that was not asked for.
///
/// # Errors
/// If there are not as many references as hypotheses, or no token in the references.
pub fn error_rate<T: Eq>(hypotheses: &[Vec<T>], references: &[Vec<T>]) -> Result<f64> {
    check_paired(hypotheses.len(), references.len())?;
    let tokens: usize = references.iter().map(Vec::len).sum();
    check_some(tokens, "at least one token in the references")?;
    let edits: usize = hypotheses.iter().zip(references).map(|(h, r)| edit_distance(h, r)).sum();
    Ok(edits as f64 / tokens as f64)
}
