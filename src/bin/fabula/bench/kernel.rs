//! What a reader waits for: the course's kernel beside evcxr as it comes, both running chapter 01 in this run.

use super::{median, report};
use crate::{client::Kernel, course::Course, notebook::Cell, run::Chapter, setup, understudy::Understudy};
use anyhow::{Context, Result, ensure};
use fabula::prelude::*;
use std::{
    fs,
    path::PathBuf,
    process::Command,
    thread,
    time::{Duration, Instant},
};

const LIMIT: Duration = Duration::from_secs(1800);

/// How long a reader waits, in seconds.
struct Times {
    /// From starting the kernel to the end of the first cell that shows something.
    first_result: f64,
    /// The cells after it, each.
    cells: Vec<f64>,
}

pub fn run() -> Result<()> {
    let course = Course::find()?;
    setup::for_cells(&course, [])?;
    let chapter = Chapter::named(&course, &["01".into()])?.pop().context("chapter 01 is missing")?;
    let sources: Vec<String> = chapter
        .cells()?
        .into_iter()
        .filter_map(|cell| match cell {
            Cell::Code { source, .. } => Some(source),
            Cell::Text(_) => None,
        })
        .collect();

    let envs = setup::kernel_envs(&course);
    let cold = time_chapter(&course, &envs, &sources[..3])?;
    println!("course's kernel, nothing ready: first result after {:.1} s", cold.first_result);
    let start = Instant::now();
    let mut understudy = Understudy::start(&course, &envs)?;
    understudy.ready()?;
    println!("an understudy rehearses, as one does while JupyterLab is open: {:.1} s", start.elapsed().as_secs_f64());
    let ours = time_chapter(&course, &envs, &sources)?;
    understudy.taken().context("the kernel did not take the understudy")?;
    println!(
        "course's kernel, from the understudy: first result after {:.1} s, median of {} ordinary cells {:.2} s",
        ours.first_result,
        ours.cells.len(),
        median(&ours.cells)
    );
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    fs::create_dir(path("config"))?;
    let stock = [
        ("FABULA_KERNEL_ROLE", "stock".into()),
        ("EVCXR_TMPDIR", path("evcxr")),
        ("EVCXR_CONFIG_DIR", path("config")),
        ("JUPYTER_PATH", path("none")),
    ];
    let stock: Vec<(String, String)> = stock.map(|(name, value): (&str, String)| (name.into(), value)).to_vec();
    println!("stock evcxr builds every dependency now: this takes minutes");
    let theirs = time_chapter(&course, &stock, &sources)?;
    println!(
        "stock evcxr:     first result after {:.1} s, median of {} ordinary cells {:.2} s\n",
        theirs.first_result,
        theirs.cells.len(),
        median(&theirs.cells)
    );

    let ratio = theirs.first_result / ours.first_result;
    report("start to first result: stock / course", format!("{ratio:.1} ×"), "at least 10 ×", ratio >= 10.0);
    let ratio = theirs.first_result / cold.first_result;
    println!("  the same without an understudy {ratio:.1} ×");
    let ratio = median(&ours.cells) / median(&theirs.cells);
    report("median of the ordinary cells: course / stock", format!("{ratio:.2}"), "at most 0.4", ratio <= 0.4);
    two_at_once(&course)?;
    speed_in_a_cell(&course)?;
    nothing_left(&course)
}

fn time_chapter(course: &Course, envs: &[(String, String)], sources: &[String]) -> Result<Times> {
    let start = Instant::now();
    let mut kernel = Kernel::start(&course.kernel(), envs, &course.notebooks())?;
    let mut times = Times { first_result: 0.0, cells: Vec::new() };
    for source in sources {
        let executed = kernel.execute(source, LIMIT)?;
        ensure!(executed.error.is_none(), "a cell of chapter 01 fails: {source}\n{:?}", executed.error);
        if times.first_result > 0.0 {
            times.cells.push(executed.seconds);
        } else if !executed.outputs.is_empty() {
            times.first_result = start.elapsed().as_secs_f64();
        }
    }
    kernel.shut_down()?;
    Ok(times)
}

fn open(course: &Course) -> Result<Kernel> {
    let mut kernel = Kernel::start(&course.kernel(), &setup::kernel_envs(course), &course.notebooks())?;
    for cell in [setup::DEPENDENCY, "use fabula::prelude::*;"] {
        kernel.execute(cell, LIMIT)?;
    }
    Ok(kernel)
}

/// A cell that sleeps in one notebook must not hold up a cell in another.
fn two_at_once(course: &Course) -> Result<()> {
    let (mut busy, mut other) = (open(course)?, open(course)?);
    let cell = "let x = (1..=10).sum::<i32>();";
    other.execute(cell, LIMIT)?;
    let alone = other.execute(cell, LIMIT)?.seconds;
    let sleeper = thread::spawn(move || {
        busy.execute("std::thread::sleep(std::time::Duration::from_secs(8));", LIMIT).map(|_| busy)
    });
    thread::sleep(Duration::from_secs(2));
    let beside = other.execute(cell, LIMIT)?.seconds;
    report(
        "a cell while another notebook is busy for 8 s",
        format!("{beside:.2} s"),
        &format!("no wait (alone {alone:.2} s)"),
        beside < alone + 2.0,
    );
    let busy = sleeper.join().expect("the thread only runs a cell")?;
    busy.shut_down()?;
    other.shut_down()
}

/// The same calls in a cell and in this program, which cargo has built in release mode.
fn speed_in_a_cell(course: &Course) -> Result<()> {
    let text = super::ngram::text(200_000);
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), text.join("\n"))?;
    let read = format!("let text = read_lines({:?}.as_ref())?;", file.path());

    let config = NgramConfig { order: 5, ..Default::default() };
    let setup = "let config = NgramConfig { order: 5, ..Default::default() };";
    in_alternation(course, "counting", [&read, setup], "NgramModel::fit(&text, &config)?", || {
        NgramModel::fit(&text, &config)?;
        Ok(())
    })?;

    let codec = Codec::build(&text[..2_000], Level::Char, 1)?;
    let corpus = codec.corpus(&text[..2_000])?;
    let training = LmTraining { limit: Limit::Steps(300), quiet: true, ..Default::default() };
    let setup = "let codec = Codec::build(&text[..2_000], Level::Char, 1)?;
        let corpus = codec.corpus(&text[..2_000])?;
        let training = LmTraining { limit: Limit::Steps(300), quiet: true, ..Default::default() };";
    let cell = "RecurrentLm::new(Default::default(), codec.vocab().clone())?.fit(&corpus, None, &training)?";
    in_alternation(course, "training an LSTM", [&read, setup], cell, || {
        let model = RecurrentLm::new(Default::default(), codec.vocab().clone())?;
        model.fit(&corpus, None, &training)?;
        Ok(())
    })
}

/// How fast an expression is in a cell, of how fast it is here.
fn in_alternation(
    course: &Course,
    what: &str,
    setup: [&str; 2],
    expression: &str,
    here: impl Fn() -> Result<()>,
) -> Result<()> {
    let mut kernel = open(course)?;
    for cell in setup {
        let executed = kernel.execute(cell, LIMIT)?;
        ensure!(executed.error.is_none(), "{:?}", executed.error);
    }
    let cell = format!(
        "let start = std::time::Instant::now(); drop({expression}); println!(\"{{}}\", start.elapsed().as_secs_f64());"
    );
    let mut ratios = Vec::new();
    for _ in 0..7 {
        let start = Instant::now();
        here()?;
        let here = start.elapsed().as_secs_f64();
        let executed = kernel.execute(&cell, LIMIT)?;
        ensure!(executed.error.is_none(), "{:?}", executed.error);
        let printed = crate::notebook::unlines(&executed.outputs[0]["text"]);
        let there: f64 = printed.trim().parse().with_context(|| format!("the cell printed {printed:?}"))?;
        ratios.push(here / there);
    }
    kernel.shut_down()?;
    let ratio = 100.0 * median(&ratios);
    report(
        &format!("the library's speed in a cell, of a release build's: {what}"),
        format!("{ratio:.0} %"),
        "at least 95 %",
        ratio >= 95.0,
    );
    Ok(())
}

/// After a kernel is shut down, and after one is killed, neither processes nor folders stay.
fn nothing_left(course: &Course) -> Result<()> {
    open(course)?.shut_down()?;
    let killed = open(course)?;
    let id = killed.process_id().context("the kernel runs")?.to_string();
    Command::new("kill").args(["-9", &id]).status()?;
    thread::sleep(Duration::from_secs(2));
    drop(killed);
    let left: Vec<PathBuf> = fs::read_dir(course.home.join("live"))?.flatten().map(|entry| entry.path()).collect();
    report("folders left by ended and killed kernels", left.len().to_string(), "0", left.is_empty());
    Ok(())
}
