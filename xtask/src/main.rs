//! The command line of `cargo xtask`: which commands there are. What they do is in the library.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Builds, runs, tests and measures Shortline."
)]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run everything locally: install what is missing, build, start, wait for Ctrl-C
    Dev(xtask::dev::Options),
    /// Everything that must hold before a change lands
    Test(xtask::test::Options),
    /// Measure a part against what it is compared with, in one run on this machine
    #[command(subcommand)]
    Bench(xtask::bench::Benchmark),
    /// Clicks through consumers that are killed, against a ledger of what must be stored
    Ledger(xtask::ledger::Options),
    /// Build what is deployed: the functions' zips for Lambda on arm64, and the Worker
    Package(xtask::package::Options),
    /// Bring both clouds to this checkout: Terraform, migrations, functions, Worker; or back with `--rollback`
    Deploy(xtask::deploy::Options),
    /// What a month costs, by service: prices are dated, usage is measured, traffic is yours to say
    Cost(xtask::cost::Options),
    /// The books of clicks as a table: what was produced, and where it is
    Pipeline(xtask::pipeline::Options),
    /// Switch between the origin of before and this one under load, forth and back; no request may fail
    Rehearse(xtask::rehearsal::Options),
    /// Take the newest lists of machines and browsers into `classify/data`
    RefreshUserAgents,
    /// Install the pinned tools into the checkout
    Tools,
    /// Build what the local stack runs: origin, consumer and Worker
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
