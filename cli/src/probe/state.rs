//! What earlier runs found: a file with a JSON line for each finding, which only grows. A run that is killed loses nothing
//! that it has found.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::finding::Finding;
use crate::error::CliError;

#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    file: File,
    /// The command that writes it: a finding of `check` is none for `verify`.
    command: &'static str,
}

#[derive(Serialize, Deserialize)]
struct Line {
    command: String,
    #[serde(flatten)]
    finding: Finding,
}

impl StateFile {
    /// With the latest findings that still hold at `now`, by URL.
    pub fn open(
        path: &Path,
        command: &'static str,
        now: OffsetDateTime,
        max_age: Duration,
    ) -> Result<(Self, HashMap<String, Finding>), CliError> {
        let wrong = |error: std::io::Error| CliError::file("read", path, error);
        // The destinations of links may be secret.
        let mut options = OpenOptions::new();
        let mut file = options.read(true).append(true).create(true).mode(0o600).open(path).map_err(wrong)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(CliError::file("use", path, "another run is writing it"));
            }
            Err(TryLockError::Error(error)) => return Err(wrong(error)),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(wrong)?;
        let text = String::from_utf8_lossy(&bytes);
        // The last line may have been cut off.
        let lines: Vec<Line> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let is_own = match lines.first() {
            Some(line) => line.command == command,
            None => text.trim().is_empty() || text.starts_with("{\"command\":"),
        };
        if !is_own {
            return Err(CliError::file(
                "use",
                path,
                format!("it has something else than results of `shortline {command}`"),
            ));
        }
        if !bytes.is_empty() && !bytes.ends_with(b"\n") {
            file.write_all(b"\n").map_err(wrong)?;
        }
        let mut findings = HashMap::new();
        for line in lines {
            findings.insert(line.finding.url.clone(), line.finding);
        }
        findings.retain(|_, finding| holds(finding, now, max_age));
        Ok((Self { path: path.to_owned(), file, command }, findings))
    }

    pub fn add(&mut self, finding: &Finding) -> Result<(), CliError> {
        if !finding.is_lasting {
            return Ok(());
        }
        let line = Line { command: self.command.to_owned(), finding: finding.clone() };
        let text = serde_json::to_string(&line).map_err(|error| CliError::Other(error.to_string()))? + "\n";
        // One write, so that a line is whole or the last.
        self.file.write_all(text.as_bytes()).map_err(|error| CliError::file("write", &self.path, error))
    }
}

fn holds(finding: &Finding, now: OffsetDateTime, max_age: Duration) -> bool {
    let time = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    match &finding.retry_at {
        Some(retry_at) => time(retry_at).is_some_and(|retry_at| retry_at > now),
        None => time(&finding.checked_at).is_some_and(|checked| now - checked <= max_age && checked <= now),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::super::finding::Verdict;
    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-29 15:04:05 UTC);

    fn finding(url: &str, checked_at: &str) -> Finding {
        Finding {
            url: url.into(),
            result: Verdict::Ok,
            status: Some(200),
            detail: None,
            moved_to: None,
            final_url: None,
            checked_at: checked_at.into(),
            retry_at: None,
            is_lasting: true,
        }
    }

    fn open(path: &Path) -> Result<(StateFile, Vec<String>), CliError> {
        let (file, findings) = StateFile::open(path, "check", NOW, Duration::DAY)?;
        let mut urls: Vec<String> = findings.into_keys().collect();
        urls.sort();
        Ok((file, urls))
    }

    #[test]
    fn findings_hold_until_they_are_too_old() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let (mut file, urls) = open(&path).unwrap();
        assert!(urls.is_empty());
        let hour_ago = "2026-11-29T14:00:00Z";
        file.add(&finding("new", hour_ago)).unwrap();
        file.add(&finding("old", "2026-11-20T14:00:00Z")).unwrap();
        file.add(&Finding { is_lasting: false, ..finding("passing", hour_ago) }).unwrap();
        let held = |url, until: &str| Finding { retry_at: Some(until.into()), ..finding(url, hour_ago) };
        file.add(&held("held", "2026-11-29T16:00:00Z")).unwrap();
        file.add(&held("free", "2026-11-29T15:00:00Z")).unwrap();
        assert!(open(&path).unwrap_err().to_string().contains("another run"));
        drop(file);
        assert_eq!(open(&path).unwrap().1, ["held", "new"]);
    }

    #[test]
    fn line_that_was_cut_off_costs_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let (mut file, _) = open(&path).unwrap();
        file.add(&finding("a", "2026-11-29T14:00:00Z")).unwrap();
        file.file.write_all(b"{\"command\":\"che").unwrap();
        drop(file);
        let (mut file, urls) = open(&path).unwrap();
        assert_eq!(urls, ["a"]);
        file.add(&finding("b", "2026-11-29T14:00:00Z")).unwrap();
        drop(file);
        assert_eq!(open(&path).unwrap().1, ["a", "b"]);
    }

    #[test]
    fn other_file_is_refused_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("links.toml");
        std::fs::write(&path, "name = \"links\"").unwrap();
        assert!(open(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "name = \"links\"");
        let state = folder.path().join("state");
        open(&state).unwrap().0.add(&finding("a", "2026-11-29T14:00:00Z")).unwrap();
        assert!(StateFile::open(&state, "verify", NOW, Duration::DAY).is_err());
    }
}
