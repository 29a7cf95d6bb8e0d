//! Greedy search, beams, and drawing: against Hugging Face's `generate`, against all texts there are, and by their rules.

use fabula::{
    decode::{
        Beam, Fate, Hypothesis, LanguageModel, Limits, Sampling, Stop, exact, exhaustive, greedy, sample, top_k, top_p,
    },
    math::{log_sum_exp, rng},
    text::Vocab,
};
use ndarray::{Array1, Array3, array, s};
use serde_json::Value;

/// The next token depends on the last two.
struct Table {
    vocab: Vocab,
    /// ln p. Shape: (V, V, V)
    log_probs: Array3<f64>,
}

impl Table {
    fn new(mut logits: Array3<f64>) -> Table {
        let mut vocab = Vocab::new();
        for token in Vocab::RESERVED.len()..logits.dim().0 {
            vocab.add(&format!("w{token}"));
        }
        for mut row in logits.rows_mut() {
            let sum = log_sum_exp(&row.to_owned());
            row -= sum;
        }
        Table { vocab, log_probs: logits }
    }

    fn random(seed: u64, size: usize) -> Table {
        let mut logits = fabula::math::normal::<f64>(&[size, size, size], 1.5, seed);
        logits.slice_mut(s![.., .., Vocab::BOS as usize]).fill(f64::NEG_INFINITY);
        Table::new(logits.into_dimensionality().unwrap())
    }

    /// Σ ln p of a text.
    fn log_prob(&self, text: &Hypothesis) -> f64 {
        let tokens = text.tokens.iter().copied().chain(text.ended.then_some(Vocab::EOS));
        let mut state = self.start();
        tokens
            .map(|token| {
                let p = LanguageModel::log_prob(self, &state, token);
                state = self.advance(&state, token);
                p
            })
            .sum()
    }
}

impl LanguageModel for Table {
    type State = (u32, u32);

    fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    fn start(&self) -> (u32, u32) {
        (Vocab::BOS, Vocab::BOS)
    }

    fn advance(&self, state: &(u32, u32), token: u32) -> (u32, u32) {
        (state.1, token)
    }

    fn log_probs(&self, state: &(u32, u32)) -> Array1<f64> {
        self.log_probs.slice(s![state.0 as usize, state.1 as usize, ..]).to_owned()
    }
}

#[test]
fn beams_and_greedy_search_find_what_hugging_face_finds() {
    let text = std::fs::read_to_string("tests/fixtures/generate/beams.json").unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let mut searches = 0;
    for case in &cases {
        let size = case["vocabulary"].as_u64().unwrap() as usize;
        let logits = case["table"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap_or(f64::NEG_INFINITY));
        let model = Table::new(Array3::from_shape_vec((size, size, size), logits.collect()).unwrap());
        for search in case["searches"].as_array().unwrap() {
            let options = &search["options"];
            let number = |name: &str, default: f64| options[name].as_f64().unwrap_or(default);
            let limits = Limits {
                min_tokens: number("min_new_tokens", 0.0) as usize,
                max_tokens: number("max_new_tokens", 0.0) as usize,
                repetition_penalty: number("repetition_penalty", 1.0),
            };
            let found = if options["num_beams"] == 1 {
                vec![greedy(&model, &limits).unwrap()]
            } else {
                let stop = match &options["early_stopping"] {
                    Value::Bool(true) => Stop::WhenFull,
                    Value::Bool(false) => Stop::WhenWorse,
                    _ => Stop::WhenHopeless,
                };
                let (width, n_best) = (number("num_beams", 0.0) as usize, number("num_return_sequences", 0.0) as usize);
                let beam = Beam { width, n_best, stop, limits, length_penalty: number("length_penalty", 0.0) };
                beam.search(&model).unwrap()
            };
            let texts: Vec<Vec<u64>> = serde_json::from_value(search["texts"].clone()).unwrap();
            let ours = found.iter().map(|text| {
                text.tokens.iter().copied().chain(text.ended.then_some(Vocab::EOS)).map(u64::from).collect::<Vec<_>>()
            });
            assert_eq!(ours.collect::<Vec<_>>(), texts, "{options}");
            if let Some(scores) = search["scores"].as_array() {
                assert_eq!(found.len(), scores.len(), "{options}");
                for (text, score) in found.iter().zip(scores) {
                    let score = score.as_f64().unwrap();
                    assert!(
                        (text.score - score).abs() < 2e-5 * (1.0 + score.abs()),
                        "{options}: {text:?}, not {score}"
                    );
                }
            }
            searches += 1;
        }
    }
    assert!(searches > 200, "{searches}");
}

#[test]
fn a_beam_of_one_is_greedy() {
    for seed in 0..20 {
        let model = Table::random(seed, 9);
        let limits = Limits { max_tokens: 15, ..Limits::default() };
        let beam =
            Beam { width: 1, length_penalty: 0.0, stop: Stop::WhenFull, limits: limits.clone(), ..Beam::default() };
        assert_eq!(beam.search(&model).unwrap(), [greedy(&model, &limits).unwrap()]);
    }
}

#[test]
fn a_beam_that_keeps_all_finds_the_best_text() {
    for seed in 0..10 {
        let model = Table::random(seed, 6);
        for length_penalty in [0.0, 1.0] {
            let limits = Limits { max_tokens: 4, ..Limits::default() };
            let best = exhaustive(&model, &limits, length_penalty, 5).unwrap();
            let (width, stop) = (5usize.pow(4), Stop::WhenHopeless);
            let beam = Beam { width, length_penalty, n_best: 5, stop, limits };
            let found = beam.search(&model).unwrap();
            assert_eq!(found, best);
            for text in &best {
                assert!((model.log_prob(text) - text.log_prob).abs() < 1e-12);
                assert_eq!(text.score, text.log_prob / (text.len() as f64).powf(length_penalty));
            }
        }
    }
}

#[test]
fn the_exact_search_finds_the_best_of_all_texts_and_says_when_it_gave_up() {
    for seed in 0..20 {
        let model = Table::random(seed, 6);
        for limits in [
            Limits { max_tokens: 5, ..Limits::default() },
            Limits { max_tokens: 4, min_tokens: 2, repetition_penalty: 1.5 },
        ] {
            let (found, certain) = exact(&model, &limits, usize::MAX).unwrap();
            assert!(certain);
            assert_eq!(found, exhaustive(&model, &limits, 0.0, 1).unwrap()[0]);
        }
    }
    let model = Table::random(1, 6);
    let limits = Limits { max_tokens: 5, ..Limits::default() };
    let (found, certain) = exact(&model, &limits, 1).unwrap();
    assert!(!certain && found.log_prob >= greedy(&model, &limits).unwrap().log_prob);
}

/// The likeliest first token leads to nothing likely: 0.6·0.5·… against 0.4·0.9·….
#[test]
fn a_garden_path_deceives_greedy_search_and_no_beam_of_two() {
    let (a, b, end) = (3, 4, Vocab::EOS as usize);
    let mut p = Array3::from_elem((5, 5, 5), 0.0);
    p.slice_mut(s![1, 1, ..]).assign(&array![0.0, 0.0, 0.0, 0.6, 0.4]);
    for (before, last, next) in [(1, a, [0.1, 0.0, 0.3, 0.3, 0.3]), (1, b, [0.0, 0.0, 0.05, 0.05, 0.9])] {
        p.slice_mut(s![before, last, ..]).assign(&Array1::from(next.to_vec()));
    }
    for before in 2..5 {
        for last in 0..5 {
            p.slice_mut(s![before, last, ..]).assign(&array![0.0, 0.0, 1.0, 0.0, 0.0]);
        }
    }
    let model = Table::new(p.mapv(f64::ln));
    let limits = Limits { max_tokens: 5, ..Limits::default() };
    let misled = greedy(&model, &limits).unwrap();
    assert!((misled.log_prob - (0.6f64 * 0.3).ln()).abs() < 1e-12 && misled.tokens == [a as u32]);
    let beam =
        Beam { width: 2, length_penalty: 0.0, stop: Stop::WhenHopeless, limits: limits.clone(), ..Beam::default() };
    let (found, tree) = beam.search_from(&model, model.start()).unwrap();
    assert_eq!(found, exhaustive(&model, &limits, 0.0, 1).unwrap());
    assert!((found[0].log_prob - (0.4f64 * 0.9).ln()).abs() < 1e-12 && found[0].tokens == [b as u32, b as u32]);
    // The tree holds the whole way, and its fates add up.
    let place = (1..=tree.nodes().len()).find(|&node| tree.tokens(node) == [b as u32, b as u32, end as u32]).unwrap();
    assert_eq!((tree.nodes()[place - 1].fate, tree.nodes()[place - 1].log_prob), (Fate::Finished, found[0].log_prob));
    let picture = tree.picture("title", "unit", ["on", "end", "drop"], model.vocab(), &found[0]).draw();
    assert_eq!(picture.svg().matches("stroke-width=\"3\"").count(), 3, "three thick lines lead to the text");
    let kept = tree.nodes().iter().filter(|node| node.fate == Fate::Kept).count();
    assert!(kept >= 3 && tree.nodes().iter().all(|node| node.parent <= tree.nodes().len()));
}

#[test]
fn the_minimum_and_the_maximum_are_kept() {
    let model = Table::random(3, 7);
    for (min_tokens, max_tokens) in [(0, 1), (3, 3), (4, 9)] {
        let limits = Limits { min_tokens, max_tokens, ..Limits::default() };
        let sampling = Sampling { min_tokens, max_tokens, ..Sampling::default() };
        let beam = Beam { width: 3, n_best: 3, limits: limits.clone(), ..Beam::default() };
        let mut texts: Vec<Vec<u32>> = beam.search(&model).unwrap().into_iter().map(|text| text.tokens).collect();
        texts.push(greedy(&model, &limits).unwrap().tokens);
        texts.extend((0..20).map(|seed| sample(&model, &sampling, &mut rng(seed)).unwrap()));
        assert!(texts.iter().all(|text| (min_tokens..=max_tokens).contains(&text.len())), "{texts:?}");
    }
}

#[test]
fn a_width_beyond_all_candidates_keeps_all_and_a_model_that_never_ends_stops_at_the_maximum() {
    let mut logits = Array3::zeros((5, 5, 5));
    logits.slice_mut(s![.., .., 0..3]).fill(f64::NEG_INFINITY);
    let model = Table::new(logits);
    let limits = Limits { max_tokens: 3, ..Limits::default() };
    let found = Beam { width: 1000, n_best: 1000, limits: limits.clone(), ..Beam::default() }.search(&model).unwrap();
    assert_eq!(found.len(), 8, "two tokens, three times");
    assert!(found.iter().all(|text| !text.ended && text.tokens.len() == 3));
    assert_eq!(greedy(&model, &limits).unwrap().tokens.len(), 3);
}

#[test]
fn the_tail_is_cut_off() {
    let p = array![0.1, 0.4, 0.05, 0.25, 0.2];
    let close = |a: Array1<f64>, b: Array1<f64>| assert!((&a - &b).iter().all(|d| d.abs() < 1e-12), "{a} and {b}");
    close(top_k(&p, 2), array![0.0, 0.4 / 0.65, 0.0, 0.25 / 0.65, 0.0]);
    close(top_k(&p, 9), p.clone());
    close(top_p(&p, 0.65), array![0.0, 0.4 / 0.65, 0.0, 0.25 / 0.65, 0.0]);
    close(top_p(&p, 0.66), array![0.0, 0.4 / 0.85, 0.0, 0.25 / 0.85, 0.2 / 0.85]);
    close(top_p(&p, 1e-9), array![0.0, 1.0, 0.0, 0.0, 0.0]);
    let cold = Sampling { temperature: 0.0, ..Sampling::default() };
    close(cold.distribution(p.mapv(f64::ln), &[]), array![0.0, 1.0, 0.0, 0.0, 0.0]);
    let tired = Sampling { repetition_penalty: 2.0, ..Sampling::default() };
    let squared = array![0.1, 0.16, 0.05, 0.25, 0.2];
    close(tired.distribution(p.mapv(f64::ln), &[1, 1]), &squared / squared.sum());
}

#[test]
fn settings_out_of_range_are_named() {
    let model = Table::random(1, 5);
    let limits = |min_tokens, max_tokens, repetition_penalty| Limits { min_tokens, max_tokens, repetition_penalty };
    for (beam, expected) in [
        (Beam { width: 0, ..Beam::default() }, "the width of the beam is 0: expected at least 1"),
        (Beam { n_best: 5, ..Beam::default() }, "the number of texts to return is 5: expected at least 1, and at most"),
        (Beam { length_penalty: f64::NAN, ..Beam::default() }, "the length penalty is NaN"),
        (Beam { limits: limits(0, 0, 1.0), ..Beam::default() }, "the maximum of tokens is 0: expected at least 1"),
        (Beam { limits: limits(5, 4, 1.0), ..Beam::default() }, "the minimum of tokens is 5: expected at most 4"),
        (Beam { limits: limits(0, 4, 0.0), ..Beam::default() }, "the repetition penalty is 0"),
    ] {
        let error = beam.search(&model).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let error = exhaustive(&model, &limits(0, 30, 1.0), 0.0, 1).unwrap_err().to_string();
    assert!(error.contains("the maximum of tokens is 30: expected fewer"), "{error}");
    for (sampling, expected) in [
        (Sampling { temperature: -1.0, ..Sampling::default() }, "temperature is -1: expected 0"),
        (Sampling { temperature: f64::NAN, ..Sampling::default() }, "temperature is NaN"),
        (Sampling { top_k: Some(0), ..Sampling::default() }, "top-k is 0"),
        (Sampling { top_p: Some(0.0), ..Sampling::default() }, "top-p is 0"),
        (Sampling { max_tokens: 0, ..Sampling::default() }, "the maximum of tokens is 0"),
    ] {
        let error = sample(&model, &sampling, &mut rng(0)).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}
