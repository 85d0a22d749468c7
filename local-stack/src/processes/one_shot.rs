//! Runs a one-shot command, which cannot outlive this process.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::processes::process::{Process, ProcessSpec};

/// Returns its output, which is also kept in `log`. Dropping the future ends the command.
pub async fn run_one_shot(name: &str, command: Command, log: &Path) -> Result<String> {
    let process = Process::start(ProcessSpec {
        name: name.to_owned(),
        command,
        log: log.to_path_buf(),
        stop: Signal::SIGTERM,
        grace: Duration::from_secs(5),
    })?;
    process.exited().await;
    if !process.succeeded() {
        bail!("{}", process.exit_report());
    }
    std::fs::read_to_string(log).with_context(|| format!("cannot read {}", log.display()))
}
