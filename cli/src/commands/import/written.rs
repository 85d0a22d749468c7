//! Remembers what the rows of an import asked for, so that a row that was changed since is not reported as done. The API knows rows by
//! their ids alone.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::row::hash;
use crate::error::CliError;

/// Hashes of an id and of a content, eight bytes each.
const RECORD_BYTES: usize = 16;

#[derive(Debug, Default)]
pub struct Written {
    contents: HashMap<u64, u64>,
    /// None where there is no folder for it.
    file: Option<(PathBuf, BufWriter<File>)>,
}

impl Written {
    pub fn open(folder: &Path, import: &str) -> Result<Self, CliError> {
        let path = folder.join("imports").join(format!("{}.rows", hash(import)));
        let wrong = |error: std::io::Error| CliError::file("read", &path, error);
        std::fs::create_dir_all(folder.join("imports")).map_err(wrong)?;
        let mut options = OpenOptions::new();
        let mut file = options.read(true).append(true).create(true).mode(0o600).open(&path).map_err(wrong)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(wrong)?;
        let (records, rest) = bytes.as_chunks::<RECORD_BYTES>();
        // A run that was killed may have left a part of one.
        let whole = bytes.len() - rest.len();
        file.set_len(u64::try_from(whole).unwrap_or_default()).map_err(wrong)?;
        let record = |bytes: &[u8; RECORD_BYTES]| {
            let (id, content) = bytes.split_first_chunk()?;
            Some((u64::from_be_bytes(*id), u64::from_be_bytes(*content.first_chunk()?)))
        };
        let contents = records.iter().filter_map(record).collect();
        Ok(Self { contents, file: Some((path, BufWriter::new(file))) })
    }

    pub fn has_changed(&self, row_id: &str, content: &str) -> bool {
        self.contents.get(&number(row_id)).is_some_and(|known| *known != number(content))
    }

    pub fn add(&mut self, row_id: &str, content: &str) -> Result<(), CliError> {
        let (id, content) = (number(row_id), number(content));
        if self.contents.insert(id, content) == Some(content) {
            return Ok(());
        }
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        let written = file.write_all(&id.to_be_bytes()).and_then(|()| file.write_all(&content.to_be_bytes()));
        written.map_err(|error| CliError::file("write", path.as_path(), error))
    }

    pub fn flush(&mut self) -> Result<(), CliError> {
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        file.flush().map_err(|error| CliError::file("write", path.as_path(), error))
    }
}

/// The same in every version of this program.
fn number(text: &str) -> u64 {
    hash(text).get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_row_is_known_in_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let mut written = Written::open(folder.path(), "i1").unwrap();
        written.add("a", "x").unwrap();
        written.flush().unwrap();
        drop(written);
        let path = folder.path().join("imports").join(format!("{}.rows", hash("i1")));
        OpenOptions::new().append(true).open(path).unwrap().write_all(b"cut off").unwrap();
        for _ in 0..2 {
            let mut written = Written::open(folder.path(), "i1").unwrap();
            assert_eq!(["x", "y"].map(|content| written.has_changed("a", content)), [false, true]);
            assert!(!written.has_changed("b", "y"));
            written.add("c", "z").unwrap();
        }
        assert!(!Written::open(folder.path(), "i2").unwrap().has_changed("a", "y"));
    }
}
