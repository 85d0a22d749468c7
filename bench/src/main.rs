//! The program `bench`, which `cargo xtask` builds and runs: its commands are listed there, too.

use std::process::ExitCode;

use bench::benchmarks::{self, Benchmark};
use bench::{ledger, rehearsal, usage};
use clap::{Parser, Subcommand};
use local_stack::checkout::Checkout;

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask bench",
    bin_name = "cargo xtask bench",
    about = "Measures Shortline and checks it by running"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Benchmark(Benchmark),
    /// Check that no click is lost or counted twice while consumers and Postgres are killed
    Ledger(ledger::Options),
    /// Rehearse deploying and rolling back under load, against the previous release
    Rehearse(rehearsal::Options),
    /// Measure what a redirect uses, for `cargo xtask cost --measure`
    Usage,
}

fn main() -> ExitCode {
    let checkout = Checkout::here();
    let outcome = match Arguments::parse().command {
        Command::Benchmark(benchmark) => benchmarks::run(&checkout, &benchmark),
        Command::Ledger(options) => ledger::run(&checkout, &options),
        Command::Rehearse(options) => rehearsal::run(&checkout, &options),
        Command::Usage => usage::run(&checkout),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
