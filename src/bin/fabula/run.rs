//! `fabula run`: executes chapters as a reader would, without a browser.

use crate::{
    client::{Executed, Kernel},
    course::{Course, replace},
    notebook::{self, Cell, unlines},
    setup,
};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

#[derive(Args)]
pub struct RunArgs {
    /// Chapters by name or by the beginning of it (`01`, `01_ngram`, `solutions/01`), or Markdown files of your own
    /// [default: all chapters]
    chapters: Vec<String>,
    /// Write nothing; fail where the stored notebooks differ from their sources or from what the cells now give
    #[arg(long)]
    check: bool,
    /// Show claims that differ from the scoreboard instead of failing: for authors
    #[arg(long, conflicts_with = "check")]
    draft: bool,
    /// Compute anew what chapters keep in notebooks/stored under this name, or one that begins so, instead of reading
    /// it; that may take an hour: see --limit
    #[arg(long, value_name = "NAME", conflicts_with = "check")]
    anew: Option<String>,
    /// The longest that one cell may take, in seconds
    #[arg(long, default_value_t = 600)]
    limit: u64,
}

#[derive(Args)]
pub struct SourceArgs {
    /// Chapters by name or by the beginning of it
    #[arg(required = true)]
    chapters: Vec<String>,
}

/// A chapter: its source in `notebooks/src`, and the notebook made from it.
pub struct Chapter {
    /// For instance `01_ngram` or `solutions/01_ngram`.
    pub name: String,
    pub source: PathBuf,
    pub notebook: PathBuf,
}

impl Chapter {
    /// All chapters, solutions last.
    pub fn all(course: &Course) -> Result<Vec<Chapter>> {
        let sources = course.notebooks().join("src");
        let mut chapters = Vec::new();
        for folder in ["", "solutions/"] {
            let Ok(entries) = fs::read_dir(sources.join(folder)) else { continue };
            let mut names: Vec<String> = entries
                .flatten()
                .filter_map(|entry| {
                    entry.file_name().to_str()?.strip_suffix(".md").map(|stem| format!("{folder}{stem}"))
                })
                .collect();
            names.sort();
            chapters.extend(names.into_iter().map(|name| Chapter {
                source: sources.join(format!("{name}.md")),
                notebook: course.notebooks().join(format!("{name}.ipynb")),
                name,
            }));
        }
        ensure!(!chapters.is_empty(), "no chapters in {}", sources.display());
        Ok(chapters)
    }

    /// The chapters that are wished for, in their own order; no wish stands for all of them.
    pub fn named(course: &Course, wishes: &[String]) -> Result<Vec<Chapter>> {
        let (files, names): (Vec<&String>, Vec<&String>) =
            wishes.iter().partition(|wish| wish.ends_with(".md") && PathBuf::from(wish).is_file());
        let all = Chapter::all(course)?;
        if let Some(lost) = names.iter().find(|wish| !all.iter().any(|chapter| chapter.is(wish))) {
            let known = all.iter().map(|chapter| chapter.name.as_str()).collect::<Vec<_>>().join(", ");
            bail!("there is no chapter `{lost}`, nor a file of that name that ends in .md. There are: {known}");
        }
        let mut chosen: Vec<Chapter> =
            all.into_iter().filter(|chapter| wishes.is_empty() || names.iter().any(|wish| chapter.is(wish))).collect();
        for file in files {
            chosen.push(Chapter::in_file(PathBuf::from(file).canonicalize()?));
        }
        Ok(chosen)
    }

    /// A chapter that does not belong to the course: its notebook is written beside it.
    fn in_file(source: PathBuf) -> Chapter {
        let name = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Chapter { notebook: source.with_extension("ipynb"), name, source }
    }

    fn is(&self, wish: &str) -> bool {
        self.name.starts_with(wish.trim_end_matches(".ipynb").trim_end_matches(".md"))
    }

    pub fn cells(&self) -> Result<Vec<Cell>> {
        let text =
            fs::read_to_string(&self.source).with_context(|| format!("cannot read {}", self.source.display()))?;
        notebook::parse_markdown(&text).with_context(|| format!("{} is not a chapter's source", self.source.display()))
    }

    fn write(&self, cells: &[Cell], outputs: &[Vec<Value>]) -> Result<()> {
        let id = self.name.replace(['/', '_'], "-");
        replace(&self.notebook, &notebook::to_text(&notebook::to_json(&id, cells, outputs)))
    }
}

pub fn run(args: RunArgs) -> Result<()> {
    let course = Course::find()?;
    let chapters = Chapter::named(&course, &args.chapters)?;
    let chapters = chapters.into_iter().map(|chapter| Ok((chapter.cells()?, chapter))).collect::<Result<Vec<_>>>()?;
    let sources = chapters.iter().flat_map(|(cells, _)| cells).filter_map(|cell| match cell {
        Cell::Code { source, .. } => Some(source.as_str()),
        Cell::Text(_) => None,
    });
    setup::for_cells(&course, sources)?;
    for (cells, chapter) in chapters {
        let start = Instant::now();
        let outputs = execute(&course, &chapter, &cells, &args)?;
        if args.draft {
            print_claims(&outputs);
            chapter.write(&cells, &outputs)?;
            continue;
        }
        check_claims(&course, &chapter, &outputs)?;
        let end = if args.check {
            check(&chapter, &cells, &outputs)?;
            "agrees with the stored notebook"
        } else {
            chapter.write(&cells, &outputs)?;
            "written"
        };
        println!("{}: {end}, {:.0} s", chapter.name, start.elapsed().as_secs_f64());
    }
    Ok(())
}

pub fn source(args: SourceArgs) -> Result<()> {
    let course = Course::find()?;
    for chapter in Chapter::named(&course, &args.chapters)? {
        let (cells, _) = notebook::read(&chapter.notebook)?;
        replace(&chapter.source, &notebook::to_markdown(&cells))?;
        println!("{} written from {}", chapter.source.display(), chapter.notebook.display());
    }
    Ok(())
}

/// Runs all code cells in a new kernel; the outputs of each.
fn execute(course: &Course, chapter: &Chapter, cells: &[Cell], args: &RunArgs) -> Result<Vec<Vec<Value>>> {
    let folder = chapter.notebook.parent().context("a notebook lies in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let limit = Duration::from_secs(args.limit);
    let mut envs = setup::kernel_envs(course);
    if args.draft {
        envs.push((fabula::course::DRAFT.into(), "1".into()));
    }
    if let Some(name) = &args.anew {
        envs.push((fabula::course::ANEW.into(), name.clone()));
    }
    let mut kernel = Kernel::start(&course.kernel(), &envs, folder)?;
    let total = cells.iter().filter(|cell| matches!(cell, Cell::Code { .. })).count();
    let mut outputs = Vec::new();
    for cell in cells {
        let Cell::Code { source, .. } = cell else { continue };
        let place = format!("{}, cell {} of {total}", chapter.name, outputs.len() + 1);
        let first = source.lines().next().unwrap_or_default();
        let Executed { outputs: found, error, seconds } =
            kernel.execute(source, limit).with_context(|| format!("{place}\n{source}\n"))?;
        println!(
            "{} [{}/{total}] {seconds:6.2} s  {}",
            chapter.name,
            outputs.len() + 1,
            first.chars().take(80).collect::<String>()
        );
        match (error, cell.has_tag("raises-exception")) {
            (Some((name, text)), false) => bail!("{place}: {name}\n{text}\n\nThe cell:\n{source}"),
            (None, true) => bail!("{place} is tagged `raises-exception`, but nothing failed\n\nThe cell:\n{source}"),
            _ => outputs.push(found),
        }
    }
    kernel.shut_down()?;
    Ok(outputs)
}

/// Every claim that the scoreboard holds for a chapter must be made there. Whether each is within its tolerance, the
/// claim itself has checked: a cell with a wrong one has failed.
fn check_claims(course: &Course, chapter: &Chapter, outputs: &[Vec<Value>]) -> Result<()> {
    let board = fabula::course::Scoreboard::load(&course.notebooks().join("scoreboard.json"))?;
    let made: BTreeSet<String> = claims(outputs);
    let missing: Vec<&str> = board.of_chapter(&chapter.name).filter(|name| !made.contains(*name)).collect();
    ensure!(
        missing.is_empty(),
        "{}: the scoreboard expects claims that no cell makes: {}",
        chapter.name,
        missing.join(", ")
    );
    Ok(())
}

fn claims(outputs: &[Vec<Value>]) -> BTreeSet<String> {
    printed(outputs).filter_map(|line| fabula::course::claimed_name(&line).map(str::to_owned)).collect()
}

fn print_claims(outputs: &[Vec<Value>]) {
    printed(outputs).filter(|line| fabula::course::claimed_name(line).is_some()).for_each(|line| println!("{line}"));
}

/// All lines that the cells printed.
fn printed(outputs: &[Vec<Value>]) -> impl Iterator<Item = String> {
    let streams = outputs.iter().flatten().filter(|output| output["output_type"] == "stream");
    streams.flat_map(|output| unlines(&output["text"]).lines().map(str::to_owned).collect::<Vec<_>>())
}

/// Compares source, cells, kinds of output and claims; cells tagged `varies` may give what they like.
fn check(chapter: &Chapter, cells: &[Cell], outputs: &[Vec<Value>]) -> Result<()> {
    let mend = format!("run `cargo run --release -- run {}`, look at what changed, and commit it", chapter.name);
    let (stored_cells, stored_outputs) =
        notebook::read(&chapter.notebook).with_context(|| format!("no stored notebook; {mend}"))?;
    for (place, (ours, theirs)) in cells.iter().zip(&stored_cells).enumerate() {
        ensure!(
            ours == theirs,
            "{}: part {} of the source is not what the notebook holds; {mend}\n\nsource: {ours:?}\n\nnotebook: {theirs:?}",
            chapter.name,
            place + 1
        );
    }
    ensure!(
        cells.len() == stored_cells.len(),
        "{}: the source has {} parts, the notebook {}; {mend}",
        chapter.name,
        cells.len(),
        stored_cells.len()
    );
    let code = cells.iter().filter(|cell| matches!(cell, Cell::Code { .. }));
    for (place, (cell, (now, stored))) in code.zip(outputs.iter().zip(&stored_outputs)).enumerate() {
        if !cell.has_tag("varies") {
            let (now, stored) = (kinds(now), kinds(stored));
            ensure!(
                now == stored,
                "{}, cell {}: gives {now:?}, but {stored:?} is stored; {mend}",
                chapter.name,
                place + 1
            );
        }
    }
    let (now, stored) = (claims(outputs), claims(&stored_outputs));
    ensure!(now == stored, "{}: claims {now:?}, but {stored:?} is stored; {mend}", chapter.name);
    Ok(())
}

fn kinds(outputs: &[Value]) -> Vec<String> {
    outputs
        .iter()
        .map(|output| match output["data"].as_object() {
            Some(data) => data.keys().cloned().collect::<Vec<_>>().join("+"),
            None => format!(
                "{}{}",
                output["output_type"].as_str().unwrap_or_default(),
                output["name"].as_str().map(|n| format!(" {n}")).unwrap_or_default()
            ),
        })
        .collect()
}
