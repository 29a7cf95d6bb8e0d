//! Small systems of linear equations.

use ndarray::{Array1, Array2};

/// Solves A·x = b by Gaussian elimination with partial pivoting. `None` if A is singular (a pivot below 10⁻¹²).
///
/// Shapes: A (K, K) · b, x (K,). Time: O(K³).
pub fn solve(mut a: Array2<f64>, mut b: Array1<f64>) -> Option<Array1<f64>> {
    let k = b.len();
    assert_eq!(a.dim(), (k, k), "A must be square and as large as b: A {:?}, b ({k},)", a.dim());
    for col in 0..k {
        let pivot = (col..k).max_by(|&i, &j| a[[i, col]].abs().total_cmp(&a[[j, col]].abs()))?;
        if a[[pivot, col]].abs() < 1e-12 {
            return None;
        }
        for j in 0..k {
            a.swap([pivot, j], [col, j]);
        }
        b.swap(pivot, col);
        for i in col + 1..k {
            let factor = a[[i, col]] / a[[col, col]];
            for j in col..k {
                a[[i, j]] -= factor * a[[col, j]];
            }
            b[i] -= factor * b[col];
        }
    }
    for i in (0..k).rev() {
        let known: f64 = (i + 1..k).map(|j| a[[i, j]] * b[j]).sum();
        b[i] = (b[i] - known) / a[[i, i]];
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_system_whose_first_pivot_is_zero_and_one_without_a_solution() {
        let a = array![[0.0, 2.0, 1.0], [1.0, -1.0, 0.0], [3.0, 0.0, 4.0]];
        let x = array![1.0, -2.0, 0.5];
        let found = solve(a.clone(), a.dot(&x)).unwrap();
        assert!((found - x).iter().all(|difference| difference.abs() < 1e-12));
        assert_eq!(solve(array![[1.0, 2.0], [2.0, 4.0]], array![1.0, 1.0]), None);
    }
}
