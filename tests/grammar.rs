//! The probabilistic grammar against the enumeration of all its derivations, and of all words that a mask may stand for.

use fabula::{
    Error,
    ndarray::Array1,
    text::sources::{Grammar, Tree},
};
use proptest::prelude::*;
use std::collections::HashMap;

/// Rules of a grammar, read from what it prints: name → (parts of the right side, probability).
type Rules = HashMap<String, Vec<(Vec<String>, f64)>>;

fn rules(grammar: &Grammar) -> Rules {
    let mut rules = Rules::new();
    for line in grammar.to_string().lines() {
        let (name, right) = line.split_once(" -> ").unwrap();
        let mut parts: Vec<String> = right.split(' ').map(String::from).collect();
        let p = parts.pop().unwrap().parse().unwrap();
        rules.entry(name.into()).or_default().push((parts, p));
    }
    rules
}

/// All derivations of n words from a non-terminal: each its sentence and its probability.
fn derivations(rules: &Rules, name: &str, n: usize) -> Vec<(String, f64)> {
    let mut all = Vec::new();
    for (parts, p) in &rules[name] {
        match &parts[..] {
            [word] if n == 1 => all.push((word.clone(), *p)),
            [b, c] => {
                for k in 1..n {
                    let right = derivations(rules, c, n - k);
                    for (left, q) in derivations(rules, b, k) {
                        all.extend(right.iter().map(|(right, r)| (format!("{left} {right}"), p * q * r)));
                    }
                }
            }
            _ => {}
        }
    }
    all
}

/// Small grammars over the words a, b, c, mostly ambiguous. Rules that grow have less than half of the probability.
fn grammars() -> impl Strategy<Value = Grammar> {
    let side = prop::collection::btree_map((0usize..3, 0usize..3), 0.1..1.0f64, 0..4);
    let words = prop::collection::btree_map(0usize..3, 0.1..1.0f64, 1..4);
    prop::collection::vec((side, words, 0.05..0.45f64), 3).prop_map(|names| {
        let mut text = String::new();
        for (a, (pairs, words, grow)) in names.iter().enumerate() {
            let (all_pairs, all_words) = (pairs.values().sum::<f64>(), words.values().sum::<f64>());
            let grow = if pairs.is_empty() { 0.0 } else { *grow };
            for ((b, c), weight) in pairs {
                text += &format!("N{a} -> N{b} N{c} {}\n", grow * weight / all_pairs);
            }
            for (w, weight) in words {
                text += &format!("N{a} -> {} {}\n", ["a", "b", "c"][*w], (1.0 - grow) * weight / all_words);
            }
        }
        Grammar::parse(&text).unwrap()
    })
}

/// p(w at the mask | the other words), by putting in every word.
fn by_substitution(grammar: &Grammar, sentence: &str) -> Array1<f64> {
    let p = |word: &String| grammar.log_prob(&sentence.replacen(Grammar::MASK, word, 1)).unwrap().exp();
    let p: Array1<f64> = grammar.words().iter().map(p).collect();
    &p / p.sum()
}

fn close(a: &Array1<f64>, b: &Array1<f64>) -> bool {
    a.len() == b.len() && (a - b).iter().all(|d| d.abs() < 1e-10)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn inside_sums_all_derivations(grammar in grammars()) {
        let rules = rules(&grammar);
        for n in 1..=5 {
            let mut sentences: HashMap<String, f64> = HashMap::new();
            for (sentence, p) in derivations(&rules, "N0", n) {
                *sentences.entry(sentence).or_default() += p;
            }
            for (sentence, p) in &sentences {
                let found = grammar.log_prob(sentence).unwrap().exp();
                prop_assert!((found - p).abs() < 1e-12 + 1e-9 * p, "{sentence}: {found} instead of {p}");
            }
            let all = grammar.log_prob(&vec![Grammar::MASK; n].join(" ")).unwrap().exp();
            prop_assert!((all - sentences.values().sum::<f64>()).abs() < 1e-12);
        }
    }

    #[test]
    fn masks_are_what_putting_in_every_word_gives(grammar in grammars(), seed in any::<u64>(), i in any::<prop::sample::Index>(), j in any::<prop::sample::Index>()) {
        let sentence = &grammar.sentences(1, seed)[0];
        let words: Vec<&str> = sentence.split(' ').collect();
        prop_assume!(words.len() <= 12);
        let (i, j) = (i.index(words.len()), j.index(words.len()));
        let mut masked = words.clone();
        masked[i] = Grammar::MASK;
        prop_assert!(close(&grammar.masked(&masked.join(" ")).unwrap()[0], &by_substitution(&grammar, &masked.join(" "))));
        masked[j] = Grammar::MASK;
        let both = grammar.masked(&masked.join(" ")).unwrap();
        // `by_substitution` fills the first mask and leaves the second one to the inside algorithm.
        prop_assert!(close(&both[0], &by_substitution(&grammar, &masked.join(" "))));
        prop_assert_eq!(both.len(), if i == j { 1 } else { 2 });
        prop_assert!(both.iter().all(|p| (p.sum() - 1.0).abs() < 1e-10));
    }

    #[test]
    fn trees_have_the_probability_of_their_rules(grammar in grammars(), seed in any::<u64>()) {
        let rules = rules(&grammar);
        fn product(rules: &Rules, tree: &Tree) -> f64 {
            let parts: Vec<String> = tree.children.iter().map(|child| child.label.clone()).collect();
            let p = rules[&tree.label].iter().find(|(right, _)| *right == parts).unwrap().1;
            p * tree.children.iter().filter(|child| !child.children.is_empty()).map(|child| product(rules, child)).product::<f64>()
        }
        let tree = &grammar.trees(1, seed)[0];
        prop_assert!((grammar.tree_log_prob(tree).exp() - product(&rules, tree)).abs() < 1e-12);
        prop_assume!(tree.sentence().split(' ').count() <= Grammar::MAX_WORDS);
        prop_assert!(grammar.tree_log_prob(tree) <= grammar.log_prob(&tree.sentence()).unwrap() + 1e-9);
    }

    #[test]
    fn what_is_printed_is_read_again(grammar in grammars()) {
        prop_assert_eq!(Grammar::parse(&grammar.to_string()).unwrap().to_string(), grammar.to_string());
    }
}

#[test]
fn entropy_and_length_are_those_of_all_derivations() {
    let grammar = Grammar::parse("S -> A S 0.2 | S A 0.05 | a 0.5 | b 0.25\n A -> c 0.9 | B B 0.1\n B -> a 1").unwrap();
    let rules = rules(&grammar);
    let (mut p, mut entropy, mut length) = (0.0, 0.0, 0.0);
    for n in 1..=11 {
        for (_, q) in derivations(&rules, "S", n) {
            p += q;
            entropy -= q * q.log2();
            length += n as f64 * q;
        }
    }
    assert!((1.0 - p).abs() < 1e-5, "{p}");
    assert!((grammar.derivation_entropy() - entropy).abs() < 1e-3, "{} {entropy}", grammar.derivation_entropy());
    assert!((grammar.mean_length() - length).abs() < 1e-3, "{} {length}", grammar.mean_length());
}

/// One tree for each sentence, so the entropy of trees is that of sentences, which a long sample costs.
#[test]
fn the_grammar_of_fables_is_unambiguous_and_its_sample_costs_its_entropy() {
    let grammar = Grammar::fables();
    let n = 4000;
    let trees = grammar.trees(n, 1);
    let (mut bits, mut words) = (0.0, 0.0);
    for tree in &trees {
        let sentence = tree.sentence();
        let (ln_tree, ln) = (grammar.tree_log_prob(tree), grammar.log_prob(&sentence).unwrap());
        assert!((ln_tree - ln).abs() < 1e-9, "{sentence} has a second tree: {ln_tree} {ln}");
        bits -= ln / 2f64.ln() / n as f64;
        words += sentence.split(' ').count() as f64 / n as f64;
    }
    assert!((bits - grammar.derivation_entropy()).abs() < 0.7, "{bits} {}", grammar.derivation_entropy());
    assert!((words - grammar.mean_length()).abs() < 0.3, "{words} {}", grammar.mean_length());
    assert_eq!(trees, grammar.trees(n, 1));
    assert_ne!(trees, grammar.trees(n, 2));
    assert_eq!(grammar.words().len(), 51);
}

#[test]
fn a_verb_agrees_with_its_noun_and_not_with_the_one_beside_it() {
    let grammar = Grammar::fables();
    let share = |sentence: &str, i: usize, word: &str| {
        let w = grammar.words().iter().position(|known| known == word).unwrap();
        grammar.masked(sentence).unwrap()[i][w]
    };
    assert!((share("the fox that the crows see [MASK]", 0, "sleeps") - 0.3).abs() < 1e-12);
    assert_eq!(share("the fox that the crows see [MASK]", 0, "sleep"), 0.0);
    // The last word tells of the second one, four words before it.
    assert!((share("the [MASK] that the crows see sleep", 0, "foxes") - 0.2).abs() < 1e-12);
    assert_eq!(share("the [MASK] that the crows see sleep", 0, "fox"), 0.0);
    let tree = &grammar.trees(1, 1)[0];
    assert!(tree.to_string().starts_with("(S (NP."), "{tree}");
    for (sentence, good) in [
        ("the fox sleeps", true),
        ("the fox sleep", false),
        ("many foxes sleep", true),
        ("every foxes sleep", false),
        ("the foxes that run sleep", true),
        ("the foxes that runs sleep", false),
        ("a fox that runs sleeps", true),
        ("a fox that run sleeps", false),
        ("the crow that some foxes see sleeps", true),
        ("the crow that some foxes sees sleeps", false),
        ("the crow that a fox sees the hens sleeps", false),
    ] {
        assert_eq!(grammar.log_prob(sentence).unwrap().is_finite(), good, "{sentence}");
    }
}

#[test]
fn texts_that_are_no_grammar_are_told_what_is_wrong() {
    for (rules, message) in [
        ("", "grammar line 1: no rule at all"),
        ("\nS = a 1", "grammar line 2: found \"S = a 1\", expected a rule"),
        ("S T -> a 1", "grammar line 1: found"),
        ("S -> a", "grammar line 1: \"a\" ends in \"a\", expected its probability"),
        ("S -> a NaN", "grammar line 1: \"a NaN\" ends in \"NaN\""),
        ("S -> a 1.5 | b -0.5", "grammar line 1: \"a 1.5\" ends in \"1.5\""),
        ("S -> a 1 |", "grammar line 1: a rule is empty"),
        ("S -> 1", "grammar line 1: \"1\" has 0 symbols"),
        ("S -> A 1\nA -> a 1", "grammar line 1: \"A\" is a non-terminal"),
        ("S -> A B 1\nA -> a 1", "grammar line 1: \"B\" has no rule of its own"),
        ("S -> A A A 1\nA -> a 1", "grammar line 1: \"A A A 1\" has 3 symbols"),
        ("S -> a 0.5 | a 0.5", "grammar line 1: \"a 0.5\" stands there twice"),
        ("S -> [MASK] 1", "grammar line 1: [MASK] is no word"),
        ("S -> a 0.5 | b 0.4", "the set of rules of S sums to 0.9: expected probabilities"),
        ("S -> S S 0.6 | a 0.4", "the expected length of a sentence is infinite: expected at most 100 words"),
        ("S -> S S 0.5 | a 0.5", "the expected length of a sentence is infinite"),
        ("S -> S S 1", "the expected length of a sentence is infinite"),
        ("S -> a 1\nT -> T T 0.7 | a 0.3", "the expected length of a sentence is infinite"),
        ("S -> S S 0.499 | a 0.501", "the expected length of a sentence is 250.5"),
    ] {
        let error = Grammar::parse(rules).unwrap_err().to_string();
        assert!(error.starts_with(message), "{rules:?}: {error}");
    }
}

#[test]
fn texts_that_are_no_sentences_are_told_what_is_wrong() {
    let grammar = Grammar::fables();
    let long = vec!["the"; 101].join(" ");
    for (sentence, message) in [
        ("", "it has 0 words; expected 1 to 100"),
        (&long, "it has 101 words"),
        ("the dog sleeps", "word 1 is \"dog\"; expected one of its 51 words or [MASK]"),
    ] {
        for error in [grammar.log_prob(sentence).unwrap_err(), grammar.masked(sentence).unwrap_err()] {
            assert!(matches!(error, Error::Notation { .. }) && error.to_string().contains(message), "{error}");
        }
    }
    assert!(grammar.masked("fox [MASK] the").unwrap_err().to_string().contains("the grammar does not give it"));
    assert!(grammar.masked("the fox sleeps").unwrap().is_empty());
}
