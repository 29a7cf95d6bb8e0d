//! What holds for every smoothing method on every text: distributions sum to one, the trie gives what the textbook's
//! formula gives, the two ways to ask agree, EM never makes held-out text less likely, files keep every number.

mod textbook;

use fabula::{
    decode::{LanguageModel, Sampling},
    statistical::{NgramConfig, NgramModel, Smoothing},
    text::{Level, Vocab},
};
use proptest::prelude::*;
use std::collections::HashMap;
use textbook::Textbook;

const METHODS: [Smoothing; 5] =
    [Smoothing::Mle, Smoothing::AddK { k: 0.3 }, Smoothing::Interpolated, Smoothing::Absolute, Smoothing::KneserNey];

/// Sentences over a few letters, the first ones more frequent; some are empty.
fn texts() -> impl Strategy<Value = Vec<String>> {
    let word = prop_oneof![4 => Just("a"), 3 => Just("b"), 2 => Just("c"), 1 => Just("d"), 1 => Just("e")];
    let sentence = prop::collection::vec(word, 0..8).prop_map(|words| words.join(" "));
    prop::collection::vec(sentence, 1..40)
}

/// Words before the one to predict, known and unknown, with and without `<s>`.
fn histories() -> impl Strategy<Value = Vec<String>> {
    let word = prop::sample::select(vec!["a", "b", "c", "d", "e", "unheard-of"]);
    let history = (any::<bool>(), prop::collection::vec(word, 0..6)).prop_map(|(start, mut words)| {
        if start {
            words.insert(0, "<s>");
        }
        words.join(" ")
    });
    prop::collection::vec(history, 1..12)
}

fn fit(text: &[String], order: usize, smoothing: Smoothing) -> NgramModel {
    NgramModel::fit(text, &NgramConfig { order, smoothing, level: Level::Word }).unwrap()
}

/// The state behind the words of a history.
fn state(model: &NgramModel, history: &str) -> <NgramModel as LanguageModel>::State {
    let ids = history.split_whitespace().map(|word| model.vocab().id(word));
    ids.fold(fabula::statistical::Context::empty(), |state, id| model.advance(&state, id))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_trie_gives_what_the_textbook_gives(text in texts(), histories in histories(), order in 1usize..5) {
        for smoothing in METHODS {
            let model = fit(&text, order, smoothing);
            let textbook = Textbook::new(&text, &model);
            for history in &histories {
                let log_probs = model.log_probs(&state(&model, history));
                let mut sum = 0.0;
                for (id, word) in model.vocab().tokens().iter().enumerate().filter(|(_, word)| *word != "<s>") {
                    let (found, expected) = (model.prob(word, history), textbook.p(word, history));
                    prop_assert!((found - expected).abs() < 1e-5 * (expected + 1e-3),
                        "{smoothing} p({word} | {history}) = {found}, the textbook has {expected}");
                    prop_assert!(found == log_probs[id].exp() || (found - log_probs[id].exp()).abs() < 1e-12);
                    sum += found;
                }
                prop_assert!((sum - 1.0).abs() < 1e-5, "{smoothing} after {history:?}: {sum}");
                prop_assert_eq!(log_probs[Vocab::BOS as usize], f64::NEG_INFINITY);
                prop_assert_eq!(model.prob("<s>", history), 0.0);
            }
        }
    }

    #[test]
    fn a_state_is_the_last_words_and_nothing_else(text in texts(), histories in histories(), order in 1usize..5) {
        let model = fit(&text, order, Smoothing::KneserNey);
        for history in &histories {
            let words: Vec<&str> = history.split_whitespace().collect();
            let last = words[words.len().saturating_sub(order - 1)..].join(" ");
            prop_assert_eq!(state(&model, history), state(&model, &last));
        }
    }

    #[test]
    fn em_never_makes_held_out_text_less_likely(train in texts(), valid in texts(), order in 1usize..5) {
        let config = NgramConfig { order, smoothing: Smoothing::Interpolated, level: Level::Word };
        let model = NgramModel::fit_with_valid(&train, &valid, &config).unwrap();
        let em = &model.fitting().em;
        for pair in em.windows(2) {
            prop_assert!(pair[1].nats_per_token <= pair[0].nats_per_token + 1e-12, "{} then {}", pair[0], pair[1]);
        }
        let weights = &em.last().unwrap().weights;
        prop_assert!(weights.len() == order && weights.iter().all(|lambda| (0.0..=1.0).contains(lambda)));
        // The model is the one that EM has measured.
        let score = model.score(&valid).unwrap();
        prop_assert!((score.nats_per_token() - em.last().unwrap().nats_per_token).abs() < 1e-5);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn files_keep_every_number(
        text in texts(),
        histories in histories(),
        order in 1usize..5,
        level in prop::sample::select(vec![Level::Word, Level::Char]),
    ) {
        let dir = tempfile::tempdir().unwrap();
        for smoothing in METHODS {
            let model = NgramModel::fit(&text, &NgramConfig { order, smoothing, level }).unwrap();
            model.save(dir.path()).unwrap();
            let read = NgramModel::load(dir.path()).unwrap();
            prop_assert_eq!((read.smoothing(), read.level()), (Some(smoothing), level));
            prop_assert_eq!(read.vocab().tokens(), model.vocab().tokens());
            for history in &histories {
                prop_assert_eq!(read.log_probs(&state(&read, history)), model.log_probs(&state(&model, history)));
            }
            prop_assert_eq!(read.score(&text).unwrap(), model.score(&text).unwrap());
        }
    }
}

#[test]
fn samples_follow_the_model_and_the_seed() {
    let text: Vec<String> =
        ["a b c", "a c", "b a", "a b b a", "c", "a b"].repeat(3).into_iter().map(String::from).collect();
    let model = fit(&text, 3, Smoothing::KneserNey);
    let sampling = Sampling { seed: 1, ..Sampling::default() };
    let samples = model.samples(20_000, &sampling).unwrap();
    let mut first: HashMap<&str, f64> = HashMap::new();
    for sample in &samples {
        *first.entry(sample.split(' ').next().filter(|word| !word.is_empty()).unwrap_or("</s>")).or_default() +=
            1.0 / 20_000.0;
    }
    for word in ["a", "b", "c", "</s>", "<unk>"] {
        let (found, expected) = (first.get(word).copied().unwrap_or(0.0), model.prob(word, "<s>"));
        assert!((found - expected).abs() < 0.015, "{word}: {found} of the samples, p = {expected}");
    }
    assert_eq!(samples[..100], model.samples(100, &sampling).unwrap());
    assert_ne!(samples[..100], model.samples(100, &Sampling { seed: 2, ..sampling.clone() }).unwrap());
    let short = Sampling { max_tokens: 2, temperature: 5.0, ..sampling };
    assert!(model.samples(200, &short).unwrap().iter().all(|sample| sample.split_whitespace().count() <= 2));
}

#[test]
fn surprisals_add_up_to_the_score_and_name_the_order_that_answered() {
    let text: Vec<String> = ["the fox saw the crow", "the crow saw the well"].map(String::from).to_vec();
    let model = fit(&text, 3, Smoothing::KneserNey);
    let surprisals = model.surprisals("the fox saw an owl").unwrap();
    let tokens: Vec<&str> = surprisals.iter().map(|surprisal| surprisal.token.as_str()).collect();
    assert_eq!(tokens, ["the", "fox", "saw", "an", "owl", "</s>"]);
    assert_eq!(surprisals.iter().map(|surprisal| surprisal.order).collect::<Vec<_>>(), [2, 3, 3, 1, 1, 1]);
    assert_eq!(
        surprisals.iter().map(|surprisal| surprisal.oov).collect::<Vec<_>>(),
        [false, false, false, true, true, false]
    );
    let score = model.score(&["the fox saw an owl".to_string()]).unwrap();
    assert!((surprisals.iter().map(|surprisal| surprisal.nats).sum::<f64>() - score.nats).abs() < 1e-9);
    let top = model.top("saw the", 2);
    assert!(top[0].1 >= top[1].1 && ["crow", "well"].contains(&top[0].0.as_str()), "{top:?}");
}
