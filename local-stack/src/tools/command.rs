//! Runs commands for installers and builds.

use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

/// `cargo` of the toolchain that started this program.
pub fn cargo() -> Command {
    without_xtask_env(Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())))
}

/// Removes the variables that `cargo run` sets for xtask: ring's build script watches them, so ring and its dependents
/// would be rebuilt after each direct call of cargo.
pub fn without_xtask_env(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_") {
            command.env_remove(name.as_ref());
        }
    }
    command
}

pub fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Runs a command with its output shown.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
    let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
    let program = command.get_program().display();
    ensure!(status.success(), "`{program} {}` failed, see above ({status})", arguments.join(" "));
    Ok(())
}

/// Runs a command with its output hidden; shows it on failure.
pub(crate) fn run_quietly(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        let output_text = [output.stdout, output.stderr].concat();
        bail!(
            "{command:?} failed ({}):\n{}",
            output.status,
            String::from_utf8_lossy(&output_text).trim_end()
        );
    }
    Ok(())
}
