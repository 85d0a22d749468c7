//! The file of a backup: JSON lines, the first with what made it, the last with a checksum of all before it. Each other line
//! is `{"domain": …}`, `{"tag": …}` or `{"link": …, "days": […]}`, as the API shows them.

use std::fs::File;
use std::io::{BufRead, BufReader};

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::CliError;

pub const VERSION: u64 = 1;
/// How every backup begins.
pub const START: &str = "{\"shortline_backup\":";

#[derive(Debug, Serialize, Deserialize)]
pub struct Head {
    pub shortline_backup: About,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct About {
    pub version: u64,
    /// Its address.
    pub installation: String,
    pub created_at: String,
    /// Whether the API key saw only some of the links.
    pub partial: bool,
    /// The version of the program.
    pub program: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct LinkLine {
    pub link: Value,
    /// Its clicks: `{"day": "2026-11-29", "classes": {"human": 3}}`.
    pub days: Vec<Value>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct End {
    pub end: Sums,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Sums {
    #[serde(flatten)]
    pub counts: Counts,
    /// Of all bytes before this line.
    pub sha256: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub domains: u64,
    pub tags: u64,
    pub links: u64,
    /// Days on which a link was clicked, of all links together.
    pub days: u64,
}

/// A whole backup, unchanged since it was written.
#[derive(Debug)]
pub struct Checked {
    pub about: About,
    pub domains: Vec<Value>,
}

/// Reads the file once, before anything is done with it.
pub fn check(path: &str) -> Result<Checked, CliError> {
    let wrong = |cause: String| CliError::file("read", path, cause);
    let mut file = BufReader::new(File::open(path).map_err(|error| wrong(error.to_string()))?);
    let (mut hash, mut about, mut domains, mut links) = (Context::new(&SHA256), None, Vec::new(), 0);
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        file.read_until(b'\n', &mut line).map_err(|error| wrong(error.to_string()))?;
        if !line.ends_with(b"\n") {
            return Err(wrong("it was cut off: its last line is missing".to_owned()));
        }
        let not_json = |error: serde_json::Error| wrong(format!("line {number}: {error}"));
        if about.is_none() {
            let Head { shortline_backup } = serde_json::from_slice(&line).map_err(not_json)?;
            if shortline_backup.version > VERSION {
                let version = shortline_backup.version;
                return Err(wrong(format!(
                    "a newer shortline wrote it (version {version}): update this one"
                )));
            }
            about = Some(shortline_backup);
        } else if line.starts_with(b"{\"end\":") {
            let End { end } = serde_json::from_slice(&line).map_err(not_json)?;
            return match about {
                Some(about) if end.sha256 == hex(hash) && end.counts.links == links => {
                    Ok(Checked { about, domains })
                }
                _ => {
                    Err(wrong("it was changed after it was written: its checksum is another one".to_owned()))
                }
            };
        } else if line.starts_with(b"{\"domain\":") {
            let mut line: Value = serde_json::from_slice(&line).map_err(not_json)?;
            domains.extend(line.get_mut("domain").map(Value::take));
        } else if line.starts_with(b"{\"link\":") {
            links += 1;
        }
        hash.update(&line);
    }
    Err(wrong("it has no end".to_owned()))
}

pub fn hex(hash: Context) -> String {
    hash.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
