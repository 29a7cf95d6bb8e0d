//! The course itself, driven through its command as a reader drives it.

use std::{
    env, fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn fabula(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fabula"));
    command.current_dir(folder).args(args);
    command
}

fn text(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A chapter of the given cells, in a file of its own.
fn chapter(folder: &Path, name: &str, cells: &[&str]) -> String {
    let dependency = format!(":dep fabula = {{ path = {ROOT:?}, default-features = false }}\nuse fabula::prelude::*;");
    let blocks =
        [dependency.as_str()].into_iter().chain(cells.iter().copied()).map(|cell| format!("```rust\n{cell}\n```\n\n"));
    let file = folder.join(name);
    fs::write(&file, format!("---\njupyter: {{}}\n---\n\n{}", blocks.collect::<String>())).unwrap();
    file.to_string_lossy().into_owned()
}

/// Runs a chapter that must fail, and says how it did.
fn failure(cells: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("scoreboard.json"), SCOREBOARD).unwrap();
    let file = chapter(folder.path(), "planted.md", cells);
    let output = fabula(Path::new(ROOT), &["run", &file]).output().unwrap();
    assert!(!output.status.success(), "the run should have failed:\n{}", text(&output));
    assert!(!folder.path().join("planted.ipynb").exists(), "a failed run wrote its notebook");
    text(&output)
}

const SCOREBOARD: &str = r#"{"claims": [{"chapter": "x", "name": "two", "value": 2.0, "unit": "", "tolerance": 0.1}]}"#;

#[test]
fn every_chapter_runs_and_agrees_with_its_stored_notebook() {
    let output = fabula(Path::new(ROOT), &["run", "--check"]).output().unwrap();
    println!("{}", text(&output));
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn a_failing_assert_planted_in_a_chapter_fails_the_run() {
    let source = fs::read_to_string(Path::new(ROOT).join("notebooks/src/01_ngram.md")).unwrap();
    let (head, rest) = source.split_once("```rust\nprintln!").expect("chapter 01 has a cell that prints");
    let planted = format!("{head}```rust\nassert!(1 + 1 == 3, \"planted\");\n```\n\n```rust\nprintln!{rest}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy.md");
    fs::write(&file, planted.replace("path = \"..\"", &format!("path = {ROOT:?}"))).unwrap();
    let output = fabula(Path::new(ROOT), &["run", file.to_str().unwrap()]).output().unwrap();
    let said = text(&output);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("copy, cell 2") && said.contains("planted") && said.contains("panic"), "{said}");
}

#[test]
fn every_kind_of_failure_fails_the_run_and_is_named() {
    let said = failure(&["let x: i32 = \"text\";"]);
    assert!(said.contains("planted, cell 2 of 2") && said.contains("mismatched types"), "compile error: {said}");
    let said = failure(&["let n = \"x\".parse::<i32>()?;"]);
    assert!(said.contains("cell 2") && said.contains("invalid digit"), "an Err passed on: {said}");
    let said = failure(&["std::process::exit(3);"]);
    assert!(said.contains("cell 2"), "the process of the cells is gone: {said}");
    let said = failure(&["claim(\"two\", 2.05);", "claim(\"two\", 2.5);"]);
    assert!(said.contains("cell 3") && said.contains("found 2.5") && said.contains("2 ± 0.1"), "a wrong claim: {said}");
    // Up from the cell: the stage, evcxr, and then the kernel itself.
    let parent = "ps -o ppid= -p";
    let kill = format!(
        "std::process::Command::new(\"sh\").args([\"-c\", \"kill -9 $({parent} $({parent} $({parent} $PPID)))\"]).status().unwrap();"
    );
    let said = failure(&[&kill, "std::thread::sleep(std::time::Duration::from_secs(60));"]);
    assert!(said.contains("the kernel died"), "a dead kernel: {said}");
}

#[test]
fn drift_between_source_and_notebook_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = chapter(folder.path(), "mine.md", &["println!(\"{}\", 1 + 1);"]);
    let run = |args: &[&str]| fabula(Path::new(ROOT), args).output().unwrap();
    assert!(run(&["run", &file]).status.success());
    let stored = fs::read_to_string(folder.path().join("mine.ipynb")).unwrap();
    assert!(stored.contains("\"2\\n\"") && !stored.contains("execution_count\": 1"), "{stored}");
    assert!(run(&["run", &file]).status.success());
    assert_eq!(
        stored,
        fs::read_to_string(folder.path().join("mine.ipynb")).unwrap(),
        "a second run gives another file"
    );
    assert!(run(&["run", "--check", &file]).status.success());
    chapter(folder.path(), "mine.md", &["println!(\"{}\", 1 + 2);"]);
    let said = run(&["run", "--check", &file]);
    assert!(!said.status.success() && text(&said).contains("part 2"), "{}", text(&said));
}

#[test]
fn a_course_in_a_folder_with_spaces_runs() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("my course");
    fs::create_dir(&root).unwrap();
    for name in ["Cargo.toml", "Cargo.lock", "src", "data", "notebooks", "target"] {
        std::os::unix::fs::symlink(Path::new(ROOT).join(name), root.join(name)).unwrap();
    }
    let file = chapter(folder.path(), "spaced.md", &["println!(\"{}\", words(\"It works.\").len());"]);
    // What such a course sets up goes where temporary files go.
    let output = fabula(&root, &["run", &file]).env("TMPDIR", folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn an_unknown_chapter_is_answered_with_the_known_ones() {
    let output = fabula(Path::new(ROOT), &["run", "99"]).output().unwrap();
    assert!(!output.status.success() && text(&output).contains("01_ngram"), "{}", text(&output));
}

#[test]
fn a_port_in_use_is_explained() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = fabula(Path::new(ROOT), &["lab", "--no-browser", "--port", &port]).output().unwrap();
    assert!(!output.status.success() && text(&output).contains(&format!("port {port} is in use")), "{}", text(&output));
}

#[test]
fn a_python_without_venv_is_explained() {
    // A stand-in that passes the question for its version and fails at `import venv`, as Debian's python3 does.
    let folder = tempfile::tempdir().unwrap();
    let python = folder.path().join("python3");
    fs::write(&python, "#!/bin/sh\ncase \"$*\" in *venv*) exit 1;; esac\necho Python 3.12.0\n").unwrap();
    fs::set_permissions(&python, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let output = fabula(Path::new(ROOT), &["doctor"]).env("FABULA_PYTHON", &python).output().unwrap();
    assert!(!output.status.success() && text(&output).contains("python3-venv"), "{}", text(&output));
}

/// `lab`, which also registers the kernel for the user's own Jupyter: not in the home of whoever runs the tests.
fn lab(home: &Path, args: &[&str]) -> Command {
    let mut lab = fabula(Path::new(ROOT), &[&["lab"], args].concat());
    let real_home = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        lab.env(name, env::var_os(name).map_or_else(|| real_home.join(folder), PathBuf::from));
    }
    lab.env("XDG_DATA_HOME", home).env("HOME", home).env("JUPYTER_TOKEN", "test");
    lab
}

/// The kinds and sources of a notebook's cells.
fn cells(notebook: &[u8]) -> Vec<(String, String)> {
    let notebook: serde_json::Value = serde_json::from_slice(notebook).unwrap();
    let source = |cell: &serde_json::Value| match &cell["source"] {
        serde_json::Value::Array(lines) => lines.iter().filter_map(|line| line.as_str()).collect(),
        source => source.as_str().unwrap_or_default().to_owned(),
    };
    notebook["cells"].as_array().unwrap().iter().map(|cell| (cell["cell_type"].to_string(), source(cell))).collect()
}

#[test]
fn jupytext_reads_a_source_as_the_course_does() {
    let home = tempfile::tempdir().unwrap();
    assert!(lab(home.path(), &["--setup-only"]).status().unwrap().success());
    let notebooks = Path::new(ROOT).join("notebooks");
    for name in ["00_start_here", "01_ngram", "solutions/01_ngram"] {
        let mut jupytext = Command::new(Path::new(ROOT).join("target/course/python/bin/jupytext"));
        let source = notebooks.join(format!("src/{name}.md"));
        let output = jupytext.args(["--to", "ipynb", "--output", "-"]).arg(source).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        let ours = fs::read(notebooks.join(format!("{name}.ipynb"))).unwrap();
        assert_eq!(cells(&ours), cells(&output.stdout), "{name}");
    }
}

#[test]
fn lab_opens_with_the_kernel() {
    let home = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut lab =
        lab(home.path(), &["--no-browser", "--port", &port.to_string()]).stdin(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(1500);
    let kernels = loop {
        match get(port, "/api/kernelspecs?token=test") {
            Ok(answer) if answer.contains("200 OK") => break answer,
            _ if lab.try_wait().unwrap().is_some() => panic!("lab ended"),
            _ if Instant::now() > deadline => panic!("JupyterLab does not answer"),
            _ => thread::sleep(Duration::from_millis(300)),
        }
    };
    assert!(kernels.contains("\"fabula\""), "{kernels}");
    let page = get(port, "/lab/tree/00_start_here.ipynb?token=test").unwrap();
    assert!(page.contains("200 OK"), "{page}");
    let _ = post(port, "/api/shutdown?token=test");
    thread::sleep(Duration::from_secs(1));
    let _ = lab.kill();
    let _ = lab.wait();
    assert!(
        home.path().join("jupyter/kernels/fabula/kernel.json").exists(),
        "the kernel is not registered for the user"
    );
}

fn get(port: u16, path: &str) -> std::io::Result<String> {
    ask(port, "GET", path)
}

fn post(port: u16, path: &str) -> std::io::Result<String> {
    ask(port, "POST", path)
}

fn ask(port: u16, method: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
