//! Hidden Markov models against brute force over all paths of states, what holds for every model, and what must be refused.

use fabula::{
    Error,
    ndarray::{Array1, Array2, array},
    statistical::{BaumWelch, Hmm, HmmSample},
};
use proptest::prelude::*;

/// p(x, z) for all paths z, straight from the definition.
fn all_paths(hmm: &Hmm, x: &[u32]) -> Vec<(Vec<u32>, f64)> {
    let (pi, a, b) = (hmm.pi(), hmm.a(), hmm.b());
    let mut paths = vec![(Vec::new(), 1.0)];
    for &x in x {
        let longer = |(z, p): &(Vec<u32>, f64)| {
            let (z, p) = (z.clone(), *p);
            let (pi, a, b) = (&pi, &a, &b);
            (0..pi.len())
                .map(move |j| {
                    let move_to = z.last().map_or(pi[j], |&i| a[[i as usize, j]]);
                    ([&z[..], &[j as u32]].concat(), p * move_to * b[[j, x as usize]])
                })
                .collect::<Vec<_>>()
        };
        paths = paths.iter().flat_map(longer).collect();
    }
    paths
}

/// A model, some of whose probabilities are 0.
fn sparse(states: usize, symbols: usize, seed: u64) -> Hmm {
    let hmm = Hmm::random(states, symbols, seed).unwrap();
    let thin = |mut matrix: Array2<f64>| {
        for mut row in matrix.outer_iter_mut() {
            let most = row.fold(0.0f64, |most, &p| most.max(p));
            row.mapv_inplace(|p| if p < 0.3 * most { 0.0 } else { p });
            let sum = row.sum();
            row /= sum;
        }
        matrix
    };
    Hmm::new(hmm.pi(), thin(hmm.a()), thin(hmm.b())).unwrap()
}

/// A model of up to 4 states and symbols, sometimes with zeros, and a sequence of up to 6 symbols that it can emit.
fn cases() -> impl Strategy<Value = (Hmm, Vec<u32>)> {
    (1usize..5, 1usize..5, any::<u64>(), 1usize..7, any::<bool>()).prop_map(|(states, symbols, seed, length, zeros)| {
        let hmm = if zeros { sparse(states, symbols, seed) } else { Hmm::random(states, symbols, seed).unwrap() };
        let x = hmm.sample(length, seed).symbols;
        (hmm, x)
    })
}

/// A model to start from and sequences of another one.
fn fits() -> impl Strategy<Value = (Hmm, Vec<Vec<u32>>)> {
    let lengths = prop::collection::vec(1usize..30, 1..6);
    (1usize..6, 1usize..6, any::<u64>(), lengths).prop_map(|(states, symbols, seed, lengths)| {
        let source = sparse(3, symbols, seed.wrapping_add(1));
        let sequences = (0..).zip(&lengths).map(|(i, &length)| source.sample(length, i).symbols).collect();
        (Hmm::random(states, symbols, seed).unwrap(), sequences)
    })
}

fn assert_distributions(hmm: &Hmm) {
    let rows = |matrix: Array2<f64>| matrix.outer_iter().map(|row| row.to_owned()).collect::<Vec<_>>();
    for row in [vec![hmm.pi()], rows(hmm.a()), rows(hmm.b())].concat() {
        assert!(row.iter().all(|p| *p >= 0.0) && (row.sum() - 1.0).abs() < 1e-9, "{row}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn brute_force_gives_the_same((hmm, x) in cases()) {
        let paths = all_paths(&hmm, &x);
        let p: f64 = paths.iter().map(|(_, p)| p).sum();
        prop_assert!((hmm.log_likelihood(&x).unwrap() - p.ln()).abs() < 1e-10);
        prop_assert!((hmm.log_likelihood_by_paths(&x).unwrap() - p.ln()).abs() < 1e-10);
        for (path, (z, p)) in hmm.paths(&x).unwrap().iter().zip(&paths) {
            prop_assert_eq!(&path.states, z);
            prop_assert!(path.log_joint == p.ln() || (path.log_joint - p.ln()).abs() < 1e-10);
        }

        let gamma = hmm.posteriors(&x).unwrap();
        for ((t, i), &gamma) in gamma.indexed_iter() {
            let with: f64 = paths.iter().filter(|(z, _)| z[t] == i as u32).map(|(_, p)| p).sum();
            prop_assert!((gamma - with / p).abs() < 1e-10, "γ of state {i} at {t}");
        }

        let best = hmm.viterbi(&x).unwrap();
        let (_, highest) = paths.iter().max_by(|x, y| x.1.total_cmp(&y.1)).unwrap();
        prop_assert!((best.log_joint - highest.ln()).abs() < 1e-10);
        prop_assert!((best.log_joint - hmm.log_joint(&x, &best.states).unwrap()).abs() < 1e-10);

        let counts = hmm.expected_counts(std::slice::from_ref(&x)).unwrap();
        for ((i, j), &count) in counts.transitions.indexed_iter() {
            let pairs = |z: &[u32]| z.windows(2).filter(|pair| **pair == [i as u32, j as u32]).count() as f64;
            let expected: f64 = paths.iter().map(|(z, path)| pairs(z) * path / p).sum();
            prop_assert!((count - expected).abs() < 1e-10, "from {i} to {j}: {count}, brute force {expected}");
        }

        let next = hmm.predict(&x).unwrap();
        for v in 0..hmm.symbols() {
            let longer: f64 = all_paths(&hmm, &[&x[..], &[v as u32]].concat()).iter().map(|(_, p)| p).sum();
            prop_assert!((next[v] - longer / p).abs() < 1e-10);
        }
    }

    #[test]
    fn forward_times_backward_is_the_same_at_every_time((hmm, x) in cases()) {
        let (forward, beta) = (hmm.forward(&x).unwrap(), hmm.backward(&x).unwrap());
        for t in 0..x.len() {
            let product = (&forward.alpha.row(t) * &beta.row(t)).sum() / forward.c[t];
            prop_assert!((product - 1.0).abs() < 1e-10, "at {t}: {product}");
        }
        prop_assert!(hmm.posteriors(&x).unwrap().rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-12));
    }

    #[test]
    fn the_likelihood_never_falls((hmm, sequences) in fits()) {
        let (fitted, steps) = hmm.fit(&sequences, &BaumWelch { iterations: 30, tolerance: 0.0 }).unwrap();
        assert_distributions(&fitted);
        let end: f64 = sequences.iter().map(|x| fitted.log_likelihood(x).unwrap()).sum();
        let course: Vec<f64> = steps.iter().map(|step| step.log_likelihood).chain([end]).collect();
        for pair in course.windows(2) {
            prop_assert!(pair[1] >= pair[0] - 1e-9 * pair[0].abs().max(1.0), "{course:?}");
        }
    }
}

#[test]
fn long_sequences_stay_finite() {
    let hmm = Hmm::random(8, 16, 1).unwrap();
    for length in [100_000, 1_000_000] {
        let x = hmm.sample(length, 2).symbols;
        let per_symbol = hmm.log_likelihood(&x).unwrap() / length as f64;
        assert!(-16f64.ln() < per_symbol && per_symbol < -1.0, "{per_symbol}");
        assert!(hmm.viterbi(&x).unwrap().log_joint.is_finite());
        let gamma = hmm.posteriors(&x).unwrap();
        assert!(gamma.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-12));
        let counts = hmm.expected_counts(&[x]).unwrap();
        assert!((counts.transitions.sum() - (length - 1) as f64).abs() < 1e-4, "{}", counts.transitions.sum());
        assert_distributions(&hmm.reestimate(&counts));
    }
}

/// A chain that never meets the true one explains the data far better, without end: its β would be too large for a number.
#[test]
fn what_cannot_be_reached_never_becomes_nan() {
    let (pi, a, b) = (array![1.0, 0.0], array![[1.0, 0.0], [0.0, 1.0]], array![[0.9, 0.1], [0.1, 0.9]]);
    let hmm = Hmm::new(pi, a, b).unwrap();
    let x = vec![1; 100_000];
    assert_eq!(hmm.posteriors(&x).unwrap().column(1).sum(), 0.0);
    let next = hmm.reestimate(&hmm.expected_counts(&[x]).unwrap());
    assert_distributions(&next);
    assert_eq!((next.a().row(1), next.b().row(1)), (hmm.a().row(1), hmm.b().row(1)));
}

#[test]
fn impossible_sequences_have_minus_infinity_and_cannot_be_fitted() {
    let hmm = Hmm::new(array![1.0, 0.0], array![[0.0, 1.0], [1.0, 0.0]], array![[1.0, 0.0], [0.0, 1.0]]).unwrap();
    let x = [0, 1, 1, 0];
    assert_eq!(hmm.log_likelihood(&x).unwrap(), f64::NEG_INFINITY);
    assert_eq!(hmm.log_likelihood_by_paths(&x).unwrap(), f64::NEG_INFINITY);
    assert!(hmm.forward(&x).unwrap().alpha.iter().all(|p| p.is_finite()));
    assert_eq!(hmm.predict(&x).unwrap(), array![0.0, 0.0]);
    for result in [hmm.posteriors(&x).map(drop), hmm.viterbi(&x).map(drop), hmm.backward(&x).map(drop)] {
        assert!(matches!(result, Err(Error::Impossible { sequence: 0, place: 2 })));
    }
    let error = hmm.fit(&[vec![0, 1], x.to_vec()], &BaumWelch::default()).unwrap_err();
    assert!(error.to_string().starts_with("sequence 1 has probability 0 under the model, from place 2 on"), "{error}");
}

#[test]
fn samples_follow_the_model_and_the_seed() {
    let hmm = Hmm::random(3, 4, 5).unwrap();
    let sample = hmm.sample(200_000, 1);
    assert_eq!(sample, hmm.sample(200_000, 1));
    assert_ne!(sample, hmm.sample(200_000, 2));
    let HmmSample { symbols, states } = sample;
    let counted = Hmm::supervised(&[symbols], &[states], (3, 4), 0.0).unwrap();
    for (found, expected) in counted.a().iter().chain(&counted.b()).zip(hmm.a().iter().chain(&hmm.b())) {
        assert!((found - expected).abs() < 0.01, "{found} instead of {expected}");
    }
    let first = |seed| hmm.sample(1, seed).states[0];
    let starts = (0..20_000).map(first).fold(Array1::zeros(3), |mut starts: Array1<f64>, z| {
        starts[z as usize] += 1.0 / 20_000.0;
        starts
    });
    assert!((starts - hmm.pi()).iter().all(|difference| difference.abs() < 0.015));
    assert_eq!(Hmm::random(3, 4, 5).unwrap(), hmm);
    assert_ne!(Hmm::random(3, 4, 6).unwrap(), hmm);
}

#[test]
fn supervised_counts_by_hand() {
    let (x, z) = ([vec![0, 1, 1], vec![1]], [vec![0, 0, 1], vec![1]]);
    let hmm = Hmm::supervised(&x, &z, (2, 2), 1.0).unwrap();
    assert_eq!(hmm.pi(), array![0.5, 0.5]);
    assert_eq!(hmm.a(), array![[0.5, 0.5], [0.5, 0.5]]);
    assert_eq!(hmm.b(), array![[0.5, 0.5], [0.25, 0.75]]);
    let hmm = Hmm::supervised(&x, &z, (3, 2), 0.0).unwrap();
    assert_eq!(hmm.pi(), array![0.5, 0.5, 0.0]);
    let third = 1.0 / 3.0;
    assert_eq!(hmm.a(), array![[0.5, 0.5, 0.0], [third, third, third], [third, third, third]]);
    assert_eq!(hmm.b(), array![[0.5, 0.5], [0.0, 1.0], [0.5, 0.5]]);
}

#[test]
fn more_states_than_the_data_can_tell_apart_are_fitted() {
    let hmm = Hmm::random(50, 3, 1).unwrap();
    for sequences in [vec![vec![2]], vec![vec![0, 1, 2], vec![1]]] {
        let (fitted, _) = hmm.fit(&sequences, &BaumWelch { iterations: 50, tolerance: 0.0 }).unwrap();
        assert_distributions(&fitted);
    }
}

#[test]
fn a_fit_stops_when_little_is_gained() {
    let data = vec![Hmm::random(2, 3, 1).unwrap().sample(500, 1).symbols];
    let start = Hmm::random(2, 3, 2).unwrap();
    let (_, all) = start.fit(&data, &BaumWelch { iterations: 40, tolerance: 0.0 }).unwrap();
    let (_, few) = start.fit(&data, &BaumWelch { iterations: 40, tolerance: 1e-3 }).unwrap();
    assert!(few.len() < all.len() && few[..] == all[..few.len()]);
    assert!(few.last().unwrap().gain.unwrap() <= 1e-3 && few[0].gain.is_none());
}

#[test]
fn arrays_that_are_no_model_are_refused() {
    let (pi, a, b) = (array![0.5, 0.5], array![[0.5, 0.5], [0.1, 0.9]], array![[0.2, 0.8], [1.0, 0.0]]);
    assert!(Hmm::new(pi.clone(), a.clone(), b.clone()).is_ok());
    let message = |pi: &Array1<f64>, a: &Array2<f64>, b: &Array2<f64>| {
        Hmm::new(pi.clone(), a.clone(), b.clone()).unwrap_err().to_string()
    };
    for (message, expected) in [
        (message(&array![0.5, 0.6], &a, &b), "π sums to 1.1: expected probabilities"),
        (message(&pi, &array![[0.5, 0.5], [0.1, 0.8]], &b), "row 1 of A sums to 0.9"),
        (message(&pi, &a, &array![[0.2, f64::NAN], [1.0, 0.0]]), "row 0 of B holds NaN at place 1"),
        (message(&pi, &a, &array![[1.2, -0.2], [1.0, 0.0]]), "row 0 of B holds -0.2 at place 1"),
        (message(&pi, &a, &array![[f64::INFINITY, 0.0], [1.0, 0.0]]), "row 0 of B sums to inf"),
        (message(&array![1.0], &a, &b), "π has the shape [1]: expected [2], to fit the rows of B"),
        (message(&pi, &array![[0.5, 0.5]], &b), "A has the shape [1, 2]: expected [2, 2]"),
        (message(&pi, &a, &Array2::zeros((0, 2))), "the number of states is 0"),
        (message(&pi, &a, &Array2::zeros((2, 0))), "the number of symbols is 0"),
    ] {
        assert!(message.starts_with(expected), "{message}");
    }
    assert!(Hmm::random(0, 2, 1).is_err() && Hmm::random(2, 0, 1).is_err());
}

#[test]
fn sequences_and_settings_that_do_not_fit_are_refused() {
    let hmm = Hmm::random(2, 3, 1).unwrap();
    let fit = |sequences: &[Vec<u32>]| hmm.fit(sequences, &BaumWelch::default()).unwrap_err().to_string();
    assert_eq!(fit(&[vec![0], vec![1, 3]]), "place 1 of sequence 1 holds 3: expected a number from 0 to 2");
    assert!(fit(&[vec![0], vec![]]).starts_with("there is nothing in sequence 1"));
    assert_eq!(fit(&[]), "the number of sequences is 0: expected at least 1");
    assert!(matches!(hmm.forward(&[]), Err(Error::EmptySequence { sequence: 0 })));
    assert!(matches!(hmm.viterbi(&[7]), Err(Error::Symbol { place: 0, found: 7, size: 3, .. })));
    assert!(matches!(hmm.predict(&[0, 9]), Err(Error::Symbol { place: 1, .. })));
    assert!(hmm.predict(&[]).is_ok());
    assert!(matches!(hmm.log_joint(&[0, 1], &[0]), Err(Error::Shape { .. })));
    assert!(matches!(hmm.log_joint(&[0, 1], &[0, 2]), Err(Error::Symbol { found: 2, size: 2, .. })));
    assert!(hmm.paths(&[0; 30]).unwrap_err().to_string().contains("2^30"));
    for config in [
        BaumWelch { iterations: 0, ..BaumWelch::default() },
        BaumWelch { tolerance: f64::NAN, ..BaumWelch::default() },
        BaumWelch { tolerance: -1.0, ..BaumWelch::default() },
    ] {
        assert!(matches!(hmm.fit(&[vec![0]], &config), Err(Error::Config { .. })));
    }
    let supervised = |x: &[Vec<u32>], z: &[Vec<u32>], k| Hmm::supervised(x, z, (2, 3), k).unwrap_err().to_string();
    assert!(supervised(&[vec![0, 1]], &[vec![0]], 0.0).contains("has the shape [1]: expected [2]"));
    assert!(supervised(&[vec![0]], &[], 0.0).contains("the list of state sequences"));
    assert!(supervised(&[vec![0]], &[vec![2]], 0.0).contains("holds 2: expected a number from 0 to 1"));
    assert!(supervised(&[vec![0]], &[vec![0]], f64::NAN).starts_with("k is NaN"));
    assert!(supervised(&[vec![0]], &[vec![0]], -1.0).starts_with("k is -1"));
}
