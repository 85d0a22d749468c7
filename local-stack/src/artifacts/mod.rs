//! Builds the host binaries and the Workers that the stack runs. Rebuilds a Worker when its inputs change.

#[cfg(feature = "worker")]
mod build;
#[cfg(feature = "worker")]
mod dashboard;
#[cfg(feature = "worker")]
mod fingerprint;
#[cfg(feature = "worker")]
mod worker;
#[cfg(feature = "worker")]
mod worker_bundle;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::checkout::Checkout;
use crate::tools;

#[cfg(feature = "worker")]
pub use {
    build::{BackgroundBuild, build},
    dashboard::{build_dashboard, dashboard_files},
    worker::{PLAIN_WORKER, build_plain_worker, build_workers},
};

#[derive(Clone, Debug)]
pub struct Artifacts {
    pub origin_lambda: PathBuf,
    pub log_consumer: PathBuf,
}

impl Artifacts {
    /// The paths in cargo's dev profile; `check` verifies that they exist.
    pub fn in_place(checkout: &Checkout) -> Self {
        let folder = checkout.target().join("debug");
        Self { origin_lambda: folder.join("origin-lambda"), log_consumer: folder.join("log-consumer") }
    }

    pub fn check(&self) -> Result<()> {
        for binary in [&self.origin_lambda, &self.log_consumer] {
            if !binary.exists() {
                bail!("{} does not exist; run `cargo xtask build`", binary.display());
            }
        }
        Ok(())
    }
}

/// Builds a package's binaries optimised, as deployed; takes minutes the first time.
pub fn build_release(checkout: &Checkout, package: &str) -> Result<PathBuf> {
    let mut command = tools::cargo();
    command.args(["build", "--locked", "--release", "--package", package, "--bins"]);
    run(command.current_dir(checkout.root()), &format!("the release build of {package}"))?;
    Ok(release(checkout, package))
}

/// The path of a binary that `build_release` built.
pub fn release(checkout: &Checkout, package: &str) -> PathBuf {
    release_folder(checkout).join(package)
}

pub fn release_folder(checkout: &Checkout) -> PathBuf {
    checkout.target().join("release")
}

/// Always built together: cargo then compiles their shared dependencies once, with the features of all.
const STACK_PACKAGES: [&str; 3] = ["origin-lambda", "log-consumer", "local-stack"];

fn cargo_for_binaries(checkout: &Checkout) -> Command {
    let mut command = tools::cargo();
    command.args(["build", "--locked", "--bins"]).current_dir(checkout.root());
    command.args(STACK_PACKAGES.iter().flat_map(|package| ["--package", package]));
    command
}

/// Builds a program of the checkout together with the binaries of the stack.
pub fn build_program(checkout: &Checkout, package: &str) -> Result<PathBuf> {
    let mut command = cargo_for_binaries(checkout);
    run(command.args(["--package", package]), &format!("the build of {package}"))?;
    Ok(checkout.program(package))
}

pub fn build_binaries(checkout: &Checkout) -> Result<()> {
    run(&mut cargo_for_binaries(checkout), "the build of origin, consumer and local stack")
}

/// The folders of the product's Workers.
pub const API_WORKER: &str = "api-worker";
pub const VISITORS_WORKER: &str = "edge-worker";

/// The files of a Worker that wrangler uploads: the entry and the modules beside it.
pub fn worker_bundle(checkout: &Checkout, worker: &str) -> Result<Vec<PathBuf>> {
    let folder = checkout.root().join(worker).join("build");
    let entries =
        std::fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?.flatten();
    let mut files: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "js" || extension == "wasm"))
        .collect();
    files.sort();
    Ok(files)
}

fn run(command: &mut Command, what: &str) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
    if !status.success() {
        bail!("{what} failed ({status})");
    }
    Ok(())
}
