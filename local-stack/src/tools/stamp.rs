//! Records which version of a tool was installed completely, so that a changed pin triggers an installation.

use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::format;

pub(super) fn matches(stamp: &Path, version: &str) -> bool {
    std::fs::read_to_string(stamp).is_ok_and(|text| text == version)
}

pub(super) fn write(stamp: &Path, version: &str) -> Result<()> {
    std::fs::write(stamp, version).with_context(|| format!("cannot write {}", stamp.display()))
}

/// The version of a file of pins: its hash.
pub(super) fn of_file(pins: &Path) -> Result<String> {
    let text = std::fs::read(pins).with_context(|| format!("cannot read {}", pins.display()))?;
    Ok(format::hex(&Sha256::digest(&text)))
}
