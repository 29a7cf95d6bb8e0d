//! What the kernel promises, seen from a client.

use crate::{
    client::{Executed, Kernel},
    course::Course,
    setup,
    understudy::Understudy,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

const LIMIT: Duration = Duration::from_secs(300);

fn course() -> Course {
    let course = Course::find().unwrap();
    setup::for_cells(&course, []).unwrap();
    course
}

fn open(course: &Course) -> Kernel {
    let mut kernel = Kernel::start(&course.kernel(), &setup::kernel_envs(course), &course.notebooks()).unwrap();
    run(&mut kernel, setup::DEPENDENCY);
    kernel
}

fn run(kernel: &mut Kernel, cell: &str) -> Executed {
    kernel.execute(cell, LIMIT).unwrap()
}

fn printed(executed: &Executed) -> String {
    executed.outputs.iter().map(|output| crate::notebook::unlines(&output["text"])).collect()
}

#[test]
fn a_panic_is_an_error_and_keeps_the_variables() {
    let mut kernel = open(&course());
    run(&mut kernel, "let kept = vec![1, 2, 3];");
    let failed = run(&mut kernel, "assert_eq!(kept.len(), 4, \"a message\");");
    let (name, text) = failed.error.unwrap();
    assert!(name == "panic" && text.contains("a message") && text.contains("left: 3"), "{name}: {text}");
    let traceback = failed.outputs.last().unwrap()["traceback"].to_string();
    assert!(traceback.contains("in the line: assert_eq!(kept.len()") && !traceback.contains("evcxr"), "{traceback}");
    assert_eq!(printed(&run(&mut kernel, "println!(\"{}\", kept.len());")), "3\n");
    kernel.shut_down().unwrap();
}

#[test]
fn what_a_cell_shows_before_it_fails_is_shown() {
    let mut kernel = open(&course());
    let failed = run(&mut kernel, "println!(\"before\"); eprintln!(\"warned\"); let n = \"x\".parse::<i32>()?;");
    assert_eq!(failed.error.clone().unwrap(), ("Err".into(), "invalid digit found in string".into()));
    let kinds: Vec<String> = failed.outputs.iter().map(|output| output["output_type"].to_string()).collect();
    assert!(printed(&failed).contains("before\n") && printed(&failed).contains("warned\n"), "{kinds:?}");
    assert!(run(&mut kernel, "for _ in 0..2 {}").outputs.is_empty(), "a loop shows nothing");
    // A panic that the cell itself catches is no failure, and its report is not lost.
    let caught = run(&mut kernel, "let caught = std::panic::catch_unwind(|| panic!(\"inside\")).is_err();");
    assert!(caught.error.is_none() && printed(&caught).contains("inside"));
    kernel.shut_down().unwrap();
}

#[test]
fn two_notebooks_do_not_wait_for_each_other() {
    let course = course();
    let (mut busy, mut other) = (open(&course), open(&course));
    run(&mut other, "let x = 1;");
    let start = Instant::now();
    let sleeper = thread::spawn(move || {
        run(&mut busy, "std::thread::sleep(std::time::Duration::from_secs(30));");
        busy.shut_down().unwrap();
    });
    run(&mut other, "let y = x + 1;");
    assert!(start.elapsed() < Duration::from_secs(25), "the second notebook waited for the first");
    other.shut_down().unwrap();
    sleeper.join().unwrap();
}

/// The processes that have the given folder in their environment.
fn processes_with(folder: &str) -> Vec<PathBuf> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path());
    all.filter(|path| fs::read(path.join("environ")).is_ok_and(|env| String::from_utf8_lossy(&env).contains(folder)))
        .collect()
}

/// The kernel's environment, with another value for a variable.
fn envs_with(course: &Course, variable: &str, path: &Path) -> Vec<(String, String)> {
    let mut envs = setup::kernel_envs(course);
    envs.iter_mut().find(|(name, _)| name == variable).unwrap().1 = path.to_string_lossy().into_owned();
    envs
}

/// What is left of kernels that work in a folder: once it is nothing, or after ten seconds.
fn left(copies: &Path) -> (usize, Vec<PathBuf>) {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let folders = fs::read_dir(copies).unwrap().count();
        let processes = processes_with(&copies.to_string_lossy());
        if (folders == 0 && processes.is_empty()) || Instant::now() > deadline {
            return (folders, processes);
        }
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn an_understudy_is_a_kernel_like_any_other_and_ends_with_its_notebook() {
    let course = course();
    let copies = tempfile::tempdir().unwrap();
    let envs = envs_with(&course, "FABULA_LIVE", copies.path());
    let start = || Kernel::start(&course.kernel(), &envs, &course.notebooks()).unwrap();
    for kill in [false, true] {
        let mut understudy = Understudy::start(&course, &envs).unwrap();
        understudy.ready().unwrap();
        let mut kernel = start();
        understudy.taken().unwrap();
        assert_eq!(fs::read_dir(copies.path()).unwrap().count(), 1, "the kernel has no workspace of its own");
        run(&mut kernel, setup::DEPENDENCY);
        let first = run(&mut kernel, "fabula::text::words(\"A fox.\").len()");
        assert_eq!(first.outputs[0]["data"]["text/plain"].to_string().trim_matches(['[', ']', '"']), "3");
        let unknown = run(&mut kernel, "println!(\"{ready}\");").error.expect("nothing rehearsed is left");
        assert!(unknown.1.contains("cannot find value `ready`"), "{unknown:?}");
        if kill {
            Command::new("kill").args(["-9", &kernel.process_id().unwrap().to_string()]).status().unwrap();
        } else {
            kernel.shut_down().unwrap();
        }
        understudy.ended().unwrap();
        assert_eq!(left(copies.path()), (0, vec![]), "killed: {kill}");
    }
}

#[test]
fn an_understudy_gives_up_when_the_sources_have_changed() {
    let course = course();
    let (copies, sources) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::copy(course.root.join("Cargo.lock"), sources.path().join("Cargo.lock")).unwrap();
    fs::create_dir(sources.path().join("src")).unwrap();
    let mut envs = envs_with(&course, "FABULA_LIVE", copies.path());
    envs.iter_mut().find(|(name, _)| name == "FABULA_LOCK").unwrap().1 =
        sources.path().join("Cargo.lock").to_string_lossy().into_owned();
    let mut understudy = Understudy::start(&course, &envs).unwrap();
    understudy.ready().unwrap();
    fs::write(sources.path().join("src/lib.rs"), "//! Just written.").unwrap();
    let mut kernel = Kernel::start(&course.kernel(), &envs, &course.notebooks()).unwrap();
    understudy.ended().unwrap();
    assert_eq!(printed(&run(&mut kernel, "println!(\"here\");")), "here\n");
    kernel.shut_down().unwrap();
}

#[test]
fn nothing_is_left_behind_when_kernels_end_or_are_killed() {
    let course = course();
    let copies = tempfile::tempdir().unwrap();
    let envs = envs_with(&course, "FABULA_LIVE", copies.path());
    let start = || Kernel::start(&course.kernel(), &envs, &course.notebooks()).unwrap();
    start().shut_down().unwrap();
    assert_eq!(left(copies.path()), (0, vec![]), "after a kernel has ended");
    let mut killed = start();
    run(&mut killed, "let x = 1;");
    Command::new("kill").args(["-9", &killed.process_id().unwrap().to_string()]).status().unwrap();
    assert_eq!(left(copies.path()), (0, vec![]), "after a kernel was killed");
}

#[test]
fn a_client_that_goes_before_its_answer_comes_takes_nobody_with_it() {
    let mut kernel = open(&course());
    kernel.ask_and_leave("std::thread::sleep(std::time::Duration::from_secs(1));").unwrap();
    // Long enough for that cell to be over, and its answer to find nobody.
    thread::sleep(Duration::from_secs(6));
    assert_eq!(printed(&run(&mut kernel, "println!(\"{}\", 1 + 1);")), "2\n");
    kernel.shut_down().unwrap();
}
