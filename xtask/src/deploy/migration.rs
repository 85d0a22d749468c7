//! Runs the migrations: the function `migrate`, by calls that survive a network that forgets idle connections.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use super::cloud::{Cloud, CloudCommand, parse};
use super::functions::{self, ALIAS, publish, update};
use super::outputs::Function;
use super::paths::DeployPaths;

/// How long a call waits for the function. A migration may take 900 s, Lambda's maximum, but NAT gateways forget connections
/// that are idle for 240 s (Azure) or 350 s (AWS) without telling either end, and the keep-alive of the AWS CLI has the
/// system's interval, two hours. So a call gives up earlier and is repeated: Lambda finishes a run whose caller has gone, a
/// second run waits for the first, and has nothing left to do.
const CALL: Duration = Duration::from_secs(200);
/// While the reserved instance is busy with the first run, Lambda refuses others.
const BUSY: &str = "TooManyRequestsException";
const RETRY_INTERVAL: Duration = Duration::from_secs(15);
/// Two whole runs: the first may have to wait for a run of another deployment.
const PATIENCE: Duration = Duration::from_secs(2 * 900);

pub(super) fn migrate(cloud: &mut dyn Cloud, function: &Function, paths: &DeployPaths) -> Result<()> {
    let version = publish(cloud, function, paths)?;
    let before = functions::live(cloud, function)?;
    update(cloud, function, &before.revision, (&version, Value::Null), "")?;
    let (request, result) = (paths.scratch.join("migrate-request.json"), paths.scratch.join("migrate.json"));
    cloud.write(&request, "{}")?;
    let call = functions::aws("lambda", "invoke", function)
        .args(["--qualifier", ALIAS, "--cli-read-timeout", &CALL.as_secs().to_string()])
        .args(["--payload", &format!("fileb://{}", request.display()), &result.display().to_string()])
        // The AWS CLI would repeat the call itself, four times and at once.
        .env("AWS_MAX_ATTEMPTS", "1".into());
    println!("# migrates both databases: {}", call.line());
    let mut patience = PATIENCE;
    while !patience.is_zero() {
        cloud.write(&result, "")?;
        match Outcome::of(&mut *cloud, &call)? {
            Outcome::Ended { is_failed: false } => return Ok(()),
            Outcome::Ended { is_failed: true } => {
                bail!("{} failed: {}", function.name, cloud.read(&result).unwrap_or_default())
            }
            Outcome::CutOff => {
                println!("# the connection to {} was cut off; it goes on, and is asked again", function.name);
                patience = patience.saturating_sub(CALL);
            }
            Outcome::Busy => {
                println!("# {} still runs", function.name);
                patience = patience.saturating_sub(RETRY_INTERVAL);
            }
        }
        cloud.wait(RETRY_INTERVAL)?;
    }
    bail!(
        "{} still runs after half an hour; see its log, and run the command again when it has ended",
        function.name
    )
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Ended {
        is_failed: bool,
    },
    /// The answer did not arrive; the function may still run.
    CutOff,
    Busy,
}

impl Outcome {
    fn of(cloud: &mut dyn Cloud, call: &CloudCommand) -> Result<Self> {
        let output = cloud.look(call)?;
        if output.is_success {
            let is_failed = parse::<Invocation>(&output.stdout)?.function_error.is_some();
            return Ok(Self::Ended { is_failed });
        }
        Self::of_failure(&output.stderr)
            .with_context(|| format!("`{}` failed: {}", call.line(), output.stderr.trim()))
    }

    /// From the AWS CLI's message. None if another call would fail too.
    fn of_failure(message: &str) -> Option<Self> {
        if message.contains("An error occurred (") {
            return message.contains(BUSY).then_some(Self::Busy);
        }
        let cut_off = [
            "Read timeout on endpoint",
            "Connection was closed before",
            "Connection reset",
            "Connection aborted",
        ];
        cut_off.iter().any(|words| message.contains(words)).then_some(Self::CutOff)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Invocation {
    function_error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_off_call_is_repeated_and_a_refused_one_is_not() {
        let timeout = "\nRead timeout on endpoint URL: \"https://lambda.eu-central-1.amazonaws.com/2015-03-31/functions/shortline-migrate/invocations?Qualifier=live\"\n";
        let closed = "\nConnection was closed before we received a valid response from endpoint URL: \"https://lambda\".\n";
        let busy = "\nAn error occurred (TooManyRequestsException) when calling the Invoke operation: Rate Exceeded.\n";
        let denied =
            "\nAn error occurred (AccessDeniedException) when calling the Invoke operation: not authorized\n";
        assert_eq!(Outcome::of_failure(timeout), Some(Outcome::CutOff));
        assert_eq!(Outcome::of_failure(closed), Some(Outcome::CutOff));
        assert_eq!(Outcome::of_failure(busy), Some(Outcome::Busy));
        assert_eq!(Outcome::of_failure(denied), None);
        assert_eq!(Outcome::of_failure("Unable to locate credentials"), None);
    }
}
