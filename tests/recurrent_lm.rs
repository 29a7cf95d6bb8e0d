//! The recurrent language model on texts: scored as one stream, trained, saved and read again.

use fabula::{
    Error,
    autograd::Parameters,
    decode::{LanguageModel, Sampling, sample_stream},
    models::{LmTraining, RecurrentLm, RecurrentLmConfig},
    nn::{Module, RecurrentKind, Reset},
    statistical::{NgramConfig, NgramModel},
    text::{Block, Codec, Corpus, Level, Vocab, sources::EvenProcess},
    train::Limit,
};
use ndarray::Array2;
use std::fs;

const KINDS: [RecurrentKind; 4] =
    [RecurrentKind::Rnn, RecurrentKind::Lstm, RecurrentKind::Gru(Reset::After), RecurrentKind::Gru(Reset::Before)];

fn lines(text: &str) -> Vec<String> {
    text.lines().map(String::from).collect()
}

fn small(kind: RecurrentKind, layers: usize) -> RecurrentLmConfig {
    RecurrentLmConfig { kind, embed: 6, hidden: 10, layers, ..Default::default() }
}

fn training(batch: usize, steps: usize, updates: usize) -> LmTraining {
    LmTraining { batch, steps, limit: Limit::Steps(updates), learning_rate: 1e-2, quiet: true, ..Default::default() }
}

fn codec() -> (Codec, Vec<String>) {
    let text = lines(&"the fox saw the crow\nthe crow saw the cheese\n\nso did the fox\n".repeat(8));
    (Codec::build(&text, Level::Char, 1).unwrap(), text)
}

fn values(parameters: &Parameters) -> Vec<ndarray::ArrayD<f32>> {
    parameters.iter().map(|(_, var)| var.value().into_owned()).collect()
}

#[test]
fn a_score_is_the_sum_of_the_log_probabilities_of_one_stream() {
    let (codec, mut text) = codec();
    text.push("a cheese? Füße".into());
    let corpus = codec.corpus(&text).unwrap();
    for kind in KINDS {
        let model = RecurrentLm::new(small(kind, 2), codec.vocab().clone()).unwrap();
        model.fit(&corpus, None, &training(4, 16, 20)).unwrap();
        let (mut nats, mut without_oov, mut state) = (0.0, 0.0, model.start());
        for &token in corpus.sentences().flat_map(|sentence| &sentence[1..]) {
            let log_probs = model.log_probs(&state);
            assert!((log_probs.mapv(f64::exp).sum() - 1.0).abs() < 1e-12);
            assert_eq!(log_probs[Vocab::BOS as usize], f64::NEG_INFINITY);
            nats -= log_probs[token as usize];
            without_oov -= if token == Vocab::UNK { 0.0 } else { log_probs[token as usize] };
            state = model.advance(&state, token);
        }
        let score = model.score(&corpus).unwrap();
        assert!((score.nats - nats).abs() < 1e-5 * nats, "{kind}: {} in blocks, {nats} step by step", score.nats);
        assert!((score.nats_without_oov - without_oov).abs() < 1e-5 * nats);
        let characters = text.iter().map(|line| line.chars().count() + 1).sum::<usize>();
        assert_eq!((score.tokens, score.characters, score.oov), (characters, characters, 4));
    }
}

#[test]
fn the_even_process_is_learned_better_than_by_any_short_memory() {
    let symbols = |n, seed| vec![EvenProcess::sample(n, seed).iter().map(|x| x.to_string()).collect::<String>()];
    let (train, test) = (symbols(40_000, 1), symbols(10_000, 2));
    let codec = Codec::build(&train, Level::Char, 1).unwrap();
    let [train_corpus, test_corpus] = [&train, &test].map(|text| codec.corpus(text).unwrap());
    let config = RecurrentLmConfig { kind: RecurrentKind::Rnn, embed: 4, hidden: 12, ..Default::default() };
    let model = RecurrentLm::new(config, codec.vocab().clone()).unwrap();
    let history = model.fit(&train_corpus, None, &training(32, 32, 600)).unwrap();
    assert_eq!((history.steps(), history.records.len()), (600, 6));
    assert!(history.tokens_per_second() > 0.0);
    let bits = model.score(&test_corpus).unwrap().bits_per_character();
    let ngram = NgramConfig { order: 3, level: Level::Char, ..Default::default() };
    let ngram = NgramModel::fit(&train, &ngram).unwrap().score(&test).unwrap().bits_per_character();
    // The entropy of this sample, were the state known: one bit for each symbol that A emits.
    let (mut known, mut in_b) = (0.0, false);
    for x in test[0].bytes() {
        known += if in_b { 0.0 } else { 1.0 };
        in_b = x == b'1' && !in_b;
    }
    known /= 10_000.0;
    println!("{bits:.4} bits by the network, {ngram:.4} by the trigrams, {known:.4} by who knows the state");
    assert!(ngram > EvenProcess::predictor_entropy(2) - 0.02);
    assert!(bits < known + 0.01 && bits < ngram - 0.08, "{bits} against {known} and {ngram}");
}

#[test]
fn one_stream_one_step_and_the_longest_block_all_work() {
    let (codec, text) = codec();
    let corpus = codec.corpus(&text).unwrap();
    let most = corpus.predicted();
    for (batch, steps) in [(1, 1), (1, 50), (1, 1_000_000), (most, 1), (most - 1, 7), (3, usize::MAX)] {
        let model = RecurrentLm::new(small(RecurrentKind::Lstm, 1), codec.vocab().clone()).unwrap();
        let before = model.score(&corpus).unwrap().nats;
        let training = LmTraining { learning_rate: 1e-3, ..training(batch, steps, 3) };
        model.fit(&corpus, Some(&corpus), &training).unwrap();
        assert!(model.score(&corpus).unwrap().nats < before, "B = {batch}, T = {steps}");
    }
}

#[test]
fn the_state_is_carried_from_block_to_block_and_begins_anew_with_each_epoch() {
    let (codec, text) = codec();
    let corpus = codec.corpus(&text).unwrap();
    let once = |updates: usize, steps: usize| {
        let model = RecurrentLm::new(small(RecurrentKind::Gru(Reset::After), 1), codec.vocab().clone()).unwrap();
        let training = LmTraining { learning_rate: 1e-12, evaluate_every: 1, ..training(2, steps, updates) };
        model.fit(&corpus, None, &training).unwrap().column(|record| record.loss)
    };
    let epoch = corpus.predicted().div_ceil(2).div_ceil(10);
    let losses = once(2 * epoch, 10);
    // At a rate of nearly 0, the second epoch is the first one again, and short blocks predict as one long one.
    for (a, b) in losses.iter().zip(&losses[epoch..]) {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
    let tokens = corpus.predicted();
    let weights = |i: usize| (tokens - 20 * i).min(20) as f64 / tokens as f64;
    let mean: f64 = losses[..epoch].iter().enumerate().map(|(i, loss)| weights(i) * loss).sum();
    assert!((mean - once(1, usize::MAX)[0]).abs() < 1e-6);
}

#[test]
fn held_out_text_chooses_the_weights() {
    let (codec, text) = codec();
    let (train, valid) = (codec.corpus(&text[..3]).unwrap(), codec.corpus(&lines("crows eat cheese")).unwrap());
    let model = RecurrentLm::new(small(RecurrentKind::Lstm, 1), codec.vocab().clone()).unwrap();
    let training = LmTraining { evaluate_every: 10, ..training(2, 16, 400) };
    let history = model.fit(&train, Some(&valid), &training).unwrap();
    let (step, best) = history.best().unwrap();
    let last = history.records.last().unwrap();
    assert!(step < 400 && last.step == 400 && last.held_out.unwrap() > best, "{history}");
    let stopped = RecurrentLm::new(small(RecurrentKind::Lstm, 1), codec.vocab().clone()).unwrap();
    let history = stopped.fit(&train, Some(&valid), &LmTraining { patience: Some(3), ..training }).unwrap();
    assert!(history.stopped_early && history.steps() == step + 30, "{history}");
    assert_eq!(values(&stopped.parameters()), values(&model.parameters()));
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_one_thread_and_on_two() {
    let (codec, text) = codec();
    let corpus = codec.corpus(&text).unwrap();
    let fit = |seed, dropout, threads| {
        let run = || {
            let config = RecurrentLmConfig { seed, dropout, hidden: 40, ..small(RecurrentKind::Lstm, 2) };
            let model = RecurrentLm::new(config, codec.vocab().clone()).unwrap();
            model.fit(&corpus, None, &training(8, 20, 15)).unwrap();
            values(&model.parameters())
        };
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(run)
    };
    for dropout in [0.0, 0.3] {
        assert_eq!(fit(1, dropout, 1), fit(1, dropout, 2));
        assert_ne!(fit(1, dropout, 2), fit(2, dropout, 2));
    }
}

#[test]
fn a_saved_model_is_the_same_model() {
    let (codec, text) = codec();
    let dir = tempfile::tempdir().unwrap();
    let corpus = codec.corpus(&text).unwrap();
    for (i, kind) in KINDS.into_iter().enumerate() {
        let (dropout, tied, dir) = (0.1, i % 2 == 0, dir.path().join("a folder").join(i.to_string()));
        let config = RecurrentLmConfig { dropout, tied, embed: 10, ..small(kind, 2) };
        let model = RecurrentLm::new(config, codec.vocab().clone()).unwrap();
        model.save(&dir, &codec).unwrap();
        let (loaded, its_codec) = RecurrentLm::load(&dir).unwrap();
        assert_eq!((loaded.config(), loaded.to_string()), (model.config(), model.to_string()));
        let score = loaded.score(&its_codec.corpus(&text).unwrap()).unwrap();
        assert_eq!(score, model.score(&corpus).unwrap());
        let sampling = Sampling { seed: 4, ..Sampling::default() };
        let stream = sample_stream(&model, 3, &sampling).unwrap();
        assert_eq!(stream, sample_stream(&loaded, 3, &sampling).unwrap());
        let drawn = codec.decode(&stream[0]).unwrap().replace("<unk>", "?");
        assert_eq!(drawn.chars().count(), stream[0].len(), "{drawn}");
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 3);
    }
}

#[test]
fn damaged_and_mixed_folders_are_refused() {
    let (codec, text) = codec();
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let model = RecurrentLm::new(small(RecurrentKind::Lstm, 1), codec.vocab().clone()).unwrap();
    let save = |model: &RecurrentLm, codec: &Codec| model.save(dir.path(), codec).unwrap();
    let refused = || RecurrentLm::load(dir.path()).unwrap_err().to_string();
    save(&model, &codec);
    let weights = fs::read(path("weights.safetensors")).unwrap();
    let config = fs::read_to_string(path("config.json")).unwrap();

    fs::write(path("weights.safetensors"), &weights[..weights.len() - 9]).unwrap();
    assert!(refused().contains("truncated"), "{}", refused());
    let mut flipped = weights.clone();
    *flipped.last_mut().unwrap() ^= 1;
    fs::write(path("weights.safetensors"), flipped).unwrap();
    assert!(refused().contains("its checksum does not fit"), "{}", refused());
    fs::write(path("weights.safetensors"), &weights).unwrap();

    for edited in [
        config.replace("\"hidden\": 10", "\"hidden\": 100000000000"),
        config.replace("\"level\": \"char\"", "\"level\": \"word\""),
        config.replace("lstm", "rnn"),
    ] {
        assert_ne!(edited, config);
        fs::write(path("config.json"), edited).unwrap();
        assert!(refused().contains("config.json: it does not belong"), "{}", refused());
    }
    fs::write(path("config.json"), &config[..20]).unwrap();
    assert!(refused().contains("config.json"), "{}", refused());
    fs::write(path("config.json"), config.replace("recurrent", "ngram")).unwrap();
    assert!(refused().contains("a model \"ngram\" of version 1: expected \"recurrent\""), "{}", refused());
    fs::write(path("config.json"), &config).unwrap();

    let tokens = fs::read_to_string(path("vocab.json")).unwrap();
    fs::write(path("vocab.json"), tokens.replace("\"f\"", "\"x\"")).unwrap();
    assert!(refused().contains("vocab.json: it does not belong"), "{}", refused());
    fs::remove_file(path("vocab.json")).unwrap();
    assert!(refused().contains("vocab.json"), "{}", refused());

    // The weights of another model of the same shapes, and the text in words.
    let other = RecurrentLm::new(RecurrentLmConfig { seed: 9, ..model.config().clone() }, codec.vocab().clone());
    save(&other.unwrap(), &codec);
    fs::write(path("weights.safetensors"), &weights).unwrap();
    assert!(refused().contains("config.json: it does not belong"), "{}", refused());
    let words = Codec::build(&text, Level::Word, 1).unwrap();
    save(&RecurrentLm::new(small(RecurrentKind::Rnn, 1), words.vocab().clone()).unwrap(), &words);
    assert!(RecurrentLm::load(dir.path()).is_ok());
}

#[test]
fn a_model_that_cannot_be_written_leaves_the_old_one() {
    let (codec, _) = codec();
    let dir = tempfile::tempdir().unwrap();
    let model = RecurrentLm::new(small(RecurrentKind::Lstm, 1), codec.vocab().clone()).unwrap();
    model.save(dir.path(), &codec).unwrap();
    let file = dir.path().join("vocab.json");
    let error = model.save(&file, &codec).unwrap_err();
    assert!(matches!(&error, Error::Io { path, .. } if *path == file), "{error}");
    assert!(RecurrentLm::load(dir.path()).is_ok() && fs::read_dir(dir.path()).unwrap().count() == 3);
}

#[test]
fn settings_out_of_range_are_named() {
    let (codec, text) = codec();
    let corpus = codec.corpus(&text).unwrap();
    let model = RecurrentLm::new(small(RecurrentKind::Rnn, 1), codec.vocab().clone()).unwrap();
    let most = corpus.predicted();
    let default = || training(2, 8, 5);
    for (training, expected) in [
        (LmTraining { batch: 0, ..default() }, "the batch size is 0: expected at least 1".to_owned()),
        (
            LmTraining { batch: most + 1, ..default() },
            format!("the batch size is {}: expected at most {most}", most + 1),
        ),
        (LmTraining { steps: 0, ..default() }, "the number of steps is 0: expected at least 1".into()),
        (LmTraining { learning_rate: f64::NAN, ..default() }, "the learning rate is NaN".into()),
        (LmTraining { learning_rate: 0.0, ..default() }, "the learning rate is 0".into()),
        (LmTraining { limit: Limit::Seconds(-1.0), ..default() }, "the length of the training is -1 seconds".into()),
        (LmTraining { limit: Limit::Steps(0), ..default() }, "the length of the training is 0 steps".into()),
        (LmTraining { evaluate_every: 0, ..default() }, "the steps from look to look is 0".into()),
        (LmTraining { patience: Some(3), ..default() }, "the patience is 3: expected none without held-out".into()),
    ] {
        let before = values(&model.parameters());
        let error = model.fit(&corpus, None, &training).unwrap_err().to_string();
        assert!(error.contains(&expected), "{error}");
        assert_eq!(values(&model.parameters()), before);
    }
    let default = || small(RecurrentKind::Lstm, 1);
    for (config, expected) in [
        (RecurrentLmConfig { embed: 0, ..default() }, "embed is 0: expected at least 1"),
        (RecurrentLmConfig { hidden: 0, ..default() }, "hidden is 0: expected at least 1"),
        (RecurrentLmConfig { layers: 0, ..default() }, "layers is 0: expected at least 1"),
        (RecurrentLmConfig { dropout: 1.0, ..default() }, "dropout is 1: expected a probability"),
        (RecurrentLmConfig { tied: true, ..default() }, "embed is 6: expected 10, as hidden is"),
        (RecurrentLmConfig { hidden: usize::MAX, ..default() }, "the number of parameters is about"),
        (RecurrentLmConfig { layers: usize::MAX, ..default() }, "the number of parameters is about"),
    ] {
        let error = RecurrentLm::new(config, codec.vocab().clone()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn ids_of_another_vocabulary_are_named() {
    let (codec, text) = codec();
    let model = RecurrentLm::new(small(RecurrentKind::Rnn, 1), Vocab::new()).unwrap();
    let corpus = codec.corpus(&text).unwrap();
    let expected = "place 1 of sequence 0 holds 3: expected a number from 0 to 2";
    assert!(model.score(&corpus).unwrap_err().to_string().contains(expected));
    assert!(model.fit(&corpus, None, &training(2, 8, 5)).unwrap_err().to_string().contains(expected));
}

#[test]
fn a_learning_rate_that_diverges_is_named() {
    let (codec, text) = codec();
    let model = RecurrentLm::new(small(RecurrentKind::Rnn, 1), codec.vocab().clone()).unwrap();
    let training = LmTraining { learning_rate: 1e38, ..training(2, 8, 50) };
    let error = model.fit(&codec.corpus(&text).unwrap(), None, &training).unwrap_err();
    assert!(matches!(error, Error::Diverged { .. }) && error.to_string().contains("learning rate"), "{error}");
}

#[test]
fn a_text_of_one_empty_line_is_a_text() {
    let codec = Codec::build(&[String::new()], Level::Word, 2).unwrap();
    let corpus = codec.corpus(&[String::new()]).unwrap();
    let model = RecurrentLm::new(small(RecurrentKind::Rnn, 1), codec.vocab().clone()).unwrap();
    model.fit(&corpus, None, &training(1, 8, 3)).unwrap();
    assert_eq!(model.score(&corpus).unwrap().tokens, 1);
    assert!(Corpus::encode(&[], Level::Word, codec.vocab()).is_err());
}

#[test]
#[should_panic(expected = "no target counts of 4: the text is empty, or the mask false everywhere")]
fn a_mask_of_zeros_is_named() {
    let (codec, _) = codec();
    let model = RecurrentLm::new(small(RecurrentKind::Rnn, 1), codec.vocab().clone()).unwrap();
    let ids = Array2::from_elem((2, 2), 3);
    let block = Block { inputs: ids.clone(), targets: ids, mask: Array2::from_elem((2, 2), false) };
    model.loss(&block, &model.zero_states(2), true);
}
