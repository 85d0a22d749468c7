//! Packages of npm, from the checkout's two lock files.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::command::run_quietly;
use super::stamp;
use super::tool::Tool;
use crate::checkout::{Checkout, npm_platform};

/// The packages of a lock file.
pub(super) struct NodePackages {
    pub(super) title: &'static str,
    /// Where the lock file lies.
    pub(super) folder: fn(&Checkout) -> PathBuf,
    /// What is left to do after `npm ci`.
    pub(super) finish: fn(&Checkout) -> Result<()>,
}

/// The binary itself, without its Node wrapper.
pub fn esbuild(checkout: &Checkout) -> PathBuf {
    checkout.node_modules().join("@esbuild").join(npm_platform()).join("bin/esbuild")
}

/// npm, which tells nobody that it runs.
pub fn npm(folder: &Path) -> Command {
    let mut npm = Command::new("npm");
    npm.envs([("NO_UPDATE_NOTIFIER", "1"), ("DO_NOT_TRACK", "1")]).current_dir(folder);
    npm
}

/// The only needed script among those that `--ignore-scripts` skips: npm packages contain no symbolic links.
pub(super) fn link_postgres(checkout: &Checkout) -> Result<()> {
    let Some(package) = checkout.postgres().parent().map(Path::to_path_buf) else { return Ok(()) };
    let mut links = Command::new("node");
    run_quietly(links.arg("scripts/hydrate-symlinks.js").current_dir(package))
}

impl NodePackages {
    fn stamp_file(&self, checkout: &Checkout) -> PathBuf {
        // `npm ci` deletes the folder first, including the stamp.
        (self.folder)(checkout).join("node_modules/.shortline-lock")
    }

    fn version(&self, checkout: &Checkout) -> Result<String> {
        let lock = (self.folder)(checkout).join("package-lock.json");
        Ok(format!("{} {}", npm_platform(), stamp::of_file(&lock)?))
    }
}

impl Tool for NodePackages {
    fn title(&self) -> String {
        self.title.into()
    }

    fn is_present(&self, checkout: &Checkout) -> bool {
        let stamp = self.stamp_file(checkout);
        self.version(checkout).is_ok_and(|version| stamp::matches(&stamp, &version))
    }

    fn install(&self, checkout: &Checkout) -> Result<()> {
        let mut npm = npm(&(self.folder)(checkout));
        run_quietly(npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
        (self.finish)(checkout)?;
        stamp::write(&self.stamp_file(checkout), &self.version(checkout)?)
    }
}
