//! The sources of symbols: what they tell of themselves against closed forms, enumeration, and what they give.

use fabula::{
    Error,
    ndarray::{Array1, Array2, array},
    text::sources::{EvenProcess, HiddenSource, MarkovChain, line},
};
use proptest::prelude::*;

/// Random distributions over a few symbols, some of which have no probability.
fn distribution(k: usize) -> impl Strategy<Value = Array1<f64>> {
    let weights = prop::collection::vec(prop_oneof![1 => Just(0.0), 4 => 0.01..1.0f64], k);
    weights.prop_filter("all zero", |w| w.iter().sum::<f64>() > 0.0).prop_map(|w| {
        let w = Array1::from(w);
        &w / w.sum()
    })
}

fn matrix(k: usize, v: usize) -> impl Strategy<Value = Array2<f64>> {
    prop::collection::vec(distribution(v), k).prop_map(move |rows| Array2::from_shape_fn((k, v), |(i, j)| rows[i][j]))
}

fn chains() -> impl Strategy<Value = MarkovChain> {
    (1usize..5).prop_flat_map(|k| (distribution(k), matrix(k, k))).prop_map(|(p, a)| MarkovChain::new(p, a).unwrap())
}

fn hidden() -> impl Strategy<Value = HiddenSource> {
    (1usize..4, 1usize..4)
        .prop_flat_map(|(k, v)| (distribution(k), matrix(k, k), matrix(k, v)))
        .prop_map(|(p, a, b)| HiddenSource::new(p, a, b).unwrap())
}

/// All sequences of n symbols below v.
fn sequences(v: usize, n: usize) -> Vec<Vec<u32>> {
    let number = |mut code: usize| {
        let digit = |_| {
            let digit = code % v;
            code /= v;
            digit as u32
        };
        (0..n).map(digit).collect()
    };
    (0..v.pow(n as u32)).map(number).collect()
}

/// H(X₁ … Xₙ) in bits, from the joint probability of symbols and states, path by path.
fn block_entropy(source: &HiddenSource, start: &Array1<f64>, n: usize) -> f64 {
    let (k, v) = source.emission.dim();
    let p = |x: &Vec<u32>| -> f64 {
        let path = |s: &Vec<u32>| -> f64 {
            let emitted: f64 = (0..n).map(|t| source.emission[[s[t] as usize, x[t] as usize]]).product();
            let moved: f64 = (1..n).map(|t| source.transition[[s[t - 1] as usize, s[t] as usize]]).product();
            start[s[0] as usize] * emitted * moved
        };
        sequences(k, n).iter().map(path).sum()
    };
    sequences(v, n).iter().map(p).filter(|p| *p > 0.0).map(|p| -p * p.log2()).sum()
}

#[test]
fn a_chain_of_two_symbols_has_its_closed_form() {
    let (a, b) = (0.1, 0.3);
    let chain = MarkovChain::new(array![1.0, 0.0], array![[1.0 - a, a], [b, 1.0 - b]]).unwrap();
    let mu = chain.stationary().unwrap();
    assert!((mu[0] - b / (a + b)).abs() < 1e-12 && (mu[1] - a / (a + b)).abs() < 1e-12, "{mu}");
    let h = |p: f64| -p * p.log2() - (1.0 - p) * (1.0 - p).log2();
    assert!((chain.entropy_rate().unwrap() - (b * h(a) + a * h(b)) / (a + b)).abs() < 1e-12);
    let ln = chain.log_prob(&[0, 0, 1, 1]).unwrap();
    assert!((ln - (0.9f64 * 0.1 * 0.7).ln()).abs() < 1e-12);
    assert_eq!(chain.log_prob(&[1, 0]).unwrap(), f64::NEG_INFINITY, "the chain begins with 0");
}

#[test]
fn a_long_sample_costs_its_entropy_rate_and_comes_from_its_seed() {
    let chain =
        MarkovChain::new(array![0.2, 0.3, 0.5], array![[0.8, 0.1, 0.1], [0.0, 0.5, 0.5], [0.6, 0.4, 0.0]]).unwrap();
    let n = 200_000;
    let x = chain.sample(n, 5);
    let bits = -chain.log_prob(&x).unwrap() / n as f64 / 2f64.ln();
    assert!((bits - chain.entropy_rate().unwrap()).abs() < 0.01, "{bits}");
    assert_eq!(x, chain.sample(n, 5));
    assert_ne!(x, chain.sample(n, 6));
    assert_eq!(line(&chain.sample(0, 5)), "");
}

#[test]
fn a_hidden_source_gives_what_its_matrices_say() {
    let source =
        HiddenSource::new(array![1.0, 0.0], array![[0.9, 0.1], [0.4, 0.6]], array![[0.5, 0.5, 0.0], [0.0, 0.2, 0.8]])
            .unwrap();
    let n = 100_000;
    let (x, s) = source.sample(n, 1);
    assert_eq!((x.clone(), s.clone()), source.sample(n, 1));
    assert_eq!(s, source.chain().sample(n, 1));
    for (state, symbol) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)] {
        let here = s.iter().filter(|&&s| s == state).count() as f64;
        let both = x.iter().zip(&s).filter(|&(&x, &s)| (s, x) == (state, symbol)).count() as f64;
        let p = source.emission[[state as usize, symbol as usize]];
        assert!((both / here - p).abs() < 0.015, "state {state}, symbol {symbol}: {} instead of {p}", both / here);
    }
}

/// DESIGN.md's list, to the four digits that it gives.
#[test]
fn the_even_process_has_the_entropies_that_the_plan_names() {
    let plan = [0.9183, 0.8742, 0.7925, 0.7704, 0.7296, 0.7185, 0.6981, 0.6926, 0.6824, 0.6796, 0.6745, 0.6732];
    for (k, expected) in plan.into_iter().enumerate() {
        let found = EvenProcess::predictor_entropy(k);
        assert!((found - expected).abs() < 5e-5, "k = {k}: {found} instead of {expected}");
        let (lower, upper) = EvenProcess::hidden_source().entropy_bounds(k + 1).unwrap();
        assert!((upper - found).abs() < 1e-12, "k = {k}: the three-state source says {upper}, the formula {found}");
        assert!(lower <= EvenProcess::ENTROPY_RATE + 1e-12);
    }
    assert!((EvenProcess::predictor_entropy(100) - EvenProcess::ENTROPY_RATE).abs() < 1e-12);
    assert_eq!(EvenProcess::predictor_entropy(10_000), EvenProcess::ENTROPY_RATE);
}

#[test]
fn the_even_process_gives_legal_sequences_and_all_of_them() {
    let n = 6;
    let source = EvenProcess::hidden_source();
    let mut times = vec![0; 64];
    for seed in 0..20_000 {
        let x = EvenProcess::sample(n, seed);
        assert!(EvenProcess::is_legal(&x), "{x:?}");
        times[x.iter().rev().fold(0, |code, &x| 2 * code + x as usize)] += 1;
    }
    for (code, x) in sequences(2, n).iter().enumerate() {
        let forward = x
            .iter()
            .fold(source.initial.clone(), |a, &x| (&a * &source.emission.column(x as usize)).dot(&source.transition));
        assert_eq!(EvenProcess::is_legal(x), forward.sum() > 0.0, "{x:?}");
        let share = times[code] as f64 / 20_000.0;
        assert!((share - forward.sum()).abs() < 0.012, "{x:?}: {share} instead of {}", forward.sum());
    }
    assert!(EvenProcess::is_legal(&[]) && !EvenProcess::is_legal(&[0, 1, 1, 2]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn one_more_step_does_not_change_the_stationary_distribution(chain in chains()) {
        if let Ok(mu) = chain.stationary() {
            prop_assert!((mu.sum() - 1.0).abs() < 1e-9 && mu.iter().all(|mu| *mu >= 0.0), "{mu}");
            prop_assert!((mu.dot(&chain.transition) - &mu).iter().all(|d| d.abs() < 1e-9));
        }
    }

    #[test]
    fn the_probabilities_of_all_sequences_sum_to_one(chain in chains(), n in 1usize..5) {
        let all = sequences(chain.initial.len(), n);
        let sum: f64 = all.iter().map(|x| chain.log_prob(x).unwrap().exp()).sum();
        prop_assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    }

    #[test]
    fn the_bounds_are_what_enumeration_gives_and_close_in(source in hidden()) {
        let Ok(mu) = source.chain().stationary() else { return Ok(()) };
        let mut last = (0.0, f64::INFINITY);
        for n in 1..5 {
            let (lower, upper) = source.entropy_bounds(n).unwrap();
            let before = |start: &Array1<f64>| if n == 1 { 0.0 } else { block_entropy(&source, start, n - 1) };
            prop_assert!((upper - (block_entropy(&source, &mu, n) - before(&mu))).abs() < 1e-9);
            let knowing: f64 = (0..mu.len()).map(|s| {
                let mut start = Array1::zeros(mu.len());
                start[s] = 1.0;
                mu[s] * (block_entropy(&source, &start, n) - before(&start))
            }).sum();
            prop_assert!((lower - knowing).abs() < 1e-9);
            prop_assert!(lower <= upper + 1e-9 && lower >= last.0 - 1e-9 && upper <= last.1 + 1e-9);
            last = (lower, upper);
        }
    }

    #[test]
    fn a_source_that_shows_its_states_has_the_rate_of_its_chain(chain in chains()) {
        let k = chain.initial.len();
        let source = HiddenSource::new(chain.initial.clone(), chain.transition.clone(), Array2::eye(k)).unwrap();
        if let (Ok(rate), Ok((lower, upper))) = (chain.entropy_rate(), source.entropy_bounds(3)) {
            prop_assert!((lower - rate).abs() < 1e-9 && (upper - rate).abs() < 1e-9, "{lower} {rate} {upper}");
        }
    }
}

#[test]
fn what_is_no_distribution_is_named() {
    let good = array![[0.5, 0.5], [1.0, 0.0]];
    for (row, found) in [
        (array![0.5, 0.6], "sums to 1.1"),
        (array![1.5, -0.5], "holds -0.5 at place 1"),
        (array![f64::NAN, 1.0], "holds NaN at place 0"),
        (array![f64::INFINITY, 0.0], "sums to inf"),
    ] {
        let message = MarkovChain::new(row.clone(), good.clone()).unwrap_err().to_string();
        assert!(message.starts_with(&format!("the initial distribution {found}: expected prob")), "{message}");
        let mut bad = good.clone();
        bad.row_mut(1).assign(&row);
        let message = MarkovChain::new(array![0.5, 0.5], bad.clone()).unwrap_err().to_string();
        assert!(message.starts_with(&format!("row 1 of the transition matrix {found}: expected prob")), "{message}");
        let message = HiddenSource::new(array![0.5, 0.5], good.clone(), bad).unwrap_err().to_string();
        assert!(message.starts_with(&format!("row 1 of the emission matrix {found}")), "{message}");
    }
    assert!(matches!(MarkovChain::new(array![], Array2::zeros((0, 0))), Err(Error::Distribution { .. })));
    let message = MarkovChain::new(array![1.0], good.clone()).unwrap_err().to_string();
    assert_eq!(message, "the transition matrix has the shape [2, 2]: expected [1, 1], to fit the initial distribution");
    let message = HiddenSource::new(array![1.0, 0.0], good, array![[1.0]]).unwrap_err().to_string();
    assert_eq!(message, "the emission matrix has the shape [1, 1]: expected [2, 1], to fit the initial distribution");
}

#[test]
fn symbols_outside_the_alphabet_empty_sequences_and_parted_chains_are_named() {
    let chain = MarkovChain::new(array![0.5, 0.5], Array2::eye(2)).unwrap();
    assert!(matches!(chain.log_prob(&[]), Err(Error::EmptySequence { .. })));
    assert_eq!(
        chain.log_prob(&[0, 1, 2]).unwrap_err().to_string(),
        "place 2 of sequence 0 holds 2: expected a number from 0 to 1"
    );
    assert!(chain.stationary().unwrap_err().to_string().contains("more than one"));
    assert!(chain.entropy_rate().is_err());
    for n in [0, 25, usize::MAX] {
        let message = EvenProcess::hidden_source().entropy_bounds(n).unwrap_err().to_string();
        assert!(message.starts_with(&format!("n is {n}: expected from 1")), "{message}");
    }
}
