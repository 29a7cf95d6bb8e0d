//! What the kernel promises, seen from a client.

use crate::{
    client::{Executed, Kernel},
    course::Course,
    setup,
};
use std::{
    fs,
    path::PathBuf,
    process::Command,
    thread,
    time::{Duration, Instant},
};

const LIMIT: Duration = Duration::from_secs(300);

fn course() -> Course {
    let course = Course::find().unwrap();
    setup::for_cells(&course).unwrap();
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

#[test]
fn nothing_is_left_behind_when_kernels_end_or_are_killed() {
    let course = course();
    let copies = tempfile::tempdir().unwrap();
    let mut envs = setup::kernel_envs(&course);
    envs.iter_mut().find(|(name, _)| name == "FABULA_LIVE").unwrap().1 = copies.path().to_string_lossy().into_owned();
    let start = || Kernel::start(&course.kernel(), &envs, &course.notebooks()).unwrap();
    let settled = || {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let folders = fs::read_dir(copies.path()).unwrap().count();
            let processes = processes_with(&copies.path().to_string_lossy());
            if (folders == 0 && processes.is_empty()) || Instant::now() > deadline {
                return (folders, processes);
            }
            thread::sleep(Duration::from_millis(100));
        }
    };
    start().shut_down().unwrap();
    assert_eq!(settled(), (0, vec![]), "after a kernel has ended");
    let mut killed = start();
    run(&mut killed, "let x = 1;");
    Command::new("kill").args(["-9", &killed.process_id().unwrap().to_string()]).status().unwrap();
    assert_eq!(settled(), (0, vec![]), "after a kernel was killed");
}
