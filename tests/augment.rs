//! Texts that are changed for training: how much of them, in what, and what stays.

use fabula::{
    Error,
    math::rng,
    text::{Augment, Corpus, Delete, Level, Replace, Slips, Swap, Vocab},
};

/// A text in which the letter number i stands i times as often as the first.
fn letters() -> (Corpus, Vocab) {
    let lines: Vec<String> = vec!["abbcccddddeeeee".repeat(200)];
    Corpus::build(&lines, Level::Char).unwrap()
}

fn text(corpus: &Corpus) -> Vec<u32> {
    corpus.sentences().next().unwrap().to_vec()
}

/// Within four standard deviations of a count of n draws.
fn about(found: usize, n: usize, p: f64) {
    let expected = n as f64 * p;
    let deviation = (n as f64 * p * (1.0 - p)).sqrt();
    assert!((found as f64 - expected).abs() < 4.0 * deviation, "{found} of {n}, expected {expected:.0}");
}

fn changed(a: &[u32], b: &[u32]) -> usize {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).filter(|(a, b)| a != b).count()
}

#[test]
fn replaced_tokens_are_drawn_alike_or_by_frequency() {
    let (corpus, vocab) = letters();
    let before = text(&corpus);
    let p = [1.0, 2.0, 3.0, 4.0, 5.0].map(|count| count / 15.0);
    let same: f64 = p.iter().map(|p| p * p).sum();

    let uniform = Replace::uniform(0.3, &vocab).unwrap();
    let after = uniform.change(&before, &mut rng(1));
    about(changed(&before, &after), 3000, 0.3 * 0.8);

    let unigram = Replace::unigram(0.3, &corpus).unwrap();
    let after = unigram.change(&before, &mut rng(1));
    about(changed(&before, &after), 3000, 0.3 * (1.0 - same));
    for (letter, p) in "abcde".chars().zip(p) {
        // The text's own frequencies are kept.
        let id = vocab.id(&letter.to_string());
        about(after.iter().filter(|&&other| other == id).count(), 3000, p);
    }
    assert!(uniform.keeps_places() && unigram.keeps_places());
}

#[test]
fn deleting_leaves_a_share_out_and_never_everything() {
    let (corpus, _) = letters();
    let before = text(&corpus);
    let after = Delete::new(0.2).unwrap().change(&before, &mut rng(1));
    about(before.len() - after.len(), 3000, 0.2);
    let mut rest = before.iter();
    assert!(after.iter().all(|id| rest.any(|other| other == id)), "the order stays");
    let all = Delete::new(1.0).unwrap();
    assert_eq!(all.change(&[Vocab::BOS, 4, 5, Vocab::EOS], &mut rng(1)), [Vocab::BOS, 4, Vocab::EOS]);
    assert!(!all.keeps_places());
}

#[test]
fn swapping_moves_a_token_by_one_place_at_most() {
    let before: Vec<u32> = (3..3003).collect();
    let after = Swap::new(0.2).unwrap().change(&before, &mut rng(1));
    assert!(before.iter().zip(&after).all(|(a, b)| a.abs_diff(*b) <= 1));
    let mut sorted = after.clone();
    sorted.sort();
    assert_eq!(sorted, before);
    // Of pairs that may begin a swap, a share does, and skips the next: s/(1 + s) of all places.
    about(changed(&before, &after) / 2, 3000, 0.2 / 1.2);
    let whole = Swap::new(1.0).unwrap().change(&[Vocab::BOS, 4, 5, 6, Vocab::EOS], &mut rng(1));
    assert_eq!(whole, [Vocab::BOS, 5, 4, 6, Vocab::EOS]);
}

#[test]
fn slips_are_of_four_kinds() {
    let (corpus, _) = letters();
    let slips = Slips::new(1.0, &corpus).unwrap();
    let (mut lengths, mut swapped) = ([0; 3], 0);
    for seed in 0..4000 {
        // No other letter is 100 or 101.
        let after = slips.change(&[Vocab::BOS, 100, 101, Vocab::EOS], &mut rng(seed));
        swapped += usize::from(after == [Vocab::BOS, 101, 100, Vocab::EOS]);
        let after = slips.change(&[Vocab::BOS, 100, Vocab::EOS, 7, 7, 7, 7, 7, 7, 7], &mut rng(seed));
        lengths[after[1..].iter().position(|&id| id == Vocab::EOS).unwrap()] += 1;
    }
    about(swapped, 4000, 0.25);
    // Before a line end none can be written behind the next: another one is.
    lengths.iter().zip([0.25, 0.5, 0.25]).for_each(|(&found, p)| about(found, 4000, p));
    assert!(slips.change(&[], &mut rng(1)).is_empty());
}

#[test]
fn what_is_reserved_stays_and_seeds_decide() {
    let (corpus, vocab) = letters();
    let ways: [Box<dyn Augment>; 5] = [
        Box::new(Replace::uniform(0.5, &vocab).unwrap()),
        Box::new(Replace::unigram(0.5, &corpus).unwrap()),
        Box::new(Delete::new(0.5).unwrap()),
        Box::new(Swap::new(0.5).unwrap()),
        Box::new(Slips::new(0.5, &corpus).unwrap()),
    ];
    let text: Vec<u32> = (0..200).map(|i| if i % 4 == 0 { i / 4 % 3 } else { 3 + i % 5 }).collect();
    let reserved = |ids: &[u32]| ids.iter().copied().filter(|&id| id < 3).collect::<Vec<u32>>();
    for way in &ways {
        let after = way.change(&text, &mut rng(1));
        assert_eq!(reserved(&after), reserved(&text), "{way:?}");
        assert_ne!(after, text, "{way:?}");
        assert_eq!(after, way.change(&text, &mut rng(1)), "{way:?}");
        assert_ne!(after, way.change(&text, &mut rng(2)), "{way:?}");
    }
}

#[test]
fn nothing_changes_with_a_share_of_zero_and_other_shares_are_refused() {
    let (corpus, vocab) = letters();
    let text = text(&corpus);
    assert_eq!(Replace::uniform(0.0, &vocab).unwrap().change(&text, &mut rng(1)), text);
    assert_eq!(Delete::new(0.0).unwrap().change(&text, &mut rng(1)), text);
    assert_eq!(Swap::new(0.0).unwrap().change(&text, &mut rng(1)), text);
    assert_eq!(Slips::new(0.0, &corpus).unwrap().change(&text, &mut rng(1)), text);
    for share in [-0.1, 1.1, f64::NAN] {
        assert!(matches!(Delete::new(share), Err(Error::Config { .. })));
        assert!(matches!(Replace::uniform(share, &vocab), Err(Error::Config { .. })));
    }
    let error = Replace::uniform(0.1, &Vocab::new()).unwrap_err();
    assert!(error.to_string().contains("at least one that is not reserved"), "{error}");
}
