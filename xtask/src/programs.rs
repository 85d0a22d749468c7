//! Builds and runs the programs `local-stack` and `bench`, which have the heavy dependencies.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Error, Result, ensure};
use local_stack::checkout::Checkout;
use local_stack::dev_options::{DevOptions, lock};
use local_stack::{artifacts, tools};

pub(crate) fn dev(checkout: &Checkout, options: &DevOptions) -> Result<()> {
    let started = Instant::now();
    let folder = options.folder(checkout)?;
    // Checked before the build, which may take minutes.
    let reserved = lock(&folder)?;
    options.check_port()?;
    let background_build = install_tools(checkout)?;
    println!("[2/3] build");
    if let Some(mut build) = background_build {
        // Its errors are shown by the build below, which repeats what failed.
        build.wait().context("cannot wait for the build")?;
    }
    artifacts::build(checkout)?;
    println!("[3/3] start");
    drop(reserved);
    let prepared_in_ms = started.elapsed().as_millis().to_string();
    let mut program = command(checkout, "local-stack");
    program.arg("dev").args(options.arguments(&folder)).args(["--prepared-in-ms", &prepared_in_ms]);
    Err(replaced_by(program))
}

/// On the first start the product compiles at the same time: neither keeps all cores busy.
fn install_tools(checkout: &Checkout) -> Result<Option<Child>> {
    println!("[1/3] tools");
    if tools::are_present(checkout) {
        return Ok(None);
    }
    let mut build = artifacts::build_in_background(checkout)?;
    let installed = tools::ensure(checkout);
    if installed.is_err() {
        let _ = build.kill();
    }
    installed.map(|()| Some(build))
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
