//! The packages of `package-lock.json`: workerd, esbuild, binaryen, Postgres, and lists and corpora of user agents.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::command::run_quietly;
use super::stamp;
use super::tool::Tool;
use crate::checkout::{Checkout, npm_platform};

pub(super) struct NodePackages;

/// The binary itself, without its Node wrapper.
pub fn esbuild(checkout: &Checkout) -> PathBuf {
    checkout.node_modules().join("@esbuild").join(npm_platform()).join("bin/esbuild")
}

fn stamp_file(checkout: &Checkout) -> PathBuf {
    // `npm ci` deletes the folder first, including the stamp.
    checkout.node_modules().join(".shortline-lock")
}

fn version(checkout: &Checkout) -> Result<String> {
    Ok(format!("{} {}", npm_platform(), stamp::of_file(&checkout.root().join("package-lock.json"))?))
}

impl Tool for NodePackages {
    fn title(&self) -> String {
        "workerd, esbuild, binaryen, Postgres and corpora of user agents (npm)".into()
    }

    fn is_present(&self, checkout: &Checkout) -> bool {
        version(checkout).is_ok_and(|version| stamp::matches(&stamp_file(checkout), &version))
    }

    fn install(&self, checkout: &Checkout) -> Result<()> {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(checkout.root());
        npm.envs([("NO_UPDATE_NOTIFIER", "1"), ("DO_NOT_TRACK", "1")]);
        run_quietly(&mut npm)?;
        if let Some(package) = checkout.postgres().parent() {
            // The only needed script among those that `--ignore-scripts` skips: npm packages contain no symbolic links.
            let mut links = Command::new("node");
            run_quietly(links.arg("scripts/hydrate-symlinks.js").current_dir(package))?;
        }
        stamp::write(&stamp_file(checkout), &version(checkout)?)
    }
}
