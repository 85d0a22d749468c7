//! Builds and runs the programs `local-stack` and `bench`, which have the heavy dependencies.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Error, Result, ensure};
use local_stack::artifacts::{self, BackgroundBuild};
use local_stack::checkout::Checkout;
use local_stack::dev_options::{DevOptions, lock};
use local_stack::tools;

pub(crate) fn dev(checkout: &Checkout, options: &DevOptions) -> Result<()> {
    let started = Instant::now();
    let folder = options.folder(checkout)?;
    // Checked before the build, which may take minutes.
    let reserved = lock(&folder)?;
    options.check_port()?;
    install_and_build(checkout)?;
    println!("[3/3] start");
    drop(reserved);
    let prepared_in_ms = started.elapsed().as_millis().to_string();
    let mut program = command(checkout, "local-stack");
    program.arg("dev").args(options.arguments(&folder)).args(["--prepared-in-ms", &prepared_in_ms]);
    Err(replaced_by(program))
}

fn install_and_build(checkout: &Checkout) -> Result<()> {
    println!("[1/3] tools");
    if tools::are_present(checkout) {
        println!("[2/3] build");
        return artifacts::build(checkout).map(drop);
    }
    // On the first start downloads leave time to compile.
    println!("      Worker, origin and consumer … (compile for some minutes, only the first time)");
    let build = BackgroundBuild::start(checkout)?;
    tools::ensure_for_dev(checkout)?;
    println!("[2/3] build");
    build.finish(checkout)
}

/// Builds a program if needed, and continues as that program.
pub(crate) fn become_program<A: AsRef<OsStr>>(
    checkout: &Checkout,
    name: &str,
    arguments: impl IntoIterator<Item = A>,
) -> Result<()> {
    artifacts::build_program(checkout, name)?;
    let mut program = command(checkout, name);
    program.args(arguments);
    Err(replaced_by(program))
}

/// Builds a program if needed, and returns its output.
pub(crate) fn output_of(checkout: &Checkout, name: &str, arguments: &[&str]) -> Result<String> {
    artifacts::build_program(checkout, name)?;
    let output = command(checkout, name).args(arguments).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("cannot run {name}"))?;
    ensure!(output.status.success(), "{name} failed, see above ({})", output.status);
    String::from_utf8(output.stdout).context("the output is not UTF-8")
}

/// A built program.
pub(crate) fn command(checkout: &Checkout, name: &str) -> Command {
    tools::without_xtask_env(Command::new(checkout.program(name)))
}

/// Returns only on failure.
fn replaced_by(mut program: Command) -> Error {
    let error = program.exec();
    Error::new(error).context(format!("cannot run {}", program.get_program().display()))
}
