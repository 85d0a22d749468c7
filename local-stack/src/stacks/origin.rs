//! Starts `origin-lambda` as a plain HTTP server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use nix::sys::signal::Signal;

use crate::processes::part::{Failures, Part, Probe};
use crate::processes::ports;
use crate::processes::process::ProcessSpec;

#[derive(Debug)]
pub struct Origin {
    pub part: Part,
    pub url: String,
}

impl Origin {
    pub(crate) async fn start(
        number: usize,
        binary: PathBuf,
        environment: BTreeMap<String, String>,
        stack_folder: &Path,
        failures: Failures,
    ) -> Result<Self> {
        let port = ports::free_port()?;
        let name = format!("origin-{number}");
        let log = stack_folder.join(format!("logs/{name}.log"));
        let url = format!("http://127.0.0.1:{port}");
        let spec_factory = {
            let name = name.clone();
            move || {
                let mut command = Command::new(&binary);
                command.envs(&environment).env("LISTEN_ADDR", format!("127.0.0.1:{port}"));
                command.env_remove("AWS_LAMBDA_RUNTIME_API");
                Ok(ProcessSpec {
                    name: name.clone(),
                    command,
                    log: log.clone(),
                    stop: Signal::SIGTERM,
                    grace: Duration::from_secs(5),
                })
            }
        };
        let part = Part::start(name, Probe::Http(format!("{url}/healthz")), failures, spec_factory).await?;
        Ok(Self { part, url })
    }
}
