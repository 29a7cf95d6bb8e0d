//! Training gives the same bytes, whatever the hash seeds and the threads.

use crate::{BOOK, config, json};
use fabula::prelude::*;
use std::{env, fs, path::Path, process::Command};

/// What the test below runs in processes of its own.
#[test]
fn training_writes_its_vocabularies_where_it_is_told() {
    let Some(dir) = env::var_os("TOKENIZERS_TEST_DIR") else { return };
    for kind in TokenizerKind::ALL {
        let tokenizer = Tokenizer::train(&BOOK[..300], &config(kind, 1300)).unwrap();
        tokenizer.save(&Path::new(&dir).join(format!("{kind}.json"))).unwrap();
    }
}

#[test]
fn training_gives_the_same_bytes_in_every_process_whatever_the_threads() {
    let train = |threads: &str| {
        let dir = tempfile::tempdir().unwrap();
        let status = Command::new(env::current_exe().unwrap())
            .args(["--exact", "determinism::training_writes_its_vocabularies_where_it_is_told"])
            .env("TOKENIZERS_TEST_DIR", dir.path())
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .unwrap();
        assert!(status.status.success());
        TokenizerKind::ALL.map(|kind| fs::read_to_string(dir.path().join(format!("{kind}.json"))).unwrap())
    };
    let first = train("1");
    for threads in ["1", "2", "3", "7"] {
        assert!(train(threads) == first, "another vocabulary with {threads} threads");
    }
}

/// Every map of the crate has another random state, also within one process.
#[test]
fn training_twenty_times_gives_the_same_bytes_twenty_times() {
    for kind in TokenizerKind::ALL {
        let train = || json(&Tokenizer::train(&BOOK[..100], &config(kind, 800)).unwrap());
        let first = train();
        assert!((1..20).all(|_| train() == first), "{kind} varies");
    }
}
