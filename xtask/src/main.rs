//! The command line of `cargo xtask`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Builds, runs, tests, measures and deploys Shortline"
)]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run Shortline locally: install tools, build, start, stop on Ctrl-C
    Dev(xtask::dev::Options),
    /// Run all checks and tests that must pass before a change is merged
    Test(xtask::test::Options),
    /// Run a benchmark against its baseline on this machine
    #[command(subcommand)]
    Bench(xtask::bench::Benchmark),
    /// Check that no click is lost or counted twice while consumers and Postgres are killed
    Ledger(xtask::ledger::Options),
    /// Build the deployed artifacts: Lambda zips for arm64, and the Worker
    Package(xtask::package::Options),
    /// Deploy this checkout: Terraform, migrations, functions, Worker; `--rollback` undoes the last deployment
    Deploy(xtask::deploy::Options),
    /// Estimate the monthly cost by service for a given traffic
    Cost(xtask::cost::Options),
    /// Show the click accounting as a table: produced, stored, dropped, missing
    Pipeline(xtask::pipeline::Options),
    /// Rehearse deploying and rolling back under load, against the previous release
    Rehearse(xtask::rehearsal::Options),
    /// Update the bot and browser lists in `classify/data`
    RefreshUserAgents,
    /// Install the pinned tools into the checkout
    Tools,
    /// Build origin, consumer and Worker for the local stack
    Build,
}

fn main() -> ExitCode {
    let checkout = xtask::checkout::Checkout::here();
    let outcome = match Arguments::parse().command {
        Task::Dev(options) => xtask::dev::run(&checkout, &options),
        Task::Test(options) => xtask::test::run(&checkout, &options),
        Task::Bench(benchmark) => xtask::bench::run(&checkout, &benchmark),
        Task::Package(options) => xtask::package::run(&checkout, &options),
        Task::Ledger(options) => xtask::ledger::run(&checkout, &options),
        Task::Deploy(options) => xtask::deploy::run(&checkout, &options),
        Task::Cost(options) => xtask::cost::run(&checkout, &options),
        Task::Pipeline(options) => xtask::pipeline::run(&options),
        Task::Rehearse(options) => xtask::rehearsal::run(&checkout, &options),
        Task::RefreshUserAgents => xtask::user_agents::refresh(&checkout),
        Task::Tools => xtask::tools::ensure(&checkout),
        Task::Build => {
            xtask::tools::ensure(&checkout).and_then(|()| xtask::artifacts::build(&checkout).map(drop))
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
