//! The tags of formulas in the source and in the chapters are the same, and the scoreboard is sound.

use fabula::course::Scoreboard;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
}

/// Every tag such as `ngram.10` between the marks, with the files in which it stands.
fn tags(folder: &str, extension: &str, open: &str, close: char) -> BTreeMap<String, Vec<PathBuf>> {
    let mut paths = Vec::new();
    files(&root().join(folder), extension, &mut paths);
    let mut tags: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        for part in text.split(open).skip(1) {
            let tag = part.split(close).next().unwrap();
            let is_tag = tag.split_once('.').is_some_and(|(name, number)| {
                name.chars().all(|c| c.is_ascii_lowercase()) && number.parse::<u32>().is_ok() && !name.is_empty()
            });
            if is_tag {
                tags.entry(tag.to_owned()).or_default().push(path.clone());
            }
        }
    }
    tags
}

#[test]
fn every_formula_stands_in_the_source_and_in_exactly_one_chapter() {
    let mut source = tags("src", "rs", "[", ']');
    let chapters = tags("notebooks/src", "md", "\\tag{", '}');
    // A formula may be there before its chapter: the first formula of a chapter calls for all of them.
    let room = |tag: &str| tag.split_once('.').map(|(room, _)| room.to_owned());
    let told: BTreeSet<_> = chapters.keys().filter_map(|tag| room(tag)).collect();
    source.retain(|tag, _| room(tag).is_some_and(|room| told.contains(&room)));
    let names = |tags: &BTreeMap<String, Vec<PathBuf>>| tags.keys().cloned().collect::<BTreeSet<_>>();
    assert!(source.len() >= 12, "{source:?}");
    assert_eq!(names(&source), names(&chapters), "source (left) and chapters (right) tag other formulas");
    for (tag, places) in source.iter().chain(&chapters) {
        assert_eq!(places.len(), 1, "[{tag}] stands in more than one place: {places:?}");
    }
}

#[test]
fn the_scoreboard_is_sound() {
    let board = Scoreboard::load(&root().join("notebooks/scoreboard.json")).unwrap();
    let mut names = BTreeSet::new();
    for claim in &board.claims {
        assert!(names.insert(&claim.name), "{} stands twice", claim.name);
        assert!(claim.tolerance > 0.0 && claim.value.is_finite(), "{claim:?}");
        let source = root().join(format!("notebooks/src/{}.md", claim.chapter));
        assert!(source.exists(), "{}: there is no chapter {}", claim.name, claim.chapter);
        if let Some(reference) = &claim.reference {
            assert!(!reference.source.is_empty(), "{claim:?}");
            assert!((reference.value - claim.value).abs() <= claim.tolerance, "not equal to its reference: {claim:?}");
        }
    }
    let outside = board.claims.iter().filter(|claim| claim.reference.is_some()).count();
    assert!(
        2 * outside >= board.claims.len(),
        "only {outside} of {} claims have a reference from outside",
        board.claims.len()
    );
}

#[test]
fn a_chapter_knows_the_scores_up_to_its_own() {
    let board = Scoreboard::load(&root().join("notebooks/scoreboard.json")).unwrap();
    let chapters = |board: &Scoreboard| board.claims.iter().map(|claim| claim.chapter.clone()).collect::<BTreeSet<_>>();
    let all = chapters(&board);
    let known = chapters(&board.up_to("05"));
    assert!(known.contains("05_rnn") && known.contains("01_ngram") && !known.contains("06_lstm"), "{known:?}");
    assert!(all.contains("06_lstm"));
}

#[test]
fn stored_notebooks_are_small_and_without_traces_of_a_machine() {
    let mut paths = Vec::new();
    files(&root().join("notebooks"), "ipynb", &mut paths);
    // Jupyter keeps older states beside them.
    paths.retain(|path| !path.components().any(|part| part.as_os_str() == ".ipynb_checkpoints"));
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.len() < 1_500_000, "{}: {} bytes", path.display(), text.len());
        assert!(!text.contains(&*root().to_string_lossy()), "{} names a folder of this machine", path.display());
        // A cell that ends in a picture made of a variable by several calls shows how the picture is built instead.
        assert!(!text.contains("Picture { svg"), "{} shows a picture as text", path.display());
    }
}
