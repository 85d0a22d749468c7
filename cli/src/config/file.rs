//! `config.toml`: the contexts and which of them is current. It holds no key.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml_writer::{ToTomlKey, ToTomlValue};

use crate::error::CliError;

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ConfigFile {
    pub current: Option<String>,
    #[serde(default)]
    pub contexts: BTreeMap<String, ContextEntry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ContextEntry {
    pub url: String,
    /// Where the key is; None after `logout`.
    pub key: Option<KeyPlace>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyPlace {
    Keyring,
    /// `credentials.toml`.
    File,
}

impl KeyPlace {
    fn as_str(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
        }
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join("config.toml")
}

impl ConfigFile {
    pub fn read(folder: &Path) -> Result<Self, CliError> {
        let path = path(folder);
        match read_if_there(&path)? {
            None => Ok(Self::default()),
            Some(text) => toml::from_str(&text).map_err(|error| CliError::file("read", path, error)),
        }
    }

    pub fn write(&self, folder: &Path) -> Result<(), CliError> {
        write_private(&path(folder), &self.to_toml())
    }

    fn to_toml(&self) -> String {
        let mut text = String::new();
        if let Some(current) = &self.current {
            let _ = writeln!(text, "current = {}", current.to_toml_value());
        }
        for (name, entry) in &self.contexts {
            let _ =
                write!(text, "\n[contexts.{}]\nurl = {}\n", name.to_toml_key(), entry.url.to_toml_value());
            if let Some(place) = entry.key {
                let _ = writeln!(text, "key = {}", place.as_str().to_toml_value());
            }
        }
        text
    }
}

pub fn read_if_there(path: &Path) -> Result<Option<String>, CliError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CliError::file("read", path, error)),
    }
}

/// Replaces the file at once, readable by its owner only from the first byte on.
pub fn write_private(path: &Path, text: &str) -> Result<(), CliError> {
    let wrong = |error: std::io::Error| CliError::file("write", path, error);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(wrong)?;
    }
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&new).map_err(wrong)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(wrong)?;
    std::fs::rename(&new, path).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn written_file_reads_back_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let entry = |key| ContextEntry { url: "https://go.example.com/".into(), key };
        let config = ConfigFile {
            current: Some("wörk \"x\"".into()),
            contexts: [
                ("wörk \"x\"".to_owned(), entry(Some(KeyPlace::Keyring))),
                ("b".to_owned(), entry(None)),
            ]
            .into(),
        };
        config.write(folder.path()).unwrap();
        assert_eq!(ConfigFile::read(folder.path()).unwrap(), config);
        let mode = std::fs::metadata(path(folder.path())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(ConfigFile::read(&folder.path().join("none")).unwrap(), ConfigFile::default());
    }

    #[test]
    fn broken_file_names_its_path() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(path(folder.path()), "current = ").unwrap();
        let error = ConfigFile::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("config.toml"), "{error}");
    }
}
