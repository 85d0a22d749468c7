//! A tool from crates.io, built by cargo into the checkout.

use std::path::PathBuf;

use anyhow::Result;

use super::command::{cargo, run_quietly};
use super::stamp;
use super::tool::Tool;
use crate::checkout::Checkout;

pub(super) struct CargoTool {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    pub(super) flags: &'static [&'static str],
}

/// The target folder, shared since the tools have most dependencies in common; removed once all are built.
pub(super) fn target(checkout: &Checkout) -> PathBuf {
    checkout.tools().join("target")
}

impl CargoTool {
    fn stamp(&self, checkout: &Checkout) -> PathBuf {
        checkout.tools().join(format!("{}.version", self.name))
    }

    fn binary(&self) -> &'static str {
        self.name.trim_end_matches("-cli")
    }
}

impl Tool for CargoTool {
    fn title(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    fn expectation(&self) -> &'static str {
        "compiles for a minute or two"
    }

    fn is_compiled(&self) -> bool {
        true
    }

    fn is_present(&self, checkout: &Checkout) -> bool {
        checkout.tool(self.binary()).exists() && stamp::matches(&self.stamp(checkout), self.version)
    }

    fn install(&self, checkout: &Checkout) -> Result<()> {
        let mut command = cargo();
        command
            .args(["install", self.name, "--version", self.version, "--locked", "--force", "--root"])
            .arg(checkout.tools())
            .args(self.flags)
            // Compiles in a third of the time; the tools' own run time is negligible.
            .args([
                "--config",
                "profile.release.opt-level=0",
                "--config",
                "profile.release.codegen-units=256",
            ])
            .args(["--config", "profile.release.lto=\"off\""])
            .arg("--target-dir")
            .arg(target(checkout))
            .current_dir(checkout.root());
        run_quietly(&mut command)?;
        stamp::write(&self.stamp(checkout), self.version)
    }
}
