//! Remembers which import belongs to a source: one small file for each source and installation, locked while a run uses it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::row::hash;
use crate::error::CliError;

#[derive(Debug)]
pub struct Memory {
    path: PathBuf,
    file: File,
    pub import: Option<String>,
}

/// What the file says. All but the id is for the person who finds it.
#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    import: String,
    server: String,
    source: String,
    from: String,
}

/// What is imported, and where to.
#[derive(Debug, Clone)]
pub struct ImportKey {
    pub server: String,
    pub source: &'static str,
    /// A file's whole path, or an API's address.
    pub from: String,
}

impl Memory {
    pub fn open(folder: &Path, key: &ImportKey) -> Result<Self, CliError> {
        let folder = folder.join("imports");
        std::fs::create_dir_all(&folder).map_err(|error| CliError::file("write", &folder, error))?;
        let identity = [key.server.as_str(), key.source, key.from.as_str()].join("\n");
        let path = folder.join(format!("{}-{}.json", key.source, hash(&identity)));
        let wrong = |error: std::io::Error| CliError::file("read", &path, error);
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(wrong)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(CliError::Other("another run is importing from this source".to_owned()));
            }
            Err(TryLockError::Error(error)) => return Err(wrong(error)),
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(wrong)?;
        // A file that was cut off while it was written has no rows in its import yet.
        let remembered = serde_json::from_str::<Remembered>(&text).ok();
        Ok(Self { import: remembered.map(|remembered| remembered.import), path, file })
    }

    /// Before the first row is sent: what is remembered is never behind what was written.
    pub fn keep(&mut self, import: &str, key: &ImportKey) -> Result<(), CliError> {
        let remembered = Remembered {
            import: import.to_owned(),
            server: key.server.clone(),
            source: key.source.to_owned(),
            from: key.from.clone(),
        };
        let text =
            serde_json::to_string_pretty(&remembered).map_err(|error| CliError::Other(error.to_string()))?;
        let write = || {
            let mut file = &self.file;
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write().map_err(|error: std::io::Error| CliError::file("write", &self.path, error))?;
        self.import = Some(import.to_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn import_is_remembered_for_its_source_and_installation() {
        let folder = tempfile::tempdir().unwrap();
        let key = ImportKey { server: "https://go.example.com".into(), source: "csv", from: "/a.csv".into() };
        let mut memory = Memory::open(folder.path(), &key).unwrap();
        assert_eq!(memory.import, None);
        memory.keep("first, with a longer id", &key).unwrap();
        memory.keep("second", &key).unwrap();
        assert!(Memory::open(folder.path(), &key).unwrap_err().to_string().contains("another run"));
        drop(memory);
        let import = |key: &ImportKey| Memory::open(folder.path(), key).unwrap().import;
        assert_eq!(import(&key).as_deref(), Some("second"));
        for other in [
            ImportKey { server: "https://other.example".into(), ..key.clone() },
            ImportKey { source: "dub", ..key.clone() },
            ImportKey { from: "/b.csv".into(), ..key.clone() },
        ] {
            assert_eq!(import(&other), None, "{other:?}");
        }
    }
}
