//! Files with secrets: readable by nobody else, and gone when the command ends, however it ends.

use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Removed when this is dropped. A command that was killed leaves it to the next one, which empties and removes it.
pub(super) struct SecretFile(PathBuf);

impl SecretFile {
    /// An empty file that only its owner may read. Programs that write to it keep its permissions, as Terraform does with a
    /// saved plan, which it would otherwise make readable for everybody.
    pub(super) fn create(path: PathBuf) -> Result<Self> {
        let folder = path.parent().context("the file has no folder")?;
        make_private(folder)?;
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let created = options.open(&path).and_then(|file| file.set_permissions(private(0o600)));
        created.with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn private(mode: u32) -> std::fs::Permissions {
    std::fs::Permissions::from_mode(mode)
}

fn make_private(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::set_permissions(folder, private(0o700)))
        .with_context(|| format!("cannot make {} private", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_file_is_private_and_removed_on_failure() {
        let folder = std::env::temp_dir().join(format!("shortline-secret-{}", std::process::id()));
        let path = folder.join("deploy.tfplan");
        let failing = || -> Result<()> {
            std::fs::create_dir_all(&folder)?;
            std::fs::write(&path, "left by a command that was killed")?;
            std::fs::set_permissions(&path, private(0o644))?;
            let file = SecretFile::create(path.clone())?;
            let mode = |path: &Path| std::fs::metadata(path).map(|found| found.permissions().mode() & 0o777);
            assert_eq!((mode(&folder)?, mode(file.path())?), (0o700, 0o600));
            assert_eq!(std::fs::read(file.path())?, b"");
            // As Terraform saves a plan.
            std::fs::write(file.path(), "secret")?;
            assert_eq!(mode(file.path())?, 0o600);
            anyhow::bail!("the apply failed")
        };
        failing().unwrap_err();
        assert!(!path.exists());
        std::fs::remove_dir(&folder).unwrap();
    }
}
