//! Keeps a context's key in the system's keyring, or in `credentials.toml` where no keyring answers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use toml_writer::{ToTomlKey, ToTomlValue};

use super::file::{KeyPlace, read_if_there, write_private};
use crate::error::CliError;

const SERVICE: &str = "shortline";

/// Stores the key and says where. Falls back to the file, since servers and containers have no keyring.
pub fn store(folder: &Path, context: &str, key: &str, in_file: bool) -> Result<KeyPlace, CliError> {
    let stored = !in_file && entry(folder, context).and_then(|entry| entry.set_password(key)).is_ok();
    if stored {
        // A former key in the file must not outlive its replacement.
        remove_from_file(folder, context)?;
        return Ok(KeyPlace::Keyring);
    }
    let mut keys = read_file(folder)?;
    keys.insert(context.to_owned(), key.to_owned());
    write_file(folder, &keys)?;
    Ok(KeyPlace::File)
}

/// None if the place has no key for the context.
pub fn read(folder: &Path, context: &str, place: KeyPlace) -> Result<Option<String>, CliError> {
    match place {
        KeyPlace::File => Ok(read_file(folder)?.remove(context)),
        KeyPlace::Keyring => match entry(folder, context).and_then(|entry| entry.get_password()) {
            Ok(key) => Ok(Some(key)),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(CliError::Keyring(error.to_string())),
        },
    }
}

pub fn remove(folder: &Path, context: &str, place: KeyPlace) -> Result<(), CliError> {
    match place {
        KeyPlace::File => remove_from_file(folder, context),
        KeyPlace::Keyring => match entry(folder, context).and_then(|entry| entry.delete_credential()) {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(CliError::Keyring(error.to_string())),
        },
    }
}

/// Two configuration folders of one user do not share keys.
fn entry(folder: &Path, context: &str) -> keyring::Result<keyring::Entry> {
    keyring::Entry::new(SERVICE, &format!("{context} ({})", folder.display()))
}

fn path(folder: &Path) -> PathBuf {
    folder.join("credentials.toml")
}

fn read_file(folder: &Path) -> Result<BTreeMap<String, String>, CliError> {
    let path = path(folder);
    match read_if_there(&path)? {
        None => Ok(BTreeMap::new()),
        // The error would repeat the line, which has a key.
        Some(text) => toml::from_str(&text).map_err(|_| CliError::file("read", path, "it is not valid TOML")),
    }
}

fn write_file(folder: &Path, keys: &BTreeMap<String, String>) -> Result<(), CliError> {
    let mut text = "# API keys: never share this file.\n".to_owned();
    for (context, key) in keys {
        let _ = writeln!(text, "{} = {}", context.to_toml_key(), key.to_toml_value());
    }
    write_private(&path(folder), &text)
}

fn remove_from_file(folder: &Path, context: &str) -> Result<(), CliError> {
    let mut keys = read_file(folder)?;
    if keys.remove(context).is_some() { write_file(folder, &keys) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn key_in_the_file_is_private_and_can_be_removed() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        assert_eq!(store(folder, "a.b", "slk_1", true).unwrap(), KeyPlace::File);
        store(folder, "c", "slk_2", true).unwrap();
        let mode = std::fs::metadata(path(folder)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(read(folder, "a.b", KeyPlace::File).unwrap().as_deref(), Some("slk_1"));
        remove(folder, "a.b", KeyPlace::File).unwrap();
        assert_eq!(read(folder, "a.b", KeyPlace::File).unwrap(), None);
        assert_eq!(read(folder, "c", KeyPlace::File).unwrap().as_deref(), Some("slk_2"));
    }

    #[test]
    fn error_of_a_broken_file_shows_no_key() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(path(folder.path()), "a = slk_secret").unwrap();
        let error = read(folder.path(), "a", KeyPlace::File).unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}
