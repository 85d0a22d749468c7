//! Writes the file of a backup beside its place and moves it there at the end: a backup that fails leaves the former one. One
//! that is killed leaves `NAME.new-PID`, which can be deleted.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};
use serde::Serialize;

use super::format::{About, Counts, End, Head, START, Sums, hex};
use crate::error::CliError;
use crate::files::{beside, private_file};

pub struct BackupFile {
    place: PathBuf,
    /// Where it is written until the end.
    new: PathBuf,
    out: BufWriter<File>,
    hash: Context,
    pub counts: Counts,
}

impl Drop for BackupFile {
    fn drop(&mut self) {
        // After the move there is nothing.
        let _ = std::fs::remove_file(&self.new);
    }
}

impl BackupFile {
    pub fn create(place: &Path, about: About) -> Result<Self, CliError> {
        refuse_foreign(place)?;
        let new = beside(place, "new");
        let out = BufWriter::new(private_file(&new)?);
        let (place, hash) = (place.to_owned(), Context::new(&SHA256));
        let mut file = Self { place, new, out, hash, counts: Counts::default() };
        file.add(&Head { shortline_backup: about })?;
        Ok(file)
    }

    pub fn add(&mut self, line: &impl Serialize) -> Result<(), CliError> {
        let mut text = serde_json::to_string(line).map_err(|error| CliError::Other(error.to_string()))?;
        text.push('\n');
        self.hash.update(text.as_bytes());
        self.out.write_all(text.as_bytes()).map_err(|error| CliError::file("write", &self.new, error))
    }

    pub fn finish(mut self) -> Result<Counts, CliError> {
        let sums = Sums { counts: self.counts, sha256: hex(self.hash.clone()) };
        self.add(&End { end: sums })?;
        let wrong = |error: std::io::Error| CliError::file("write", &self.place, error);
        self.out.flush().and_then(|()| self.out.get_ref().sync_all()).map_err(wrong)?;
        // Something may have been put there while the links were read.
        refuse_foreign(&self.place)?;
        std::fs::rename(&self.new, &self.place).map_err(wrong)?;
        // Only then does the move outlast a power cut.
        let folder = self.place.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all()).map_err(wrong)?;
        Ok(self.counts)
    }
}

/// An earlier backup and an empty file can be replaced.
fn refuse_foreign(place: &Path) -> Result<(), CliError> {
    let wrong = |error: std::io::Error| CliError::file("replace", place, error);
    let mut start = Vec::new();
    match File::open(place) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        file => file.and_then(|file| file.take(START.len() as u64).read_to_end(&mut start)).map_err(wrong)?,
    };
    if start.is_empty() || start == START.as_bytes() {
        return Ok(());
    }
    Err(CliError::usage(format!("{} is there and is no backup: choose another name", place.display())))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use serde_json::json;

    use super::super::format::{LinkLine, VERSION, check};
    use super::*;

    fn about() -> About {
        About {
            version: VERSION,
            installation: "https://go.example.com".into(),
            created_at: "2026-11-29T15:04:05Z".into(),
            partial: false,
            program: "0.1.0".into(),
        }
    }

    fn written(place: &Path) -> BackupFile {
        let mut file = BackupFile::create(place, about()).unwrap();
        file.add(&json!({"domain": {"host": "go.example.com"}})).unwrap();
        let link = json!({"url": "https://example.com/ü"});
        file.add(&LinkLine { link, days: Vec::new() }).unwrap();
        file.counts = Counts { domains: 1, links: 1, ..Counts::default() };
        file
    }

    #[test]
    fn backup_is_private_and_checked_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("backup.jsonl");
        written(&place).finish().unwrap();
        assert_eq!(std::fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o600);
        let path = place.to_str().unwrap();
        let checked = check(path).unwrap();
        assert_eq!(
            (checked.about.installation.as_str(), checked.domains),
            ("https://go.example.com", vec![json!({"host": "go.example.com"})])
        );
        let text = std::fs::read_to_string(&place).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let newer = text.replacen("\"version\":1", "\"version\":2", 1);
        for (changed, cause) in [
            (text.replace("/ü", "/u"), "checksum"),
            ([lines[0], lines[1], lines[3], ""].join("\n"), "checksum"),
            (lines[..3].join("\n") + "\n", "cut off"),
            (text.trim_end().to_owned(), "cut off"),
            (newer, "newer shortline"),
            ("{\"x\":1}\n".to_owned(), "line 1"),
        ] {
            std::fs::write(&place, &changed).unwrap();
            let error = check(path).unwrap_err().to_string();
            assert!(error.contains(cause), "{changed}: {error}");
        }
    }

    #[test]
    fn failure_leaves_the_former_backup_and_other_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("backup.jsonl");
        written(&place).finish().unwrap();
        let former = std::fs::read(&place).unwrap();
        drop(written(&place));
        assert_eq!(std::fs::read(&place).unwrap(), former);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        std::fs::write(&place, "name = \"links\"").unwrap();
        assert!(BackupFile::create(&place, about()).err().unwrap().to_string().contains("no backup"));
        assert_eq!(std::fs::read_to_string(&place).unwrap(), "name = \"links\"");
    }
}
