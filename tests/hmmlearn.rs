//! Our hidden Markov models against hmmlearn's: `tests/fixtures/hmmlearn` holds what it says of the same sequences.

use fabula::{
    ndarray::{Array, Array1, Array2, Dimension},
    statistical::Hmm,
};
use serde::Deserialize;
use std::fs;

#[derive(Deserialize)]
struct Case {
    name: String,
    #[serde(flatten)]
    model: Parameters,
    sequences: Vec<Vec<u32>>,
    log_likelihood: Vec<f64>,
    posteriors: Vec<Vec<f64>>,
    viterbi: Vec<Decoded>,
    scaling: Parameters,
    log: Parameters,
}

#[derive(Deserialize)]
struct Parameters {
    pi: Vec<f64>,
    a: Vec<Vec<f64>>,
    b: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Decoded {
    log_joint: f64,
    states: Vec<u32>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(&fs::read_to_string("tests/fixtures/hmmlearn/cases.json").unwrap()).unwrap()
}

fn matrix(rows: &[Vec<f64>]) -> Array2<f64> {
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

impl Case {
    fn hmm(&self) -> Hmm {
        let Parameters { pi, a, b } = &self.model;
        Hmm::new(Array1::from(pi.clone()), matrix(a), matrix(b)).unwrap()
    }
}

fn assert_close<D: Dimension>(found: &Array<f64, D>, expected: &Array<f64, D>, what: &str) {
    assert_eq!(found.shape(), expected.shape(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-8, "{what}: {found}, hmmlearn {expected}");
    }
}

#[test]
fn likelihoods_posteriors_and_best_paths_are_hmmlearns() {
    let mut ties = 0;
    for case in cases() {
        let hmm = case.hmm();
        assert_close(&hmm.posteriors(&case.sequences[0]).unwrap(), &matrix(&case.posteriors), &case.name);
        for (i, x) in case.sequences.iter().enumerate() {
            let (found, expected) = (hmm.log_likelihood(x).unwrap(), case.log_likelihood[i]);
            assert!((found - expected).abs() < 1e-8, "{}, sequence {i}: {found}, hmmlearn {expected}", case.name);
            let (found, expected) = (hmm.viterbi(x).unwrap(), &case.viterbi[i]);
            if found.states != expected.states {
                // Two paths that take the same steps in another order are equally probable: it is a matter of rounding.
                let theirs = hmm.log_joint(x, &expected.states).unwrap();
                assert!((found.log_joint - theirs).abs() < 1e-12, "{}, sequence {i}: {found}", case.name);
                ties += 1;
            }
            assert!((found.log_joint - expected.log_joint).abs() < 1e-8, "{}, sequence {i}", case.name);
        }
    }
    assert!(ties <= 3, "{ties} paths differ from hmmlearn's");
}

#[test]
fn a_step_of_baum_welch_is_hmmlearns() {
    for case in cases() {
        let hmm = case.hmm();
        let counts = hmm.expected_counts(&case.sequences).unwrap();
        assert!((counts.log_likelihood - case.log_likelihood.iter().sum::<f64>()).abs() < 1e-8, "{}", case.name);
        let next = hmm.reestimate(&counts);
        for Parameters { pi, a, b } in [&case.scaling, &case.log] {
            let (mut a, mut b) = (matrix(a), matrix(b));
            // A state that is never reached: a row of zeros there, the old row here.
            for (row, old) in [(&mut a, hmm.a()), (&mut b, hmm.b())] {
                for (mut row, old) in row.outer_iter_mut().zip(old.outer_iter()).filter(|(row, _)| row.sum() == 0.0) {
                    assert_eq!(case.name, "zeros");
                    row.assign(&old);
                }
            }
            assert_close(&next.pi(), &Array1::from(pi.clone()), &case.name);
            assert_close(&next.a(), &a, &case.name);
            assert_close(&next.b(), &b, &case.name);
        }
    }
}
