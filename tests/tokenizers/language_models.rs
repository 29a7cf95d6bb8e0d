//! n-grams on the tokens of a tokenizer.

use crate::{config, sentences};
use fabula::prelude::*;

#[test]
fn n_grams_on_characters_are_the_same_as_without_a_tokenizer() {
    let lines = sentences(400);
    let config = NgramConfig { order: 4, level: Level::Char, ..Default::default() };
    let direct = NgramModel::fit(&lines, &config).unwrap().score(&lines).unwrap();
    let tokenizer = Tokenizer::train(&lines, &crate::config(TokenizerKind::Characters, 400)).unwrap();
    let corpus = tokenizer.corpus(&lines).unwrap();
    let model = NgramModel::fit_corpus(&corpus, &tokenizer.vocab().unwrap(), &config).unwrap();
    let score = model.score_corpus(&corpus);
    assert_eq!((score.tokens, score.oov, score.characters), (direct.tokens, 0, direct.characters));
    // One token more, <pad>, shares in V.
    let difference = score.bits_per_character() - direct.bits_per_character();
    assert!((0.0..1e-4).contains(&difference), "{difference}");
}

#[test]
fn bits_per_character_count_the_text_and_not_the_tokens() {
    let lines = sentences(1000);
    let (train, test) = lines.split_at(900);
    let characters: usize = test.iter().map(|line| line.chars().count() + 1).sum();
    for kind in TokenizerKind::ALL {
        let tokenizer = Tokenizer::train(train, &config(kind, 1000)).unwrap();
        let config = NgramConfig { smoothing: Smoothing::Interpolated, ..Default::default() };
        let model =
            NgramModel::fit_corpus(&tokenizer.corpus(train).unwrap(), &tokenizer.vocab().unwrap(), &config).unwrap();
        let score = model.score_corpus(&tokenizer.corpus(test).unwrap());
        assert_eq!((score.characters, score.zero_probability_tokens), (characters, 0), "{kind}");
        assert!(score.bits_per_character() < 3.0, "{kind}: {score}");
        assert!(model.fitting().notes.is_empty() && model.parameters() > 1000);
    }
}
