//! Checkpoints: the same bytes when resumed, and files that are refused.

use super::{batch, bigram, numbers, one, trainer};
use fabula::{
    Error,
    autograd::{Parameters, Var},
    train::{Adam, Checkpoint, Sgd, Trainer, read_config, read_parameters, write_parameters},
};
use ndarray::{Array2, arr1};
use serde_json::json;
use std::{fs, path::Path};

#[test]
fn a_resumed_training_ends_with_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.safetensors");
    let run = |trainer: Trainer| {
        let model = bigram();
        let mut losses = [3.0, 2.0, 2.5, 1.0, 4.0, 4.0].into_iter();
        let done = fs::exists(&path).unwrap() && trainer.resume;
        losses.by_ref().take(if done { 3 } else { 0 }).for_each(drop);
        let mut held_out = || losses.next().unwrap();
        let history = trainer.run(&model, &mut Adam::default(), &mut batch(&model), Some(&mut held_out)).unwrap();
        (numbers(&model), history.column(|record| record.loss))
    };
    let patient = |steps| Trainer { patience: Some(3), ..trainer(steps) };
    let with_file = |steps| Trainer { checkpoint: Some(path.clone()), resume: true, ..patient(steps) };
    let whole = run(patient(60));
    let half = run(with_file(30));
    assert_ne!(half, whole);
    assert_eq!(run(with_file(60)), whole);
    let once = fs::read(&path).unwrap();
    assert_eq!(run(with_file(60)).0, whole.0, "nothing is left to do");
    assert_eq!(fs::read(&path).unwrap(), once);
}

fn written(path: &Path) -> Parameters {
    let model = bigram();
    let trainer = Trainer { checkpoint: Some(path.into()), config: json!({"layers": 1}), seed: 9, ..trainer(10) };
    trainer.run(&model, &mut Adam::default(), &mut batch(&model), None).unwrap();
    model
}

#[track_caller]
fn refused(path: &Path, model: &Parameters, expected: &[&str]) {
    let before = numbers(model);
    let error = Checkpoint::read(path, model).unwrap_err().to_string();
    assert!(error.contains(path.to_str().unwrap()), "{error}");
    expected.iter().for_each(|expected| assert!(error.contains(expected), "{error}"));
    assert_eq!(numbers(model), before, "a refused checkpoint changes nothing");
}

#[test]
fn a_checkpoint_of_another_model_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.safetensors");
    let model = written(&path);
    let found = Checkpoint::read(&path, &bigram()).unwrap();
    assert_eq!((found.step, found.seed, found.config), (10, 9, json!({"layers": 1})));
    assert_eq!(found.history.records.len(), 1);

    let other: Parameters =
        vec![("scores".into(), Var::parameter(Array2::zeros((7, 8)))), ("new".into(), model[1].1.clone())];
    refused(
        &path,
        &other,
        &["scores has the shape [7, 7] instead of [7, 8]", "it has no new", "the model has no unused"],
    );
    let many: Parameters = (0..20).map(|i| (format!("w{i}"), model[0].1.clone())).collect();
    refused(&path, &many, &["it has no w7", "and 14 more"]);

    let resumed = Trainer { checkpoint: Some(path), resume: true, ..trainer(20) };
    let error = resumed.run(&model, &mut Sgd::default(), &mut batch(&model), None).unwrap_err();
    assert!(error.to_string().contains("another optimiser"), "{error}");
}

#[test]
fn a_truncated_or_edited_checkpoint_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.safetensors");
    written(&path);
    let whole = fs::read(&path).unwrap();
    for length in [0, 5, 100, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        refused(&path, &bigram(), &["truncated or damaged"]);
    }
    for place in (8..whole.len()).step_by(61).chain([whole.len() - 1]) {
        let mut edited = whole.clone();
        edited[place] ^= 1;
        fs::write(&path, &edited).unwrap();
        refused(&path, &bigram(), &[]);
    }
    let seed = br#"seed\":9"#;
    let at = whole.windows(seed.len()).position(|bytes| bytes == seed).unwrap();
    let mut edited = whole.clone();
    edited[at + seed.len() - 1] = b'8';
    fs::write(&path, &edited).unwrap();
    refused(&path, &bigram(), &["it was changed after it was written"]);
    fs::write(&path, "no checkpoint at all").unwrap();
    refused(&path, &bigram(), &["truncated or damaged"]);
    fs::remove_file(&path).unwrap();
    refused(&path, &bigram(), &["cannot read or write"]);
}

#[test]
fn where_nothing_can_be_written_the_old_checkpoint_is_still_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.safetensors");
    let model = written(&path);
    let old = fs::read(&path).unwrap();
    // A folder in the way of the temporary file: writing fails, also for root.
    let blocker = dir.path().join(format!(".a.safetensors.{}.tmp", std::process::id()));
    fs::create_dir(&blocker).unwrap();
    let again = Trainer { checkpoint: Some(path.clone()), ..trainer(10) };
    let error = again.run(&model, &mut Adam::default(), &mut batch(&model), None).unwrap_err();
    assert!(error.to_string().contains("cannot read or write"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), old);
    for nowhere in ["/dev/full", "/no/such/folder/a.safetensors"] {
        let trainer = Trainer { checkpoint: Some(nowhere.into()), ..trainer(10) };
        let error = trainer.run(&model, &mut Adam::default(), &mut batch(&model), None).unwrap_err();
        assert!(matches!(&error, Error::Io { path, .. } if path == Path::new(nowhere)), "{error}");
    }
}

#[test]
fn weights_alone_are_written_and_read_with_their_config() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("weights.safetensors");
    let (model, other) = (bigram(), bigram());
    model[0].1.update(|w| *w *= 0.1);
    write_parameters(&path, &model, &json!({"hidden": 7, "rate": 0.1})).unwrap();
    let once = fs::read(&path).unwrap();
    assert_eq!(read_config(&path).unwrap(), json!({"hidden": 7, "rate": 0.1}));
    read_parameters(&path, &other).unwrap();
    assert_eq!(numbers(&model), numbers(&other));
    write_parameters(&path, &other, &read_config(&path).unwrap()).unwrap();
    assert_eq!(fs::read(&path).unwrap(), once);
    let error = read_parameters(&path, &one(arr1(&[1.0]))).unwrap_err();
    assert!(error.to_string().contains("it has no w; the model has no scores; the model has no unused"), "{error}");
    let error = Checkpoint::read(&path, &model).unwrap_err();
    assert!(error.to_string().contains("it holds something else than expected"), "{error}");
}
