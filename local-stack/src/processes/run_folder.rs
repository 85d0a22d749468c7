//! The folder of a throwaway stack: a new one each time, deleted at the end unless a test panicked.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};

use crate::checkout::Checkout;

static COUNT: AtomicU32 = AtomicU32::new(0);

#[derive(Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    pub(crate) fn create(checkout: &Checkout, kind: &str) -> Result<Self> {
        remove_old(&checkout.runs());
        let name = format!("{}-{}-{kind}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = checkout.runs().join(name);
        // Process ids are reused: remove what an earlier process left.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self { path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the stack's folder is kept for inspection: {}", self.path.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// Creates an empty folder for logs, and makes the stack's folder private.
pub(crate) fn prepare(folder: &Path, logs: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let _ = std::fs::remove_dir_all(logs);
    std::fs::create_dir_all(logs).with_context(|| format!("cannot create {}", logs.display()))?;
    // The folder holds secrets, such as the Worker's configuration.
    let owner_only = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(folder, owner_only)
        .with_context(|| format!("cannot protect {}", folder.display()))
}

/// Removes folders older than a day, left by killed or failed processes.
fn remove_old(runs: &Path) {
    let day = std::time::Duration::from_secs(24 * 3600);
    for entry in std::fs::read_dir(runs).into_iter().flatten().flatten() {
        let age =
            entry.metadata().and_then(|metadata| metadata.modified()).ok().and_then(|at| at.elapsed().ok());
        if age.is_some_and(|age| age > day) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
