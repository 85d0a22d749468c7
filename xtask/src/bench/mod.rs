//! `cargo xtask bench`: which benchmarks there are, and that what measures is optimised. What each compares is its own
//! affair.

mod attacks;
mod by_hand;
mod clicks;
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
    /// The consumer, against COPY and UNNEST by hand of the same rows on the same Postgres
    Clicks(clicks::Options),
    /// The origin's resolve and create, against pgbench on the same Postgres
    Origin(origin::Options),
    /// The edge's memory hit, colo hit and miss, against Workers that do next to nothing on the same workerd
    Edge(edge::Options),
    /// Redirects while the click queue fails in every way that a queue may, and the books afterwards
    Queue(queue::Options),
    /// How long an old state is seen after the answer to a change, at two edges under load
    Publishing(publishing::Options),
    /// Redirects and writes while strangers attack the API, the names and the passwords
    Attacks(attacks::Options),
    /// How soon origin and consumer are ready, as Lambda functions
    Start(start::Options),
    /// Statistics over histories of growing size
    Stats(stats::Options),
}

pub fn run(checkout: &Checkout, benchmark: &Benchmark) -> Result<()> {
    match benchmark {
        // They wait for processes and answers, and do little meanwhile: they need not be quick themselves.
        Benchmark::Publishing(options) => publishing::run(checkout, options),
        Benchmark::Start(options) => start::run(checkout, options),
        Benchmark::Stats(options) => stats::run(checkout, options),
        // `cargo xtask` is a debug build, several times slower than what it would measure.
        Benchmark::Clicks(_) if cfg!(debug_assertions) => Err(again_optimised(checkout, build_consumer)),
        Benchmark::Origin(_) if cfg!(debug_assertions) => Err(again_optimised(checkout, build_origin)),
        Benchmark::Attacks(_) if cfg!(debug_assertions) => Err(again_optimised(checkout, build_stack)),
        Benchmark::Edge(_) | Benchmark::Queue(_) if cfg!(debug_assertions) => {
            Err(again_optimised(checkout, build_workers))
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

/// Puts an optimised build of this program into its place, with the same arguments. Returns only when that fails.
pub(crate) fn again_optimised(checkout: &Checkout, build: impl Fn(&Checkout) -> Result<()>) -> anyhow::Error {
    let prepared = build(checkout).context("nothing can be measured");
    match prepared.and_then(|()| artifacts::build_release(checkout, "xtask")) {
        Ok(optimised) => anyhow!(Command::new(optimised).args(std::env::args_os().skip(1)).exec())
            .context("the optimised build of this command does not start"),
        Err(error) => error,
    }
}

fn build_origin(checkout: &Checkout) -> Result<()> {
    println!("[1/3] tools");
    tools::ensure_for_bench(checkout)?;
    println!("[2/3] build: the origin and this command, optimised (minutes the first time)");
    artifacts::build_release(checkout, "origin-lambda").map(drop)
}

pub(crate) fn build_consumer(checkout: &Checkout) -> Result<()> {
    println!("[1/3] tools");
    tools::ensure(checkout)?;
    println!("[2/3] build: the consumer and this command, optimised (minutes the first time)");
    artifacts::build_release(checkout, "log-consumer").map(drop)
}

fn build_stack(checkout: &Checkout) -> Result<()> {
    println!("[1/3] tools");
    tools::ensure(checkout)?;
    println!("[2/3] build: the stack as `dev` has it, and this command, optimised (minutes the first time)");
    artifacts::build(checkout).map(drop)
}

fn build_workers(checkout: &Checkout) -> Result<()> {
    println!("[1/3] tools");
    tools::ensure(checkout)?;
    println!("[2/3] build: the Workers and this command, optimised (minutes the first time)");
    artifacts::build_worker(checkout)?;
    artifacts::build_plain_worker(checkout)
}
