//! Installs pinned Python packages into virtual environments inside the checkout.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::command::run_quietly;
use super::stamp;
use super::tool::Tool;
use crate::checkout::Checkout;

/// Pinned packages in their own environment.
pub(super) struct PythonPackages {
    pub(super) title: &'static str,
    /// Path in the checkout.
    pub(super) requirements: &'static str,
    pub(super) venv: fn(&Checkout) -> PathBuf,
}

impl PythonPackages {
    fn requirements(&self, checkout: &Checkout) -> PathBuf {
        checkout.root().join(self.requirements)
    }

    fn stamp_file(&self, checkout: &Checkout) -> PathBuf {
        (self.venv)(checkout).join(".shortline-requirements")
    }

    fn python(&self, checkout: &Checkout) -> PathBuf {
        (self.venv)(checkout).join("bin/python3")
    }
}

impl Tool for PythonPackages {
    fn title(&self) -> String {
        self.title.into()
    }

    fn is_present(&self, checkout: &Checkout) -> bool {
        // The interpreter is a link to the system's, which a system upgrade may break.
        let version = stamp::of_file(&self.requirements(checkout));
        self.python(checkout).exists()
            && version.is_ok_and(|version| stamp::matches(&self.stamp_file(checkout), &version))
    }

    fn install(&self, checkout: &Checkout) -> Result<()> {
        let venv = (self.venv)(checkout);
        if venv.exists() {
            std::fs::remove_dir_all(&venv).with_context(|| format!("cannot remove {}", venv.display()))?;
        }
        require_version()?;
        create(&venv)?;
        let mut pip = Command::new(self.python(checkout));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"])
            // Python compiles what it imports; compiling all of botocore would take longer than the downloads.
            .arg("--no-compile")
            // All packages are listed, so that none is unpinned.
            .args(["--no-deps", "--requirement"])
            .arg(self.requirements(checkout));
        run_quietly(&mut pip)?;
        stamp::write(&self.stamp_file(checkout), &stamp::of_file(&self.requirements(checkout))?)
    }
}

fn require_version() -> Result<()> {
    let mut check = Command::new("python3");
    check.args(["-c", "import sys; sys.exit(sys.version_info < (3, 10))"]);
    if !check.status().context("cannot run python3")?.success() {
        bail!("`python3` is older than 3.10; install a later one and put it first on PATH");
    }
    Ok(())
}

fn create(venv: &std::path::Path) -> Result<()> {
    let Err(error) = run_quietly(Command::new("python3").args(["-m", "venv"]).arg(venv)) else {
        return Ok(());
    };
    let _ = std::fs::remove_dir_all(venv);
    if run_quietly(Command::new("python3").args(["-m", "virtualenv", "--quiet"]).arg(venv)).is_ok() {
        return Ok(());
    }
    Err(error.context(
        "python3 cannot create a virtual environment. On Debian and Ubuntu: `apt install python3-venv`; \
         elsewhere: `python3 -m pip install --user virtualenv`",
    ))
}
