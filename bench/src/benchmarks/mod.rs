//! `cargo xtask bench`: the list of benchmarks. Runs the measuring ones in an optimised build.

mod attacks;
mod clicks;
mod copy_baseline;
mod edge;
mod origin;
mod pgbench;
mod publishing;
mod queue;
mod report;
mod start;
mod stats;

use anyhow::Result;
use local_stack::checkout::Checkout;

use crate::optimised::{build_consumer, build_origin, build_stack, build_workers, rerun};

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
        // `cargo xtask` starts a debug build of this program, several times slower than what it measures.
        Benchmark::Clicks(_) if cfg!(debug_assertions) => Err(rerun(checkout, build_consumer)),
        Benchmark::Origin(_) if cfg!(debug_assertions) => Err(rerun(checkout, build_origin)),
        Benchmark::Attacks(_) if cfg!(debug_assertions) => Err(rerun(checkout, build_stack)),
        Benchmark::Edge(_) | Benchmark::Queue(_) if cfg!(debug_assertions) => {
            Err(rerun(checkout, build_workers))
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
