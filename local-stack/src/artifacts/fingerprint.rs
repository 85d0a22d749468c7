//! Tells whether the inputs of a build have changed.

use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::checkout::Checkout;
use crate::format;

/// Folders of outputs, of packages and of tests.
const NO_INPUTS: [&str; 5] = ["build", "target", "tests", "node_modules", ".svelte-kit"];

/// A hash of files and folders of the checkout.
pub(super) fn fingerprint<'a>(
    checkout: &Checkout,
    inputs: impl IntoIterator<Item = &'a str>,
) -> Result<String> {
    let mut hash = Sha256::new();
    for input in inputs {
        add(&checkout.root().join(input), &mut hash).with_context(|| format!("cannot read {input}"))?;
    }
    Ok(format::hex(&hash.finalize()))
}

fn add(path: &Path, hash: &mut Sha256) -> Result<()> {
    if path.is_dir() {
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| NO_INPUTS.contains(&name)) {
            return Ok(());
        }
        let mut entries: Vec<_> = std::fs::read_dir(path)?.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        return entries.iter().try_for_each(|entry| add(entry, hash));
    }
    let content = std::fs::read(path).with_context(|| path.display().to_string())?;
    hash.update(path.as_os_str().as_encoded_bytes());
    hash.update(content.len().to_le_bytes());
    hash.update(content);
    Ok(())
}
