//! `cargo xtask logs`: the lines of all parts about one request, in the order of time.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use local_stack::checkout::Checkout;
use serde_json::Value;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// The id of a request (the header X-Request-Id of its answer) or of a trace
    pub id: String,
    /// Folder of the logs; that of `cargo xtask dev` unless set
    #[arg(long)]
    pub folder: Option<PathBuf>,
}

/// A line of a log that mentions the id.
#[derive(Debug, PartialEq)]
struct Line {
    time: Option<String>,
    part: String,
    level: String,
    message: String,
    fields: BTreeMap<String, String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let id = options.id.trim();
    ensure!(!id.is_empty(), "give the id of a request: the header X-Request-Id of its answer");
    let folder = options.folder.clone().unwrap_or_else(|| Checkout::here().dev_data().join("logs"));
    let lines = read(&folder, id)?;
    ensure!(
        !lines.is_empty(),
        "no line in {} mentions {id}. Redirects are logged only when something fails, and each start begins new logs",
        folder.display()
    );
    lines.iter().for_each(|line| println!("{}", text(line)));
    Ok(())
}

fn read(folder: &Path, id: &str) -> Result<Vec<Line>> {
    let entries = std::fs::read_dir(folder).with_context(|| {
        format!("no logs in {}: start `cargo xtask dev`, or give --folder", folder.display())
    })?;
    let mut lines = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "log") {
            continue;
        }
        let part = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // A part may write bytes that are no text.
        let log = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let log = String::from_utf8_lossy(&log);
        lines.extend(log.lines().filter(|line| mentions(line, id)).map(|text| line(&part, text)));
    }
    lines.sort_by(|one, other| one.time.cmp(&other.time));
    Ok(lines)
}

/// As a whole: `a-1` is not mentioned by `a-12`.
fn mentions(line: &str, id: &str) -> bool {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '-';
    line.match_indices(id).any(|(start, _)| {
        let (before, after) = (line.get(..start), line.get(start + id.len()..));
        !before.unwrap_or_default().ends_with(is_part) && !after.unwrap_or_default().starts_with(is_part)
    })
}

/// Another program may write something before our JSON, or no JSON at all.
fn line(part: &str, text: &str) -> Line {
    let json = text.find('{').and_then(|start| text.get(start..));
    let Some(Value::Object(mut object)) = json.and_then(|json| serde_json::from_str(json).ok()) else {
        return Line {
            time: None,
            part: part.to_owned(),
            level: String::new(),
            message: text.to_owned(),
            fields: BTreeMap::new(),
        };
    };
    let span = object.remove("span");
    let mut take = |name: &str| object.remove(name).map(|value| plain(&value));
    let (time, level, message) = (take("timestamp"), take("level"), take("message"));
    let of_span = span.as_ref().and_then(Value::as_object).into_iter().flatten();
    let fields = of_span.chain(&object).filter(|(name, _)| *name != "name");
    Line {
        time,
        part: part.to_owned(),
        level: level.unwrap_or_default(),
        message: message.unwrap_or_default(),
        fields: fields.map(|(name, value)| (name.clone(), plain(value))).collect(),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn text(line: &Line) -> String {
    let clock = line.time.as_deref().and_then(|time| time.get(11..23)).unwrap_or_default();
    let mut text = format!("{clock:<12}  {:<10} {:<5}  {}", line.part, line.level, line.message);
    for (name, value) in &line.fields {
        // Writing to a string cannot fail.
        let _ = write!(text, "  {name}={value}");
    }
    // A line may hold what a visitor sent.
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_all_parts_come_in_the_order_of_time() {
        let folder = tempfile();
        let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
        write(
            "origin-0.log",
            r#"{"timestamp":"2026-11-29T12:03:21.200Z","level":"INFO","message":"answered","target":"t","span":{"status":503,"request_id":"a-1","name":"request"}}
{"timestamp":"2026-11-29T12:03:21.300Z","level":"INFO","message":"answered","span":{"request_id":"a-12"}}
"#,
        );
        write(
            "edge.log",
            "noise\n{\"timestamp\":\"2026-11-29T12:03:21.100Z\",\"level\":\"WARN\",\"message\":\"origin cannot answer\",\"request_id\":\"a-1\"}\n",
        );
        write("notes.txt", "a-1");
        let lines = read(&folder, "a-1").unwrap();
        let texts: Vec<_> = lines.iter().map(text).collect();
        assert_eq!(
            texts,
            [
                "12:03:21.100  edge       WARN   origin cannot answer  request_id=a-1",
                "12:03:21.200  origin-0   INFO   answered  request_id=a-1  status=503  target=t",
            ]
        );
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn line_that_is_no_json_is_shown_as_it_is() {
        let line = line("edge", "error: a-1 {broken\u{1b}[31m");
        assert_eq!(text(&line), "              edge              error: a-1 {broken [31m");
    }

    fn tempfile() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("shortline-logs-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }
}
