//! The command line of `cargo xtask`.

mod capacity;
mod checks;
mod cost;
mod deploy;
mod interrupt;
mod package;
mod programs;
mod test;
mod user_agents;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use local_stack::checkout::Checkout;
use local_stack::dev_options::DevOptions;
use local_stack::{artifacts, tools};

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
    Dev(DevOptions),
    /// Run all checks and tests that must pass before a change is merged
    Test(test::Options),
    /// Run a benchmark against its baseline on this machine; `bench help` lists them
    Bench(Passed),
    /// Check that no click is lost or counted twice while consumers and Postgres are killed
    Ledger(Passed),
    /// Build the deployed artifacts: Lambda zips for arm64, and the Worker
    Package(package::Options),
    /// Deploy this checkout: Terraform, migrations, functions, Worker; `--rollback` undoes the last deployment
    Deploy(deploy::Options),
    /// Estimate the monthly cost by service for a given traffic
    Cost(cost::Options),
    /// Tell which part is full first at a rate of redirects, what carries it then, and the monthly cost
    Capacity(capacity::Options),
    /// Show the click accounting as a table: produced, stored, dropped, missing
    Pipeline(Passed),
    /// Show what all parts of the local stack logged about one request, by its id
    Logs(Passed),
    /// Rehearse deploying and rolling back under load, against the previous release
    Rehearse(Passed),
    /// Update the bot and browser lists in `classify/data`
    RefreshUserAgents,
    /// Install the pinned tools into the checkout
    Tools,
    /// Build origin, consumer and Worker for the local stack
    Build,
}

/// Options of a program that is built first.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
struct Passed {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    arguments: Vec<OsString>,
}

impl Passed {
    fn to(self, checkout: &Checkout, program: &str, command: Option<&str>) -> Result<()> {
        let command = command.map(OsString::from);
        programs::become_program(checkout, program, command.into_iter().chain(self.arguments))
    }
}

fn main() -> ExitCode {
    let checkout = Checkout::here();
    let outcome = match Arguments::parse().command {
        Task::Dev(options) => programs::dev(&checkout, &options),
        Task::Test(options) => test::run(&checkout, &options),
        Task::Bench(passed) => passed.to(&checkout, "bench", None),
        Task::Ledger(passed) => passed.to(&checkout, "bench", Some("ledger")),
        Task::Rehearse(passed) => passed.to(&checkout, "bench", Some("rehearse")),
        Task::Pipeline(passed) => passed.to(&checkout, "local-stack", Some("pipeline")),
        Task::Logs(passed) => passed.to(&checkout, "local-stack", Some("logs")),
        Task::Package(options) => package::run(&checkout, &options),
        Task::Deploy(options) => deploy::run(&checkout, &options),
        Task::Cost(options) => cost::run(&checkout, &options),
        Task::Capacity(options) => capacity::run(&options),
        Task::RefreshUserAgents => user_agents::refresh(&checkout),
        Task::Tools => tools::ensure(&checkout),
        Task::Build => tools::ensure(&checkout).and_then(|()| artifacts::build(&checkout).map(drop)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn options_of_programs_are_passed_on() {
        Arguments::command().debug_assert();
        for options in [&["edge", "--help"][..], &["--help"], &["ledger", "--clicks", "10"], &[]] {
            let line = ["cargo xtask", "bench"].iter().chain(options);
            let Task::Bench(passed) = Arguments::try_parse_from(line).unwrap().command else {
                panic!("not bench: {options:?}")
            };
            assert_eq!(passed.arguments, options);
        }
    }
}
