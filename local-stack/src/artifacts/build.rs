//! Builds the binaries of the stack, the Workers and the dashboard together.

use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, anyhow};

use super::dashboard::build_dashboard;
use super::worker::{PRODUCT, build_workers};
use super::worker_bundle;
use super::{Artifacts, build_binaries, cargo_for_binaries};
use crate::checkout::Checkout;

/// Builds everything that is out of date and shows cargo's output.
pub fn build(checkout: &Checkout) -> Result<Artifacts> {
    build_binaries(checkout)?;
    build_workers(checkout)?;
    build_dashboard(checkout)?;
    let artifacts = Artifacts::in_place(checkout);
    artifacts.check()?;
    Ok(artifacts)
}

/// Compiles the binaries of the stack and the Workers without output, while tools are installed. Dropping it ends both.
#[derive(Debug)]
pub struct BackgroundBuild {
    workers: Child,
    binaries: Child,
}

impl BackgroundBuild {
    /// The two share no folder that cargo locks: one is a build for wasm32 in the release profile, and its macros lie
    /// in `target/release`.
    pub fn start(checkout: &Checkout) -> Result<Self> {
        let workers = quiet(&mut worker_bundle::cargo(checkout, &PRODUCT))?;
        Ok(Self { workers, binaries: quiet(&mut cargo_for_binaries(checkout))? })
    }

    /// Builds the dashboard meanwhile, bundles the Workers as soon as they are compiled, and waits for the binaries.
    pub fn finish(mut self, checkout: &Checkout) -> Result<()> {
        std::thread::scope(|scope| {
            let dashboard = scope.spawn(|| build_dashboard(checkout));
            // Errors of the two are shown by the builds that follow, which repeat what failed.
            self.workers.wait().context("cannot wait for the build of the Workers")?;
            build_workers(checkout)?;
            self.binaries.wait().context("cannot wait for the build of the binaries")?;
            build_binaries(checkout)?;
            dashboard.join().unwrap_or_else(|_| Err(anyhow!("building the dashboard panicked")))
        })
    }
}

impl Drop for BackgroundBuild {
    fn drop(&mut self) {
        for build in [&mut self.workers, &mut self.binaries] {
            let _ = build.kill();
            let _ = build.wait();
        }
    }
}

fn quiet(cargo: &mut Command) -> Result<Child> {
    cargo.arg("--quiet").stdout(Stdio::null()).stderr(Stdio::null());
    cargo.spawn().with_context(|| format!("cannot run {cargo:?}"))
}
