//! Builds what the stack runs: the host binaries and the Worker. Decides when the Worker must be built again; for the
//! binaries cargo decides.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::checkout::Checkout;
use crate::tools;

#[derive(Clone, Debug)]
pub struct Artifacts {
    pub origin_lambda: PathBuf,
    pub log_consumer: PathBuf,
}

impl Artifacts {
    /// Where cargo's dev profile puts them; `check` tells whether they are there.
    pub fn in_place(checkout: &Checkout) -> Self {
        let folder = checkout.target().join("debug");
        Self { origin_lambda: folder.join("origin-lambda"), log_consumer: folder.join("log-consumer") }
    }

    pub(crate) fn check(&self) -> Result<()> {
        for binary in [&self.origin_lambda, &self.log_consumer] {
            if !binary.exists() {
                bail!("there is no {}; `cargo xtask build` makes it", binary.display());
            }
        }
        Ok(())
    }
}

/// Builds everything that is not up to date, and shows what cargo says.
pub fn build(checkout: &Checkout) -> Result<Artifacts> {
    build_binaries(checkout)?;
    build_worker(checkout)?;
    let artifacts = Artifacts::in_place(checkout);
    artifacts.check()?;
    Ok(artifacts)
}

/// The program of a package as it is deployed: optimised, which takes minutes the first time.
pub fn build_release(checkout: &Checkout, package: &str) -> Result<PathBuf> {
    let mut command = tools::cargo();
    command.args(["build", "--locked", "--release", "--package", package, "--bins"]);
    run(command.current_dir(checkout.root()), &format!("the release build of {package}"))?;
    Ok(release(checkout, package))
}

/// Where `build_release` leaves it.
pub fn release(checkout: &Checkout, package: &str) -> PathBuf {
    release_folder(checkout).join(package)
}

pub(crate) fn release_folder(checkout: &Checkout) -> PathBuf {
    checkout.target().join("release")
}

fn build_binaries(checkout: &Checkout) -> Result<()> {
    let mut command = tools::cargo();
    command.args(["build", "--locked", "--package", "origin-lambda", "--package", "log-consumer", "--bins"]);
    run(command.current_dir(checkout.root()), "the build of origin and consumer")
}

pub(crate) fn build_worker(checkout: &Checkout) -> Result<()> {
    build_wasm(checkout, "edge-worker", "the Worker", &[WORKER_SIZE])?;
    // Beside the entry that is generated, which it imports.
    let folder = checkout.root().join("edge-worker");
    let copied = std::fs::copy(folder.join("src/entry.js"), folder.join("build/entry.js"));
    copied.map(drop).context("cannot copy the Worker's entry")
}

/// What the edge is measured against; nothing else needs it.
pub(crate) fn build_plain_worker(checkout: &Checkout) -> Result<()> {
    build_wasm(checkout, PLAIN_WORKER, "the plain Worker of the benchmark", &[])
}

pub(crate) const PLAIN_WORKER: &str = "bench/plain-worker";

/// The bundle may have 300 KB gzip: for size it has 294, for speed 317. What a redirect runs is optimised for speed all the same, see the
/// release profile in `Cargo.toml`.
const WORKER_SIZE: (&str, &str) = ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s");

fn build_wasm(checkout: &Checkout, crate_folder: &str, what: &str, profile: &[(&str, &str)]) -> Result<()> {
    // Taken before the build: what is saved while it runs is not in it.
    let inputs = fingerprint(checkout, crate_folder)?;
    let crate_folder = checkout.root().join(crate_folder);
    let output = crate_folder.join("build");
    let stamp = output.join(".built-from");
    if std::fs::read_to_string(&stamp).is_ok_and(|built_from| built_from == inputs) {
        return Ok(());
    }
    // Gone while it builds, so that a build that broke off is not taken for one.
    let _ = std::fs::remove_file(&stamp);
    let mut command = tools::outside_of_xtask(Command::new(checkout.tool("worker-build")));
    command.arg("--release").current_dir(&crate_folder).envs(tools::worker_build_environment(checkout));
    command.envs(profile.iter().copied());
    run(&mut command, &format!("the build of {what}"))?;
    // Names of functions are a tenth of what is uploaded, and nobody reads them there.
    let module = output.join("index_bg.wasm");
    let mut strip = Command::new(checkout.node_modules().join("binaryen/bin/wasm-opt"));
    strip
        .args(["--enable-bulk-memory", "--enable-multivalue", "--enable-mutable-globals"])
        .args(["--enable-nontrapping-float-to-int", "--enable-reference-types", "--enable-sign-ext"])
        .args(["--strip-debug", "--strip-producers"])
        .arg(&module)
        .arg("-o")
        .arg(&module);
    run(&mut strip, &format!("stripping {what}"))?;
    std::fs::write(&stamp, inputs).with_context(|| format!("cannot write {}", stamp.display()))
}

/// A hash of all that a Worker is built from. `worker-build` runs wasm-opt and esbuild even when nothing changed,
/// which takes most of its time.
fn fingerprint(checkout: &Checkout, crate_folder: &str) -> Result<String> {
    let root = checkout.root();
    let mut hash = Sha256::new();
    for input in
        [crate_folder, "link-core", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "package-lock.json"]
    {
        add(&root.join(input), &mut hash).with_context(|| format!("cannot look at {input}"))?;
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn add(path: &Path, hash: &mut Sha256) -> Result<()> {
    if path.is_dir() {
        let is_product =
            path.file_name().is_some_and(|name| name == "build" || name == "target" || name == "tests");
        if is_product {
            return Ok(());
        }
        let mut entries: Vec<_> = std::fs::read_dir(path)?.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        return entries.iter().try_for_each(|entry| add(entry, hash));
    }
    let content = std::fs::read(path).with_context(|| path.display().to_string())?;
    hash.update(path.as_os_str().as_encoded_bytes());
    hash.update(content.len().to_le_bytes());
    hash.update(content);
    Ok(())
}

fn run(command: &mut Command, what: &str) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
    if !status.success() {
        bail!("{what} failed ({status})");
    }
    Ok(())
}
