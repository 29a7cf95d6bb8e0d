//! The format of the book, as `data/README.md` describes it. A failure names the file and the field.

use fabula::text::{Bilingual, Fable, Fables, Split, Statistics, words};
use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::{Path, PathBuf},
};

fn file(fable: &Fable) -> PathBuf {
    Path::new("data/fables").join(format!("{:03}.json", fable.id))
}

fn book() -> Fables {
    Fables::load(Path::new("data/fables")).unwrap()
}

/// Fails with all that `check` finds wrong, not only with the first.
fn every_fable(check: impl Fn(&Fable, &mut dyn FnMut(String, &str))) {
    let mut wrong = Vec::new();
    for fable in book().all() {
        check(fable, &mut |field, problem| wrong.push(format!("{}: {field}: {problem}", file(fable).display())));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// All texts in two languages, with the names of their fields.
fn bilingual(fable: &Fable) -> Vec<(String, &Bilingual)> {
    let sentences = fable.sentences.iter().enumerate().map(|(i, sentence)| (format!("sentences[{i}]"), sentence));
    [("title".to_string(), &fable.title), ("moral".to_string(), &fable.moral)].into_iter().chain(sentences).collect()
}

#[test]
fn the_book_has_thirty_fables_or_more_numbered_without_gaps() {
    let ids: Vec<u32> = book().all().iter().map(|fable| fable.id).collect();
    assert!(ids.len() >= 30, "{} fables", ids.len());
    assert_eq!(ids, (1..=ids.len() as u32).collect::<Vec<_>>());
}

#[test]
fn files_are_written_in_one_way() {
    every_fable(|fable, wrong| {
        let pretty = serde_json::to_string_pretty(fable).unwrap() + "\n";
        if fs::read_to_string(file(fable)).unwrap() != pretty {
            wrong(
                "the file".into(),
                "expected two spaces of indent, the fields in their order, and a line end at the end",
            );
        }
    });
}

#[test]
fn a_story_has_18_to_30_sentences_and_230_to_330_words() {
    every_fable(|fable, wrong| {
        let sentences = fable.sentences.len();
        let words: usize = fable.sentences.iter().map(|sentence| sentence.en.split(' ').count()).sum();
        if !(18..=30).contains(&sentences) {
            wrong("sentences".into(), &format!("{sentences} of them"));
        }
        if !(230..=330).contains(&words) {
            wrong("sentences".into(), &format!("{words} English words"));
        }
    });
}

#[test]
fn english_is_plain_ascii_and_its_sentences_end() {
    every_fable(|fable, wrong| {
        let questions = fable.questions.iter().enumerate();
        let asked = questions.flat_map(|(i, question)| {
            [
                (format!("questions[{i}].question"), &question.question),
                (format!("questions[{i}].answer"), &question.answer),
            ]
        });
        for (field, text) in bilingual(fable).into_iter().map(|(field, text)| (field + ".en", &text.en)).chain(asked) {
            if let Some(c) = text.chars().find(|c| !matches!(c, ' '..='~')) {
                wrong(field.clone(), &format!("holds {c:?}"));
            }
            if text.is_empty() || text.trim() != text || text.contains("  ") {
                wrong(field.clone(), "is empty, or has a space too many");
            }
            let sentence = field.starts_with("sentences") || field.starts_with("moral");
            if sentence && !text.trim_end_matches(['"', '\'']).ends_with(['.', '?', '!']) {
                wrong(field, "does not end like a sentence");
            }
        }
    });
}

#[test]
fn chinese_is_chinese_with_chinese_punctuation() {
    let han = |c: char| matches!(c, '\u{4e00}'..='\u{9fff}');
    every_fable(|fable, wrong| {
        for (field, Bilingual { zh, .. }) in bilingual(fable) {
            let field = field + ".zh";
            if !zh.chars().any(han) {
                wrong(field.clone(), "holds no Chinese character");
            }
            if let Some(c) = zh.chars().find(|&c| !han(c) && !"，。？！：；、“”‘’《》（）—…".contains(c))
            {
                wrong(field.clone(), &format!("holds {c:?}"));
            }
            if zh.matches('“').count() != zh.matches('”').count() {
                wrong(field.clone(), "has a quotation mark without its other half");
            }
            if !field.starts_with("title") && !zh.trim_end_matches(['”', '’']).ends_with(['。', '？', '！', '…'])
            {
                wrong(field, "does not end like a sentence");
            }
        }
    });
}

#[test]
fn there_are_three_questions_whose_answers_stand_exactly_once_in_their_sentence() {
    every_fable(|fable, wrong| {
        if fable.questions.len() != 3 {
            wrong("questions".into(), &format!("{} of them", fable.questions.len()));
        }
        for (i, question) in fable.questions.iter().enumerate() {
            let field = format!("questions[{i}]");
            if !question.question.ends_with('?') {
                wrong(field.clone(), "does not end with a question mark");
            }
            if !(1..=8).contains(&question.answer.split(' ').count()) {
                wrong(field.clone(), "the answer has not 1 to 8 words");
            }
            match fable.sentences.get(question.sentence) {
                None => wrong(field, &format!("there is no sentence {}", question.sentence)),
                Some(sentence) => match sentence.en.matches(&question.answer).count() {
                    1 => {}
                    times => {
                        wrong(field, &format!("the answer stands {times} times in sentence {}", question.sentence))
                    }
                },
            }
        }
    });
}

#[test]
fn no_eight_words_in_a_row_stand_in_two_fables() {
    let book = book();
    let mut first: HashMap<Vec<String>, u32> = HashMap::new();
    let mut wrong = BTreeSet::new();
    for fable in book.all() {
        let text: Vec<&str> = fable.english().collect();
        let words: Vec<String> =
            words(&text.join(" ")).into_iter().filter(|word| word.starts_with(char::is_alphanumeric)).collect();
        for run in words.windows(8) {
            let other = *first.entry(run.to_vec()).or_insert(fable.id);
            if other != fable.id {
                wrong.insert(format!(
                    "{}: sentences: {:?} stands in fable {other} too",
                    file(fable).display(),
                    run.join(" ")
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_split_is_by_fable_and_nothing_leaks() {
    let book = book();
    let sides = [Split::Train, Split::Valid, Split::Test].map(|split| book.of(split));
    assert_eq!(sides.iter().map(Vec::len).sum::<usize>(), book.all().len());
    for (i, side) in sides.iter().enumerate() {
        assert!(!side.is_empty(), "side {i} of the split is empty");
    }
    let mut titles = HashMap::new();
    for fable in book.all() {
        if let Some(other) = titles.insert(&fable.title.en, fable.id) {
            panic!("{}: title: fable {other} has it too", file(fable).display());
        }
    }
}

#[test]
fn sentences_for_language_models_are_words_and_marks() {
    let book = book();
    let sentences = book.sentences(Split::Train);
    let expected: usize = book.of(Split::Train).iter().map(|fable| fable.sentences.len() + 1).sum();
    assert_eq!(sentences.len(), expected);
    for sentence in &sentences {
        assert_eq!(words(sentence).join(" "), *sentence, "tokenizing again changes nothing");
    }
    let first = &book.all()[0];
    assert_eq!(sentences[0], words(&first.sentences[0].en).join(" "));
    assert_eq!(book.lines()[..2], [first.title.en.clone(), first.sentences[0].en.clone()]);
}

/// The table of `data/README.md`; a failure shows what it should be.
#[test]
fn the_figures_of_the_readme_are_those_of_the_book() {
    let book = book();
    let (en, zh) = (book.english_statistics(), book.chinese_statistics());
    let row =
        |name: &str, figure: fn(&Statistics) -> String| format!("| {name} | {} | {} |\n", figure(&en), figure(&zh));
    let table = [
        "| stories and morals | English, words and marks | Chinese, characters |\n|---|--:|--:|\n".into(),
        row("sentences", |s| thousands(s.sentences)),
        row("tokens", |s| thousands(s.tokens)),
        row("vocabulary (different tokens)", |s| thousands(s.vocabulary)),
        row("tokens of a sentence: mean", |s| format!("{:.1}", s.mean_length)),
        row("tokens of a sentence: median", |s| s.median_length.to_string()),
        row("tokens of a sentence: longest", |s| s.longest.to_string()),
        row("held-out tokens unseen in training", |s| format!("{:.1} %", 100.0 * s.unseen)),
    ]
    .concat();
    let readme = fs::read_to_string("data/README.md").unwrap();
    assert!(readme.contains(&table), "data/README.md should hold this table:\n\n{table}");
}

fn thousands(n: usize) -> String {
    if n < 1000 { n.to_string() } else { format!("{},{:03}", n / 1000, n % 1000) }
}

#[test]
fn statistics_count_tokens_lengths_and_what_is_new() {
    let text = |lines: &[&str]| lines.iter().map(|line| words(line)).collect::<Vec<_>>();
    let (train, held_out) = (text(&["the fox ran", "the fox"]), text(&["the crow", "a fox saw the crow sing"]));
    let found = Statistics::count(&train, &held_out);
    let (sentences, tokens, vocabulary, longest) = (4, 13, 7, 6);
    // New are crow, a, saw, crow, sing.
    let (mean_length, median_length, unseen) = (3.25, 2.5, 5.0 / 8.0);
    assert_eq!(found, Statistics { sentences, tokens, vocabulary, mean_length, median_length, longest, unseen });
    let nothing = Statistics::count(&[], &[]);
    assert_eq!((nothing.tokens, nothing.mean_length, nothing.unseen), (0, 0.0, 0.0));
}
