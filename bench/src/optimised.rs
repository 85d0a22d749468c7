//! Runs this program again as an optimised build, after what a benchmark needs has been built.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result, anyhow};
use local_stack::checkout::Checkout;
use local_stack::{artifacts, tools};

/// Replaces this process with an optimised build, with the same arguments. Returns only on failure.
pub(crate) fn rerun(checkout: &Checkout, build: impl Fn(&Checkout) -> Result<()>) -> anyhow::Error {
    let prepared = build(checkout).context("cannot prepare the benchmark");
    match prepared.and_then(|()| artifacts::build_release(checkout, "bench")) {
        Ok(optimised) => anyhow!(Command::new(optimised).args(std::env::args_os().skip(1)).exec())
            .context("the optimised build of this command cannot be started"),
        Err(error) => error,
    }
}

pub(crate) fn build_origin(checkout: &Checkout) -> Result<()> {
    println!("[1/3] tools");
    tools::ensure_for_bench(checkout)?;
    println!("[2/3] build the origin and this command, optimised (takes minutes the first time)");
    artifacts::build_release(checkout, "origin-lambda").map(drop)
}

pub(crate) fn build_consumer(checkout: &Checkout) -> Result<()> {
    println!("[1/3] tools");
    tools::ensure(checkout)?;
    println!("[2/3] build the consumer and this command, optimised (takes minutes the first time)");
    artifacts::build_release(checkout, "log-consumer").map(drop)
}

pub(crate) fn build_stack(checkout: &Checkout) -> Result<()> {
    println!("[1/3] tools");
    tools::ensure(checkout)?;
    println!("[2/3] build the stack of `dev`, and this command optimised (takes minutes the first time)");
    artifacts::build(checkout).map(drop)
}

pub(crate) fn build_workers(checkout: &Checkout) -> Result<()> {
    println!("[1/3] tools");
    tools::ensure(checkout)?;
    println!("[2/3] build the Workers, and this command optimised (takes minutes the first time)");
    artifacts::build_workers(checkout)?;
    artifacts::build_plain_worker(checkout)
}
