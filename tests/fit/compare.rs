//! `fabula compare`.

use super::*;

#[test]
fn every_kind_of_model_is_fitted_and_measured() {
    let dir = tempfile::tempdir().unwrap();
    let picture = dir.path().join("picture.svg");
    let picture = picture.to_str().unwrap();
    let args = ["compare", "--train", TRAIN, "--test", TEST, "--seconds", "0.3", "--parameters", "20000", "--picture"];
    let (table, _) = run(&[&args[..], &[picture]].concat());
    let models = ["ngram", "hmm", "rnn", "lstm", "gru", "transformer"];
    assert!(models.iter().all(|model| table.lines().filter(|line| line.starts_with(model)).count() == 1), "{table}");
    let svg = fs::read_to_string(picture).unwrap();
    assert!(models.iter().all(|model| svg.contains(model)));

    let (report, _) = report(&[&args[..], &[picture]].concat());
    let entries = report.as_array().unwrap();
    let number = |entry: &Value, name: &str| entry[name].as_f64().unwrap();
    let nats: Vec<f64> = entries.iter().map(|entry| number(entry, "nats_per_token")).collect();
    assert!(nats.is_sorted() && nats[5] < 4.0, "{nats:?}");
    for entry in entries {
        assert!(number(entry, "microseconds_per_token") > 0.0);
        if !["ngram", "hmm"].contains(&entry["model"].as_str().unwrap()) {
            let parameters = number(entry, "parameters");
            assert!((15_000.0..=20_000.0).contains(&parameters), "{entry}");
            assert!(number(entry, "train_tokens_per_second") > 0.0);
        }
    }
}

#[test]
fn what_cannot_be_compared_is_explained() {
    let args = ["compare", "--train", TRAIN, "--test", TEST];
    refused(&[&args[..], &["--parameters", "100"]].concat(), "the smallest network has");
    refused(&[&args[..], &["--seconds", "-1"]].concat(), "expected a positive number");
    refused(&["compare", "--train", TRAIN, "--test", "no such file"], "there is no file no such file");
}
