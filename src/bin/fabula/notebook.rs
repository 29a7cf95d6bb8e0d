//! Chapters as text and as notebooks: Jupytext's Markdown on one side, Jupyter's JSON on the other.
//!
//! The part of Jupytext's format that the chapters use: a YAML head; a fenced `rust` block is a code cell, with
//! metadata such as `tags=["varies"]` after the language; text in between is Markdown cells, parted by two blank lines.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use std::{fs, path::Path};

/// The head of every chapter's source: it tells Jupytext and Jupyter the format and the kernel.
const HEAD: &str = "---
jupyter:
  jupytext:
    text_representation:
      extension: .md
      format_name: markdown
      format_version: '1.3'
  kernelspec:
    display_name: fabula
    language: rust
    name: fabula
---
";

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    Code { source: String, metadata: Map<String, Value> },
}

impl Cell {
    pub fn has_tag(&self, tag: &str) -> bool {
        match self {
            Cell::Text(_) => false,
            Cell::Code { metadata, .. } => {
                metadata.get("tags").and_then(Value::as_array).is_some_and(|tags| tags.iter().any(|t| t == tag))
            }
        }
    }
}

/// Reads a chapter's Markdown source.
pub fn parse_markdown(text: &str) -> Result<Vec<Cell>> {
    let text = text.replace("\r\n", "\n");
    let Some(body) = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).map(|(_, body)| body)
    else {
        bail!(
            "the source must open with the YAML head of a Jupytext notebook, between two lines of three hyphens:\n{HEAD}"
        );
    };
    let mut cells = Vec::new();
    let mut prose = Vec::new();
    let mut lines = body.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(info) = line.strip_prefix("```rust") else {
            prose.push(line);
            // Any other fenced block is prose, whatever stands in it.
            if line.starts_with("```") {
                for (_, line) in lines.by_ref() {
                    prose.push(line);
                    if line.trim_end() == "```" {
                        break;
                    }
                }
            }
            continue;
        };
        cells.extend(split_prose(&std::mem::take(&mut prose)));
        let mut code = Vec::new();
        loop {
            match lines.next() {
                Some((_, "```")) => break,
                Some((_, line)) => code.push(line),
                None => bail!("the code cell that opens in line {} of the text is never closed by ```", number + 1),
            }
        }
        cells.push(Cell::Code { source: code.join("\n"), metadata: parse_metadata(info)? });
    }
    cells.extend(split_prose(&prose));
    Ok(cells)
}

fn split_prose(lines: &[&str]) -> Vec<Cell> {
    let text = lines.join("\n");
    text.split("\n\n\n")
        .map(|part| part.trim_matches('\n'))
        .filter(|part| !part.is_empty())
        .map(|part| Cell::Text(part.into()))
        .collect()
}

/// `key=value` pairs, each value JSON.
fn parse_metadata(info: &str) -> Result<Map<String, Value>> {
    let mut metadata = Map::new();
    let mut rest = info.trim();
    while !rest.is_empty() {
        let (key, value) =
            rest.split_once('=').with_context(|| format!("`{rest}` after ```rust is not of the form key=value"))?;
        let mut values = serde_json::Deserializer::from_str(value).into_iter::<Value>();
        let parsed = values
            .next()
            .with_context(|| format!("no value for `{key}`"))?
            .with_context(|| format!("the value of `{key}` is not JSON"))?;
        metadata.insert(key.trim().into(), parsed);
        rest = value[values.byte_offset()..].trim_start();
    }
    Ok(metadata)
}

/// Writes a chapter's Markdown source.
pub fn to_markdown(cells: &[Cell]) -> String {
    let mut text = HEAD.to_owned();
    let mut after_text = false;
    for cell in cells {
        match cell {
            Cell::Text(prose) => {
                text.push_str(if after_text { "\n\n" } else { "\n" });
                text.push_str(prose);
                text.push('\n');
            }
            Cell::Code { source, metadata } => {
                let info: String = metadata.iter().map(|(key, value)| format!(" {key}={}", spaced(value))).collect();
                text.push_str(&format!("\n```rust{info}\n{source}\n```\n"));
            }
        }
        after_text = matches!(cell, Cell::Text(_));
    }
    text
}

/// JSON as Jupytext writes it on the line of a cell: a space after each comma.
fn spaced(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(spaced).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// The notebook with the given outputs, one list for each code cell. Cell identifiers depend on the place alone.
pub fn to_json(name: &str, cells: &[Cell], outputs: &[Vec<Value>]) -> Value {
    let mut outputs = outputs.iter();
    let cells: Vec<Value> = cells.iter().enumerate().map(|(place, cell)| {
        let id = format!("{name}-{place:03}");
        match cell {
            Cell::Text(prose) => json!({"cell_type": "markdown", "id": id, "metadata": {}, "source": lines(prose)}),
            Cell::Code { source, metadata } => json!({
                "cell_type": "code", "id": id, "metadata": metadata, "source": lines(source), "execution_count": null,
                "outputs": outputs.next().cloned().unwrap_or_default(),
            }),
        }
    }).collect();
    json!({
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "fabula", "language": "rust", "name": "fabula"},
            "language_info": {"name": "rust", "file_extension": ".rs", "mimetype": "text/rust", "pygments_lexer": "rust"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    })
}

/// The text of a notebook file, as Jupyter itself writes it: sorted keys, an indent of one.
pub fn to_text(notebook: &Value) -> String {
    let mut text = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b" ");
    serde::Serialize::serialize(notebook, &mut serde_json::Serializer::with_formatter(&mut text, format))
        .expect("a JSON value can be written");
    text.push(b'\n');
    String::from_utf8(text).expect("JSON is UTF-8")
}

/// The cells of a notebook file and the outputs of its code cells.
pub fn read(path: &Path) -> Result<(Vec<Cell>, Vec<Vec<Value>>)> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let notebook: Value =
        serde_json::from_str(&text).with_context(|| format!("{} is not a notebook", path.display()))?;
    let list = notebook["cells"].as_array().with_context(|| format!("{} has no list of cells", path.display()))?;
    let (mut cells, mut outputs) = (Vec::new(), Vec::new());
    for cell in list {
        let source = unlines(&cell["source"]);
        if cell["cell_type"] == "code" {
            let mut metadata = cell["metadata"].as_object().cloned().unwrap_or_default();
            metadata.retain(|key, _| key == "tags");
            cells.push(Cell::Code { source, metadata });
            outputs.push(cell["outputs"].as_array().cloned().unwrap_or_default());
        } else {
            cells.push(Cell::Text(source));
        }
    }
    Ok((cells, outputs))
}

/// A text as Jupyter stores it: a list of lines, each with its line end.
pub fn lines(text: &str) -> Value {
    text.split_inclusive('\n').collect()
}

pub fn unlines(value: &Value) -> String {
    match value {
        Value::Array(parts) => parts.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "# Title\n\nA paragraph.\n\n\nAnother cell.\n\n```text\nlet it = \"be\";\n```\n\n```rust tags=[\"varies\", \"x\"]\nlet a = 1;\n\nlet b = 2;\n```\n\n```rust\na + b\n```\n\nThe end.\n";

    #[test]
    fn markdown_survives_the_way_to_a_notebook_and_back() {
        let source = format!("{HEAD}\n{SOURCE}");
        let cells = parse_markdown(&source).unwrap();
        assert_eq!(cells.len(), 5, "{cells:#?}");
        assert!(cells[2].has_tag("varies") && !cells[3].has_tag("varies"));
        assert_eq!(to_markdown(&cells), source);
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), to_text(&to_json("t", &cells, &[vec![], vec![]]))).unwrap();
        assert_eq!(read(file.path()).unwrap().0, cells);
    }

    #[test]
    fn a_source_that_is_not_one_is_explained() {
        assert!(parse_markdown("# no head").unwrap_err().to_string().contains("YAML head"));
        assert!(parse_markdown(&format!("{HEAD}```rust\nlet")).unwrap_err().to_string().contains("never closed"));
        assert!(parse_markdown(&format!("{HEAD}```rust tags=[\n```\n")).is_err());
    }
}
