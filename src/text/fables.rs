//! The course's own book: short fables in English, each with a Chinese translation, a moral and questions.

use super::{read::read_text, words};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
};

/// The book. The format of its files is described in `data/README.md`.
#[derive(Clone)]
pub struct Fables {
    fables: Vec<Fable>,
}

/// One fable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fable {
    pub id: u32,
    pub title: Bilingual,
    /// The story, sentence by sentence.
    pub sentences: Vec<Bilingual>,
    pub moral: Bilingual,
    pub questions: Vec<Question>,
}

/// The same words in English and in Chinese.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    pub en: String,
    pub zh: String,
}

/// A question whose answer stands word for word in the story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    pub question: String,
    /// A part of the English sentence.
    pub answer: String,
    /// Which sentence, counted from 0.
    pub sentence: usize,
}

/// What a fable is for. The book is split by fable, so that no story is on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Split {
    /// Models are fitted to these: eight of ten.
    Train,
    /// Choices are made with these: one of ten, ids that end in 5.
    Valid,
    /// Scores are told of these: one of ten, ids that end in 0.
    Test,
}

impl Fable {
    pub fn split(&self) -> Split {
        match self.id % 10 {
            5 => Split::Valid,
            0 => Split::Test,
            _ => Split::Train,
        }
    }

    /// The story and then the moral, in English, as written.
    pub fn english(&self) -> impl Iterator<Item = &str> {
        self.sentences.iter().chain([&self.moral]).map(|sentence| sentence.en.as_str())
    }
}

impl Fables {
    /// The book of the folder in which, or below which, the program runs.
    ///
    /// # Errors
    /// As for [`Fables::load`].
    pub fn find() -> Result<Fables> {
        let here = env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        let near = here.ancestors().map(|dir| dir.join("data").join("fables")).find(|dir| dir.is_dir());
        Fables::load(&near.unwrap_or_else(|| here.join("data").join("fables")))
    }

    /// Reads the fables of a folder, all files `*.json`, in the order of their ids.
    ///
    /// # Errors
    /// If the folder cannot be read or holds no fable, or a file is none or is not named for its id.
    pub fn load(dir: &Path) -> Result<Fables> {
        let io = |source| Error::Io { path: dir.into(), source };
        let mut fables = Vec::new();
        for entry in fs::read_dir(dir).map_err(io)? {
            let path = entry.map_err(io)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                fables.push(read_fable(&path)?);
            }
        }
        if fables.is_empty() {
            return Err(Error::Empty { path: dir.into(), expected: "fables, 001.json and so on" });
        }
        fables.sort_by_key(|fable: &Fable| fable.id);
        Ok(Fables { fables })
    }

    /// All fables, in the order of their ids.
    pub fn all(&self) -> &[Fable] {
        &self.fables
    }

    /// The fables of one side of the split.
    pub fn of(&self, split: Split) -> Vec<&Fable> {
        self.fables.iter().filter(|fable| fable.split() == split).collect()
    }

    /// The sentences of one side of the split, for language models: story after story, each with its moral as the last
    /// sentence, in lower case, [words and marks](words()) with one space between them.
    pub fn sentences(&self, split: Split) -> Vec<String> {
        self.of(split).iter().flat_map(|fable| fable.english()).map(|sentence| words(sentence).join(" ")).collect()
    }

    /// The whole book in English, as written: each title, sentence and moral is a line.
    pub fn lines(&self) -> Vec<String> {
        let fable = |fable: &Fable| {
            [fable.title.en.as_str()].into_iter().chain(fable.english()).map(String::from).collect::<Vec<_>>()
        };
        self.fables.iter().flat_map(fable).collect()
    }
}

impl fmt::Debug for Fables {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let [train, valid, test] = [Split::Train, Split::Valid, Split::Test].map(|split| self.of(split).len());
        write!(f, "{} fables: {train} for training, {valid} for validation, {test} for testing", self.fables.len())
    }
}

fn read_fable(path: &Path) -> Result<Fable> {
    let wrong = |message: String| Error::Json { path: path.into(), message };
    let fable: Fable = serde_json::from_str(&read_text(path)?).map_err(|error| wrong(error.to_string()))?;
    let name = format!("{:03}.json", fable.id);
    match path.file_name() {
        Some(found) if *found == *name => Ok(fable),
        _ => Err(wrong(format!("the id is {}, so the file should be named {name}", fable.id))),
    }
}
