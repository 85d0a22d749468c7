//! `cargo xtask test`: all checks and tests that must pass before a change is merged, fastest first.

use std::time::Instant;

use anyhow::{Context, Result};
use clap::ValueEnum;
use local_stack::checkout::Checkout;
use local_stack::{artifacts, format, tools};

use crate::checks::{architecture, dependencies, infra, migrations};
use crate::programs;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Run only this part
    #[arg(value_enum)]
    part: Option<Suite>,
    /// Arguments for the test runner, such as a filter or `--nocapture`
    #[arg(last = true)]
    arguments: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Suite {
    /// Formatting, architecture, migrations, dependencies, clippy for the host and for wasm32
    Lint,
    /// Unit, property and integration tests of every crate, on a real Postgres
    Crates,
    /// Terraform: formatting, validity, tests, and agreement with the code and the runbook
    Infra,
    /// Journeys and faults over the real stack
    E2e,
}

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    let started = Instant::now();
    let parts = match options.part {
        Some(part) => vec![part],
        None => vec![Suite::Lint, Suite::Infra, Suite::Crates, Suite::E2e],
    };
    step("tools", || ensure_tools(checkout, &parts))?;
    for part in parts {
        match part {
            Suite::Lint => lint(checkout)?,
            Suite::Infra => step("infra", || infra::check(checkout))?,
            Suite::Crates => crates(checkout, &options.arguments)?,
            Suite::E2e => e2e(checkout, &options.arguments)?,
        }
    }
    println!("\nAll checks passed in {}.", format::duration(started.elapsed()));
    Ok(())
}

fn ensure_tools(checkout: &Checkout, parts: &[Suite]) -> Result<()> {
    if parts.contains(&Suite::E2e) {
        tools::require_for_tests()?;
        tools::ensure_for_tests(checkout)?;
    }
    if parts.contains(&Suite::Lint) {
        tools::ensure_for_lint(checkout)?;
    }
    tools::ensure(checkout)
}

fn lint(checkout: &Checkout) -> Result<()> {
    step("formatting", || cargo(checkout, &["fmt", "--all", "--check"]))?;
    step("architecture", || architecture::check(checkout.root()))?;
    step("migrations expand before they contract", || migrations::check(checkout.root()))?;
    step("dependencies", || dependencies::check(checkout))?;
    let host = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
    step("clippy for the host", || cargo(checkout, &host))?;
    let wasm = [
        "clippy",
        "--locked",
        "--package",
        "edge-worker",
        "--package",
        "api-worker",
        "--target",
        "wasm32-unknown-unknown",
        "--",
        "-D",
        "warnings",
    ];
    step("clippy for wasm32", || cargo(checkout, &wasm))?;
    step("packages of the dashboard", || tools::ensure_for_dashboard(checkout))?;
    let npm = |script: &str| tools::run(tools::npm(&checkout.dashboard()).args(["run", "--silent", script]));
    step("formatting, types and lint of the dashboard", || npm("check"))?;
    step("unit tests of the dashboard", || npm("test:unit"))
}

fn crates(checkout: &Checkout, arguments: &[String]) -> Result<()> {
    // The consumer's integration test starts its real binary.
    step("binaries", || artifacts::build_binaries(checkout))?;
    step("unit, property and integration tests", || {
        let mut command = programs::command(checkout, "local-stack");
        command.arg("with-postgres").arg(tools::cargo().get_program());
        command.args(["test", "--locked", "--workspace", "--exclude", "e2e", "--"]);
        tools::run(command.args(arguments).current_dir(checkout.root()))
    })
}

fn e2e(checkout: &Checkout, arguments: &[String]) -> Result<()> {
    step("origin, consumer and Worker", || artifacts::build(checkout).map(drop))?;
    let mut command = vec!["test", "--locked", "--package", "e2e", "--"];
    command.extend(arguments.iter().map(String::as_str));
    step("journeys and faults over the real stack", || cargo(checkout, &command))
}

fn step(what: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("\n== {what}");
    let started = Instant::now();
    work().with_context(|| format!("{what} failed"))?;
    println!("== {what}: done in {}", format::duration(started.elapsed()));
    Ok(())
}

fn cargo(checkout: &Checkout, arguments: &[&str]) -> Result<()> {
    tools::run(tools::cargo().args(arguments).current_dir(checkout.root()))
}
