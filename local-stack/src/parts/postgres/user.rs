//! The user that runs Postgres. Postgres refuses root, so root (usually in a container) runs it as `nobody`.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// A command that runs the program as a user that Postgres accepts.
///
/// Root's checkout is often below a folder that only root may enter (`/root`, a `mktemp -d`), so `nobody` gets the
/// capability to pass. `no_setuid_fixup` keeps it effective for `access(2)`, with which Postgres checks its own binary.
pub(crate) fn command(program: &Path) -> Result<Command> {
    if !is_root() {
        return Ok(Command::new(program));
    }
    let user = NOBODY.to_string();
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", &user, "--regid", &user, "--clear-groups"])
        .args(["--securebits", "+no_setuid_fixup"])
        .args(["--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"])
        // Changing the user clears the death signal set by `process.rs`.
        .args(["--pdeathsig", "INT"])
        .arg(program);
    let has_setpriv = Command::new("setpriv").arg("--version").output().is_ok_and(|out| out.status.success());
    anyhow::ensure!(
        has_setpriv,
        "Postgres refuses to run as root, and `setpriv` (package util-linux) is missing: \
         install it, or run this as an ordinary user"
    );
    Ok(command)
}

/// Postgres must own its data, so the data of an earlier run as another user changes its owner.
pub(crate) fn own(data: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if !is_root() {
        let mode = std::fs::Permissions::from_mode(0o700);
        return std::fs::set_permissions(data, mode).with_context(|| {
            format!("{} belongs to another user (an earlier run as root?); remove it", data.display())
        });
    }
    let owner = std::fs::metadata(data).with_context(|| format!("cannot read {}", data.display()))?.uid();
    if owner != NOBODY {
        change_owner(data)?;
    }
    Ok(())
}

fn change_owner(path: &Path) -> Result<()> {
    let metadata =
        std::fs::symlink_metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    if metadata.is_dir() {
        for entry in std::fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))? {
            change_owner(&entry?.path())?;
        }
    }
    std::os::unix::fs::lchown(path, Some(NOBODY), Some(NOBODY))
        .with_context(|| format!("cannot change the owner of {} to the user of Postgres", path.display()))
}
