//! A program that runs once, beside a stack, and ends by itself. Decides only that it cannot outlive us.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use super::process::{Process, Spec};

/// Returns all that it said, which stays in `log`. Dropped before it is done, it ends the program.
pub async fn run_to_end(name: &str, command: Command, log: &Path) -> Result<String> {
    let process = Process::start(Spec {
        name: name.to_owned(),
        command,
        log: log.to_path_buf(),
        stop: Signal::SIGTERM,
        grace: Duration::from_secs(5),
    })?;
    process.exited().await;
    if !process.succeeded() {
        bail!("{}", process.last_words());
    }
    std::fs::read_to_string(log).with_context(|| format!("cannot read {}", log.display()))
}
