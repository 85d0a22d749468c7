//! Rebuilds the Workers when their inputs change.

use anyhow::{Context, Result};

use super::fingerprint::fingerprint;
use super::worker_bundle::{self, WorkerCrate};
use crate::checkout::Checkout;

/// Builds the Workers of the product whose inputs have changed.
pub fn build_workers(checkout: &Checkout) -> Result<()> {
    build_bundles(checkout, &PRODUCT)?;
    for worker in &PRODUCT {
        // It imports the generated entry, so it must lie beside it.
        let entry = checkout.root().join(worker.folder).join("src/entry.js");
        let copied = std::fs::copy(entry, worker.output(checkout).join("entry.js"));
        copied.with_context(|| format!("cannot copy the entry of {}", worker.title))?;
    }
    Ok(())
}

/// Builds the baseline of the edge benchmark.
pub fn build_plain_worker(checkout: &Checkout) -> Result<()> {
    build_bundles(checkout, &[PLAIN])
}

/// Always compiled together: cargo then compiles what they share once. The limit of a bundle is 300 KB gzip, and the
/// visitor's would be above if it were optimised for speed. The release profile in `Cargo.toml` still optimises the code of
/// a redirect for speed.
pub(super) const PRODUCT: [WorkerCrate; 2] = [
    WorkerCrate {
        title: "the API's Worker",
        package: "api-worker",
        folder: "api-worker",
        opt_level: Some("s"),
    },
    WorkerCrate {
        title: "the visitor's Worker",
        package: "edge-worker",
        folder: "edge-worker",
        opt_level: Some("s"),
    },
];

/// The folder of the baseline Worker.
pub const PLAIN_WORKER: &str = "bench/plain-worker";

const PLAIN: WorkerCrate = WorkerCrate {
    title: "the plain Worker of the benchmark",
    package: "plain-worker",
    folder: PLAIN_WORKER,
    opt_level: None,
};

/// Does nothing if no input changed.
fn build_bundles(checkout: &Checkout, workers: &[WorkerCrate]) -> Result<()> {
    let mut stale = Vec::new();
    for worker in workers {
        // Taken before the build: a file saved during the build triggers another one.
        let inputs = inputs_of(checkout, worker.folder)?;
        let stamp = worker.output(checkout).join(".built-from");
        if !std::fs::read_to_string(&stamp).is_ok_and(|built_from| built_from == inputs) {
            stale.push((worker, inputs, stamp));
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    worker_bundle::compile(checkout, workers)?;
    // Each is a chain of programs that run on one core most of the time.
    std::thread::scope(|scope| {
        let bundles = stale.iter().map(|(worker, inputs, stamp)| {
            scope.spawn(move || -> Result<()> {
                // Bundling removes it first, so an interrupted one does not count as built.
                worker.bundle(checkout)?;
                std::fs::write(stamp, inputs).with_context(|| format!("cannot write {}", stamp.display()))
            })
        });
        let bundles: Vec<_> = bundles.collect();
        bundles.into_iter().try_for_each(|bundle| {
            bundle.join().unwrap_or_else(|_| Err(anyhow::anyhow!("bundling a Worker panicked")))
        })
    })
}

/// wasm-opt takes half a minute even when nothing changed.
fn inputs_of(checkout: &Checkout, crate_folder: &str) -> Result<String> {
    let bundler = "local-stack/src/artifacts";
    let pins = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "package-lock.json"];
    fingerprint(checkout, [crate_folder, "edge-runtime", "link-core", bundler].into_iter().chain(pins))
}
