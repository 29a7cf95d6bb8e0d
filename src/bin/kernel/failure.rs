//! A cell's failure in words: from the stage's note to the name, text and traceback of a Jupyter error.

use crate::stage::FAILURE;
use jupyter_protocol::{Media, ReplyError};
use std::{fs, path::Path};

/// Splits the stage's note of a failure from the other outputs of a cell.
pub fn take(data: &Media, workspace: &Path) -> Option<(ReplyError, Option<Media>)> {
    let mut data = serde_json::to_value(data).ok()?;
    let note = data.as_object_mut()?.remove(FAILURE)?;
    let note = note.as_str().map_or(Some(note.clone()), |text| serde_json::from_str(text).ok())?;
    let lines: Vec<String> = serde_json::from_value(note["text"].clone()).ok()?;
    let rest = data
        .as_object()
        .is_some_and(|rest| !rest.is_empty())
        .then(|| serde_json::from_value(data.clone()).ok())
        .flatten();
    if note["kind"] != "panic" {
        return Some((ReplyError { ename: "Err".into(), evalue: lines.join("\n"), traceback: lines }, rest));
    }
    // The first line of a panic's report names the thread and the place, the others say what went wrong.
    let (place, said) = lines.split_first().map(|(first, said)| (first.as_str(), said.to_vec())).unwrap_or_default();
    let evalue = said.join("\n");
    let traceback = said.into_iter().chain(where_it_was(place, workspace)).collect();
    Some((ReplyError { ename: "panic".into(), evalue, traceback }, rest))
}

/// The place of a panic in words that a reader can use: the line of the cell itself, or a file of a crate.
fn where_it_was(report: &str, workspace: &Path) -> Option<String> {
    let (_, place) = report.split_once("panicked at ")?;
    let mut parts = place.trim_end_matches(':').rsplitn(3, ':');
    let (_column, line, file) = (parts.next()?, parts.next()?, parts.next()?);
    if file == "src/lib.rs" {
        // What evcxr has made of the cell: its lines are counted with evcxr's own, so the line itself is shown.
        let source = fs::read_to_string(workspace.join(file)).ok()?;
        let text = source.lines().nth(line.parse::<usize>().ok()?.checked_sub(1)?)?;
        return Some(format!("in the line: {}", text.trim()));
    }
    let inside = file.rfind("/src/").map_or(file, |at| &file[at + 1..]);
    Some(format!("in {inside}, line {line}"))
}
