//! Builds the dashboard when its inputs change, and lists its files.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::fingerprint::fingerprint;
use crate::checkout::Checkout;
use crate::tools::{self, npm};

/// Installs the packages of the dashboard and builds its static files, if anything changed.
pub fn build_dashboard(checkout: &Checkout) -> Result<()> {
    tools::ensure_for_dashboard(checkout)?;
    // Taken before the build: a file saved during the build triggers another one.
    let inputs = fingerprint(checkout, ["dashboard"])?;
    let stamp = checkout.dashboard_build().join(".built-from");
    if std::fs::read_to_string(&stamp).is_ok_and(|built_from| built_from == inputs) {
        return Ok(());
    }
    println!("      the dashboard …");
    let mut build = npm(&checkout.dashboard());
    tools::run_quietly(build.args(["run", "build"])).context("the dashboard cannot be built")?;
    std::fs::write(&stamp, inputs).with_context(|| format!("cannot write {}", stamp.display()))
}

/// The dashboard's files, with `_headers` and without what the build notes for itself.
pub fn dashboard_files(checkout: &Checkout) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    add_files(&checkout.dashboard_build(), &mut files)?;
    files.sort();
    Ok(files)
}

fn add_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.is_dir() {
            add_files(&path, files)?;
        } else if !is_hidden {
            files.push(path);
        }
    }
    Ok(())
}
