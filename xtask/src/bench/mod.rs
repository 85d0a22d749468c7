//! `cargo xtask bench`: the list of benchmarks. Runs the measuring ones in an optimised build.

mod attacks;
mod clicks;
mod copy_baseline;
mod edge;
mod load;
mod measurement;
mod origin;
mod pgbench;
mod publishing;
mod queue;
mod report;
mod response;
mod start;
mod stats;

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result, anyhow};

use crate::checkout::Checkout;
use crate::{artifacts, tools};

#[derive(Clone, Debug, clap::Subcommand)]
pub enum Benchmark {
    /// Consumer throughput, against COPY and UNNEST of the same rows on the same Postgres
    Clicks(clicks::Options),
    /// Origin: resolve and create, against pgbench on the same Postgres
    Origin(origin::Options),
    /// Edge: memory hit, colo hit and miss, against minimal Workers on the same workerd
    Edge(edge::Options),
    /// Redirect latency while the click queue fails in every way, and the click accounting afterwards
    Queue(queue::Options),
    /// How long an edit takes to show at two edges under load
    Publishing(publishing::Options),
    /// Redirect latency while the API, names and passwords are attacked
    Attacks(attacks::Options),
    /// Cold start of origin and consumer as Lambda functions
    Start(start::Options),
    /// Statistics queries over a growing history
    Stats(stats::Options),
}

pub fn run(checkout: &Checkout, benchmark: &Benchmark) -> Result<()> {
    match benchmark {
        // These mostly wait for processes and answers, so a debug build is fast enough.
        Benchmark::Publishing(options) => publishing::run(checkout, options),
        Benchmark::Start(options) => start::run(checkout, options),
        Benchmark::Stats(options) => stats::run(checkout, options),
        // `cargo xtask` is a debug build, several times slower than what it measures.
        Benchmark::Clicks(_) if cfg!(debug_assertions) => Err(rerun_optimised(checkout, build_consumer)),
        Benchmark::Origin(_) if cfg!(debug_assertions) => Err(rerun_optimised(checkout, build_origin)),
        Benchmark::Attacks(_) if cfg!(debug_assertions) => Err(rerun_optimised(checkout, build_stack)),
        Benchmark::Edge(_) | Benchmark::Queue(_) if cfg!(debug_assertions) => {
            Err(rerun_optimised(checkout, build_workers))
        }
        Benchmark::Clicks(options) => {
            println!("[3/3] measure");
            clicks::run(checkout, options)
        }
        Benchmark::Origin(options) => {
            println!("[3/3] measure");
            origin::run(checkout, options)
        }
        Benchmark::Attacks(options) => {
            println!("[3/3] measure");
            attacks::run(options)
        }
        Benchmark::Queue(options) => {
            println!("[3/3] measure");
            queue::run(options)
        }
        Benchmark::Edge(options) => {
            println!("[3/3] measure");
            edge::run(checkout, options)
        }
    }
}

/// Replaces this process with an optimised build, with the same arguments. Returns only on failure.
pub(crate) fn rerun_optimised(checkout: &Checkout, build: impl Fn(&Checkout) -> Result<()>) -> anyhow::Error {
    let prepared = build(checkout).context("cannot prepare the benchmark");
    match prepared.and_then(|()| artifacts::build_release(checkout, "xtask")) {
        Ok(optimised) => anyhow!(Command::new(optimised).args(std::env::args_os().skip(1)).exec())
            .context("the optimised build of this command cannot be started"),
        Err(error) => error,
    }
}

fn build_origin(checkout: &Checkout) -> Result<()> {
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

fn build_stack(checkout: &Checkout) -> Result<()> {
    println!("[1/3] tools");
    tools::ensure(checkout)?;
    println!("[2/3] build the stack of `dev`, and this command optimised (takes minutes the first time)");
    artifacts::build(checkout).map(drop)
}

fn build_workers(checkout: &Checkout) -> Result<()> {
    println!("[1/3] tools");
    tools::ensure(checkout)?;
    println!("[2/3] build the Workers, and this command optimised (takes minutes the first time)");
    artifacts::build_worker(checkout)?;
    artifacts::build_plain_worker(checkout)
}
