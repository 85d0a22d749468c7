//! The AWS emulator, ministack, which checks the signature of every call.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::checkout::Checkout;
use crate::parts::aws::client::{AwsClient, REGION};
use crate::processes::part::{Failures, Part, Probe};
use crate::processes::ports;
use crate::processes::process::ProcessSpec;
use crate::stacks::secrets::Secrets;

/// The only state kept between runs: undelivered messages. Functions and identities are created anew, so that they
/// match this build.
const KEPT_STATE: &str = "sqs.json";

#[derive(Debug)]
pub struct Aws {
    pub part: Part,
    pub client: AwsClient,
}

impl Aws {
    pub(crate) async fn start(
        checkout: &Checkout,
        stack_folder: &Path,
        secrets: &Secrets,
        failures: Failures,
    ) -> Result<Self> {
        let python = checkout.python();
        if !python.exists() {
            bail!("{} does not exist; run `cargo xtask tools`", python.display());
        }
        let port = ports::free_port()?;
        let folder = stack_folder.join("aws");
        let (state, scratch) = (folder.join("state"), folder.join("tmp"));
        // Functions are unpacked there again at each start.
        let _ = std::fs::remove_dir_all(&scratch);
        for folder in [&state, &scratch] {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        }
        migrate_state(&state, port)?;
        let client = AwsClient::new(
            format!("http://127.0.0.1:{port}"),
            secrets.aws_access_key_id.clone(),
            secrets.aws_secret_access_key.clone(),
        );
        let log = stack_folder.join("logs/aws.log");
        let spec_factory = {
            let client = client.clone();
            move || {
                Ok(ProcessSpec {
                    name: "aws".into(),
                    command: command(&python, &client, port, &state, &scratch),
                    log: log.clone(),
                    // It writes its state when it ends.
                    stop: Signal::SIGTERM,
                    grace: Duration::from_secs(10),
                })
            }
        };
        let health = format!("{}/_ministack/health", client.endpoint);
        let part = Part::start("aws", Probe::Http(health), failures, spec_factory).await?;
        Ok(Self { part, client })
    }
}

fn command(python: &Path, client: &AwsClient, port: u16, state: &Path, scratch: &Path) -> Command {
    let mut command = Command::new(python);
    command.args(["-m", "ministack"]).envs([
        ("BIND_HOST", "127.0.0.1"),
        ("MINISTACK_HOST", "127.0.0.1"),
        ("GATEWAY_PORT", &port.to_string()),
        ("MINISTACK_REGION", REGION),
        ("AUTH", "true"),
        ("AWS_ACCESS_KEY_ID", &client.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", &client.secret_access_key),
        // The endpoint for functions.
        ("AWS_ENDPOINT_URL", &client.endpoint),
        ("SERVICES", "sqs,lambda,iam,sts"),
        ("LAMBDA_EXECUTOR", "local"),
        ("PERSIST_STATE", "1"),
        // Disable listeners that are not used here, one of them on a fixed port.
        ("IOT_MTLS_ENABLED", "0"),
        ("SFTP_ENABLED", "0"),
        // Otherwise it would remove containers of a Docker daemon.
        ("DOCKER_HOST", "unix:///nonexistent/docker.sock"),
        ("LOG_LEVEL", "INFO"),
        ("PYTHONUNBUFFERED", "1"),
        ("PYTHONDONTWRITEBYTECODE", ""),
    ]);
    command
        .env("STATE_DIR", state)
        .env("TMPDIR", scratch)
        .env_remove("AWS_SESSION_TOKEN")
        .env_remove("AWS_PROFILE");
    command
}

/// Updates the port in the saved state, which names queues by their address.
fn migrate_state(state: &Path, port: u16) -> Result<()> {
    let entries = std::fs::read_dir(state).with_context(|| format!("cannot list {}", state.display()))?;
    let paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    for path in paths {
        if !path.ends_with(KEPT_STATE) {
            let _ = std::fs::remove_file(&path);
            continue;
        }
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let moved = with_port(&text, port);
        std::fs::write(&path, moved).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn with_port(state: &str, port: u16) -> String {
    const BEFORE: &str = "http://127.0.0.1:";
    const AFTER: &str = "/000000000000/shortline-";
    let mut pieces = state.split(BEFORE);
    let mut moved = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit());
        moved.push_str(BEFORE);
        if rest.starts_with(AFTER) {
            moved.push_str(&port.to_string());
            moved.push_str(rest);
        } else {
            moved.push_str(piece);
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_our_queues_change() {
        let state =
            r#"{"http://127.0.0.1:20001/000000000000/shortline-clicks": "http://127.0.0.1:20001/abc"}"#;
        let moved = r#"{"http://127.0.0.1:7/000000000000/shortline-clicks": "http://127.0.0.1:20001/abc"}"#;
        assert_eq!(with_port(state, 7), moved);
    }
}
