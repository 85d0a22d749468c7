//! `cargo xtask bench`: which benchmarks there are, and that what measures is optimised. What each compares is its own
//! affair.

mod load;
mod measurement;
mod origin;
mod pgbench;
mod report;
mod response;

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result, anyhow};

use crate::checkout::Checkout;
use crate::{artifacts, tools};

#[derive(Clone, Debug, clap::Subcommand)]
pub enum Benchmark {
    /// The origin's resolve and create, against pgbench on the same Postgres
    Origin(origin::Options),
}

pub fn run(checkout: &Checkout, benchmark: &Benchmark) -> Result<()> {
    // `cargo xtask` is a debug build, several times slower than what it would measure.
    if cfg!(debug_assertions) {
        return Err(again_optimised(checkout));
    }
    println!("[3/3] measure");
    match benchmark {
        Benchmark::Origin(options) => origin::run(checkout, options),
    }
}

/// Puts an optimised build of this program into its place, with the same arguments. Returns only when that fails.
fn again_optimised(checkout: &Checkout) -> anyhow::Error {
    match prepare(checkout) {
        Ok(mut optimised) => anyhow!(optimised.args(std::env::args_os().skip(1)).exec())
            .context("the optimised build of this command does not start"),
        Err(error) => error,
    }
}

fn prepare(checkout: &Checkout) -> Result<Command> {
    println!("[1/3] tools");
    tools::ensure_for_bench(checkout)?;
    println!("[2/3] build: the origin and this command, optimised (minutes the first time)");
    artifacts::build_release(checkout, "origin-lambda").context("nothing can be measured")?;
    Ok(Command::new(artifacts::build_release(checkout, "xtask")?))
}
