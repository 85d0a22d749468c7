//! A workerd process and how it is started and ended. What it serves, its configuration says.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};
use nix::sys::signal::Signal;

use super::part::{Failures, Part, Probe};
use super::process::Spec;
use crate::checkout::Checkout;

/// `probe` is a URL that answers 200 once it serves.
pub(super) async fn serve(
    checkout: &Checkout,
    name: &str,
    config: PathBuf,
    log: PathBuf,
    probe: String,
    failures: Failures,
) -> Result<Part> {
    let workerd = checkout.workerd();
    if !workerd.exists() {
        bail!("there is no {}; `cargo xtask tools` installs it", workerd.display());
    }
    let recipe = {
        let name = name.to_owned();
        move || {
            let mut command = Command::new(&workerd);
            command.arg("serve").arg("--experimental").arg(&config);
            Ok(Spec {
                name: name.clone(),
                command,
                log: log.clone(),
                stop: Signal::SIGTERM,
                grace: Duration::from_secs(3),
            })
        }
    };
    Part::start(name, Probe::Http(probe), failures, recipe).await
}
