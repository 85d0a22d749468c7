//! `cargo xtask bench`: which benchmarks there are, and that what measures is optimised. What each compares is its own
//! affair.

mod load;
mod measurement;
mod origin;
mod pgbench;
mod report;
mod response;
mod start;

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result, anyhow};

use crate::checkout::Checkout;
use crate::{artifacts, tools};

#[derive(Clone, Debug, clap::Subcommand)]
pub enum Benchmark {
    /// The origin's resolve and create, against pgbench on the same Postgres
    Origin(origin::Options),
    /// How soon origin and consumer are ready, as Lambda functions
    Start(start::Options),
}

pub fn run(checkout: &Checkout, benchmark: &Benchmark) -> Result<()> {
    match benchmark {
        // It waits for processes and does nothing meanwhile: it need not be quick itself.
        Benchmark::Start(options) => start::run(checkout, options),
        // `cargo xtask` is a debug build, several times slower than what it would measure.
        _ if cfg!(debug_assertions) => Err(again_optimised(checkout)),
        Benchmark::Origin(options) => {
            println!("[3/3] measure");
            origin::run(checkout, options)
        }
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
