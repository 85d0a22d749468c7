//! Starts a workerd process with a configuration file.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};
use nix::sys::signal::Signal;

use crate::checkout::Checkout;
use crate::processes::part::{Failures, Part, Probe};
use crate::processes::process::ProcessSpec;

/// `probe` is a URL that answers 200 once it is ready.
pub(crate) async fn serve(
    checkout: &Checkout,
    name: &str,
    config: PathBuf,
    log: PathBuf,
    probe: String,
    failures: Failures,
) -> Result<Part> {
    let workerd = checkout.workerd();
    if !workerd.exists() {
        bail!("{} does not exist; run `cargo xtask tools`", workerd.display());
    }
    let spec_factory = {
        let name = name.to_owned();
        move || {
            let mut command = Command::new(&workerd);
            command.arg("serve").arg("--experimental").arg(&config);
            Ok(ProcessSpec {
                name: name.clone(),
                command,
                log: log.clone(),
                stop: Signal::SIGTERM,
                grace: Duration::from_secs(3),
            })
        }
    };
    Part::start(name, Probe::Http(probe), failures, spec_factory).await
}
