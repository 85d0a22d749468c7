//! Builds the host binaries and the Worker that the stack runs. Rebuilds the Worker when its inputs change.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::checkout::Checkout;
use crate::{format, tools};

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

/// Builds everything that is out of date and shows cargo's output.
pub fn build(checkout: &Checkout) -> Result<Artifacts> {
    build_binaries(checkout)?;
    build_worker(checkout)?;
    let artifacts = Artifacts::in_place(checkout);
    artifacts.check()?;
    Ok(artifacts)
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

/// Starts to build the binaries of the stack, without output.
pub fn build_in_background(checkout: &Checkout) -> Result<Child> {
    let mut command = tools::cargo();
    command.args(["build", "--quiet", "--locked", "--bins"]);
    command.args(STACK_PACKAGES.iter().flat_map(|package| ["--package", package]));
    command.current_dir(checkout.root()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().with_context(|| format!("cannot run {command:?}"))
}

/// Builds a program of the checkout together with the binaries of the stack.
pub fn build_program(checkout: &Checkout, package: &str) -> Result<PathBuf> {
    let mut command = tools::cargo();
    command.args(["build", "--locked", "--bins", "--package", package]);
    command.args(STACK_PACKAGES.iter().flat_map(|package| ["--package", package]));
    run(command.current_dir(checkout.root()), &format!("the build of {package}"))?;
    Ok(checkout.program(package))
}

pub fn build_binaries(checkout: &Checkout) -> Result<()> {
    let mut command = tools::cargo();
    command.args(["build", "--locked", "--bins"]);
    command.args(STACK_PACKAGES.iter().flat_map(|package| ["--package", package]));
    run(command.current_dir(checkout.root()), "the build of origin, consumer and local stack")
}

pub fn build_worker(checkout: &Checkout) -> Result<()> {
    build_wasm(checkout, "edge-worker", "the Worker", &[WORKER_SIZE])?;
    // It imports the generated entry, so it must lie beside it.
    let folder = checkout.root().join("edge-worker");
    let copied = std::fs::copy(folder.join("src/entry.js"), folder.join("build/entry.js"));
    copied.map(drop).context("cannot copy the Worker's entry")
}

/// Builds the baseline of the edge benchmark.
pub fn build_plain_worker(checkout: &Checkout) -> Result<()> {
    build_wasm(checkout, PLAIN_WORKER, "the plain Worker of the benchmark", &[])
}

/// The folder of the baseline Worker.
pub const PLAIN_WORKER: &str = "bench/plain-worker";

/// The bundle's limit is 300 KB gzip: 294 KB optimised for size, 317 KB for speed. The release profile in `Cargo.toml`
/// still optimises the code of a redirect for speed.
const WORKER_SIZE: (&str, &str) = ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s");

fn build_wasm(checkout: &Checkout, crate_folder: &str, what: &str, profile: &[(&str, &str)]) -> Result<()> {
    // Taken before the build: a file saved during the build triggers another one.
    let inputs = fingerprint(checkout, crate_folder)?;
    let crate_folder = checkout.root().join(crate_folder);
    let output = crate_folder.join("build");
    let stamp = output.join(".built-from");
    if std::fs::read_to_string(&stamp).is_ok_and(|built_from| built_from == inputs) {
        return Ok(());
    }
    // Removed during the build, so that an interrupted build does not count as built.
    let _ = std::fs::remove_file(&stamp);
    let mut command = tools::without_xtask_env(Command::new(checkout.tool("worker-build")));
    command.arg("--release").current_dir(&crate_folder).envs(tools::worker_build_environment(checkout));
    command.envs(profile.iter().copied());
    run(&mut command, &format!("the build of {what}"))?;
    // Function names are a tenth of the upload, and nothing reads them there.
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

/// The files that wrangler uploads: the entry and the modules beside it.
pub fn worker_bundle(checkout: &Checkout) -> Result<Vec<PathBuf>> {
    let folder = checkout.root().join("edge-worker/build");
    let entries =
        std::fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?.flatten();
    let mut files: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "js" || extension == "wasm"))
        .collect();
    files.sort();
    Ok(files)
}

/// A hash of all inputs of a Worker. `worker-build` runs wasm-opt and esbuild even when nothing changed, which takes
/// most of its time.
fn fingerprint(checkout: &Checkout, crate_folder: &str) -> Result<String> {
    let root = checkout.root();
    let mut hash = Sha256::new();
    for input in
        [crate_folder, "link-core", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "package-lock.json"]
    {
        add(&root.join(input), &mut hash).with_context(|| format!("cannot read {input}"))?;
    }
    Ok(format::hex(&hash.finalize()))
}

fn add(path: &Path, hash: &mut Sha256) -> Result<()> {
    if path.is_dir() {
        let is_output =
            path.file_name().is_some_and(|name| name == "build" || name == "target" || name == "tests");
        if is_output {
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
