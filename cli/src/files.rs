//! Files that only their owner may read, and names beside a file's own for what is still being written.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::error::CliError;

pub fn private_file(path: &Path) -> Result<File, CliError> {
    let mut options = OpenOptions::new();
    let opened = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    opened.map_err(|error| CliError::file("write", path, error))
}

/// `NAME.SUFFIX-PID`, in the same folder.
pub fn beside(place: &Path, suffix: &str) -> PathBuf {
    let mut name = place.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{suffix}-{}", std::process::id()));
    place.with_file_name(name)
}
