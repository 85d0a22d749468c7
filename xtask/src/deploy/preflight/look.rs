//! Reads from AWS and Cloudflare, and tells a missing thing from a missing permission. Makes no call that writes.

use anyhow::Result;
use serde::Deserialize;
use serde_json::Value;

use crate::deploy::cloud::{Cloud, CloudCommand, CommandOutput};

/// Seconds; a call that hangs must not hold up the others.
const CURL_TIMEOUT: &str = "30";
const CLOUDFLARE_API: &str = "https://api.cloudflare.com/client/v4";

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Looked {
    Found(Value),
    Failed { code: String, message: String },
}

impl Looked {
    /// Whether the cloud answered with one of these codes, which say that there is no such thing.
    pub(super) fn is_missing(&self, missing: &[&str]) -> bool {
        matches!(self, Self::Failed { code, .. } if missing.contains(&code.as_str()))
    }
}

/// `aws SERVICE ACTION --region REGION --output json`, which versions 1 and 2 of the AWS CLI share.
pub(super) fn aws(cloud: &mut dyn Cloud, region: &str, arguments: &[&str]) -> Result<Looked> {
    let call = CloudCommand::new("aws")
        .args(arguments.iter().copied())
        .args(["--region", region, "--output", "json"])
        // Version 2 would page its output.
        .env("AWS_PAGER", String::new());
    Ok(of_aws(&cloud.look(&call)?))
}

fn of_aws(output: &CommandOutput) -> Looked {
    if output.is_success {
        return match serde_json::from_str(&output.stdout) {
            Ok(found) => Looked::Found(found),
            // Some calls print nothing where there is nothing.
            Err(_) if output.stdout.trim().is_empty() => Looked::Found(Value::Null),
            Err(_) => failed("", "aws printed no JSON"),
        };
    }
    let text = output.stderr.trim();
    let code = text.split_once("An error occurred (").and_then(|(_, rest)| rest.split_once(')'));
    let Some((code, rest)) = code else { return failed("", text) };
    failed(code, rest.split_once("operation: ").map_or(rest, |(_, message)| message))
}

fn failed(code: &str, message: &str) -> Looked {
    let message = message.lines().find(|line| !line.trim().is_empty()).unwrap_or("no reason given");
    Looked::Failed { code: code.into(), message: message.trim().into() }
}

/// Cloudflare's API with the deployer's token. wrangler has no command for zones, records and tokens.
#[derive(Clone, Debug)]
pub(super) struct CloudflareApi {
    pub(super) base: String,
    pub(super) token: String,
}

impl CloudflareApi {
    /// With the same variables as wrangler.
    pub(super) fn from_environment() -> Self {
        let read = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            base: read("CLOUDFLARE_API_BASE_URL").unwrap_or_else(|| CLOUDFLARE_API.into()),
            token: read("CLOUDFLARE_API_TOKEN").unwrap_or_default(),
        }
    }

    pub(super) fn get(&self, cloud: &mut dyn Cloud, path: &str) -> Result<Looked> {
        let call = CloudCommand::new("curl")
            .args(["--silent", "--show-error", "--max-time", CURL_TIMEOUT])
            // On standard input, because every user of the machine can read command lines.
            .args(["--header", "@-", "--write-out", "\n%{http_code}"])
            .args([format!("{}{path}", self.base)])
            .stdin(format!("Authorization: Bearer {}\n", self.token));
        Ok(of_cloudflare(&cloud.look(&call)?))
    }
}

#[derive(Deserialize)]
struct Envelope {
    success: bool,
    #[serde(default)]
    errors: Vec<ApiError>,
    #[serde(default)]
    result: Value,
}

#[derive(Deserialize)]
struct ApiError {
    code: i64,
    message: String,
}

/// The code of a failure is the HTTP status: Cloudflare's own codes differ between its services.
fn of_cloudflare(output: &CommandOutput) -> Looked {
    if !output.is_success {
        return failed("", &output.stderr);
    }
    let (body, status) = output.stdout.rsplit_once('\n').unwrap_or((&output.stdout, ""));
    match serde_json::from_str::<Envelope>(body) {
        Ok(Envelope { success: true, result, .. }) => Looked::Found(result),
        Ok(Envelope { errors, .. }) => {
            let errors: Vec<_> =
                errors.iter().map(|error| format!("{} (code {})", error.message, error.code)).collect();
            failed(status, &format!("HTTP {status}, {}", errors.join(", ")))
        }
        Err(_) => failed(status, &format!("HTTP {status} without Cloudflare's JSON")),
    }
}

#[cfg(test)]
pub(super) fn missing(code: &str) -> Looked {
    failed(code, "the cloud's message")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn output(is_success: bool, stdout: &str, stderr: &str) -> CommandOutput {
        CommandOutput { is_success, stdout: stdout.into(), stderr: stderr.into() }
    }

    #[test]
    fn errors_of_both_versions_of_the_aws_cli_are_read() {
        let message =
            "An error occurred (NoSuchEntity) when calling the GetRole operation: Role X not found.";
        for text in [format!("\n{message}\n"), format!("\naws: [ERROR]: {message}\n\nAdditional details:\nx")]
        {
            let expected =
                Looked::Failed { code: "NoSuchEntity".into(), message: "Role X not found.".into() };
            assert_eq!(of_aws(&output(false, "", &text)), expected);
        }
        let offline = "\nCould not connect to the endpoint URL: \"https://iam.amazonaws.com/\"\n";
        let Looked::Failed { code, message } = of_aws(&output(false, "", offline)) else { panic!("found") };
        assert!(code.is_empty() && message.starts_with("Could not connect"), "{message}");
    }

    #[test]
    fn answers_of_cloudflare_are_told_from_refusals() {
        let found =
            output(true, "{\"success\":true,\"errors\":[],\"result\":{\"name\":\"example.com\"}}\n200", "");
        assert_eq!(of_cloudflare(&found), Looked::Found(json!({ "name": "example.com" })));
        let refused = "{\"success\":false,\"errors\":[{\"code\":10000,\"message\":\"Authentication error\"}],\"result\":null}\n403";
        let message = "HTTP 403, Authentication error (code 10000)".into();
        assert_eq!(of_cloudflare(&output(true, refused, "")), Looked::Failed { code: "403".into(), message });
        let gateway = of_cloudflare(&output(true, "<html>\n502", ""));
        assert_eq!(gateway, failed("502", "HTTP 502 without Cloudflare's JSON"));
    }
}
