//! Whether this machine has the programs of a deployment, in versions that work.

use anyhow::Result;
use serde_json::Value;

use super::finding::Findings;
use crate::deploy::cloud::{Cloud, CloudCommand, CommandOutput};
use crate::deploy::worker::WRANGLER;

type Version = (u32, u32, u32);

/// Locks the state in S3 without a table; the same as `required_version` in infra/versions.tf.
const TERRAFORM: Version = (1, 11, 0);
/// Required by wrangler.
const NODE: Version = (22, 12, 0);
/// The first with `AWS_ENDPOINT_URL`, mid 2023: later than every call here. Of the AWS CLI's two major versions.
const AWS_1: Version = (1, 29, 0);
const AWS_2: Version = (2, 13, 0);

const GET_TERRAFORM: &str =
    "install Terraform 1.11 or later: https://developer.hashicorp.com/terraform/install";
const GET_AWS: &str = "install version 2 of the AWS CLI: \
     https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html (1.29 or later works too)";
const GET_NODE: &str = "install Node 22.12 or later, with npm: https://nodejs.org";

/// Without one of these no other check can be made.
pub(super) fn check(cloud: &mut dyn Cloud, has_token: bool) -> Result<Findings> {
    let mut findings = Findings::default();
    let terraform = run(cloud, "terraform", &["version", "-json"])?;
    judge(
        &mut findings,
        "Terraform",
        terraform.as_deref().and_then(terraform_version),
        is_terraform,
        GET_TERRAFORM,
    );
    let aws = run(cloud, "aws", &["--version"])?;
    judge(&mut findings, "the AWS CLI", aws.as_deref().and_then(aws_version), is_aws, GET_AWS);
    let node = run(cloud, "node", &["--version"])?;
    judge(&mut findings, "Node", node.as_deref().and_then(node_version), |version| version >= NODE, GET_NODE);
    if run(cloud, "curl", &["--version"])?.is_none() {
        findings.problem("curl is missing", "install curl: https://curl.se, or your package manager");
    }
    if !has_token {
        findings.problem(
            "CLOUDFLARE_API_TOKEN is not set",
            "set CLOUDFLARE_API_TOKEN to a token of the account with the permissions listed in docs/deploying.md",
        );
    }
    if findings.problems.is_empty() {
        findings.add(wrangler(cloud)?);
    }
    Ok(findings)
}

/// The first call downloads it.
fn wrangler(cloud: &mut dyn Cloud) -> Result<Findings> {
    let mut findings = Findings::default();
    let call = CloudCommand::new("npx")
        .args(["--yes", WRANGLER, "--version"])
        .env("WRANGLER_SEND_METRICS", "false".into());
    let CommandOutput { is_success, stderr, .. } = cloud.look(&call)?;
    if !is_success {
        let reason = stderr.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no reason given");
        findings.problem(
            format!("{WRANGLER} does not start: {}", reason.trim()),
            format!(
                "run `npx --yes {WRANGLER} --version` and see why; npm downloads it from registry.npmjs.org"
            ),
        );
    }
    Ok(findings)
}

/// The output of a program. None if there is no such program, or it fails.
fn run(cloud: &mut dyn Cloud, program: &'static str, arguments: &[&str]) -> Result<Option<String>> {
    let output = cloud.look(&CloudCommand::new(program).args(arguments.iter().copied()))?;
    // Old versions 1 of the AWS CLI print their version to standard error.
    Ok(output.is_success.then(|| format!("{}{}", output.stdout, output.stderr)))
}

fn judge(
    findings: &mut Findings,
    program: &str,
    version: Option<Version>,
    is_enough: impl Fn(Version) -> bool,
    remedy: &str,
) {
    match version {
        None => findings.problem(format!("{program} is missing, or does not tell its version"), remedy),
        Some(version) if is_enough(version) => {}
        Some((major, minor, patch)) => {
            findings.problem(format!("{program} {major}.{minor}.{patch} is too old"), remedy);
        }
    }
}

fn is_terraform(version: Version) -> bool {
    version >= TERRAFORM
}

fn is_aws(version: Version) -> bool {
    version >= AWS_2 || (version.0 == 1 && version >= AWS_1)
}

/// Of `terraform version -json`; a warning may stand around the object.
fn terraform_version(output: &str) -> Option<Version> {
    let object = output.get(output.find('{')?..=output.rfind('}')?)?;
    let value: Value = serde_json::from_str(object).ok()?;
    parse(value.get("terraform_version")?.as_str()?)
}

/// Of `aws-cli/2.15.30 Python/3.11.8 …`.
fn aws_version(output: &str) -> Option<Version> {
    let (_, rest) = output.split_once("aws-cli/")?;
    parse(rest.split_whitespace().next()?)
}

fn node_version(output: &str) -> Option<Version> {
    parse(output.trim().trim_start_matches('v'))
}

/// Ignores what follows the third number, such as `-rc1`.
fn parse(version: &str) -> Option<Version> {
    let mut numbers = version.split('.').map(|number| {
        let end = number.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(number.len());
        number.get(..end)?.parse().ok()
    });
    Some((numbers.next()??, numbers.next()??, numbers.next().flatten().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_each_program_prints() {
        let terraform = "{\n  \"terraform_version\": \"1.11.4\",\n  \"platform\": \"linux_amd64\"\n}\n";
        assert_eq!(terraform_version(terraform), Some((1, 11, 4)));
        assert_eq!(terraform_version("Terraform v0.11"), None);
        let one = "aws-cli/1.46.3 Python/3.11.7 Linux/6.18 botocore/1.43.11\n";
        let two = "aws-cli/2.31.2 Python/3.13.7 Linux/6.18 exe/x86_64.debian.12\n";
        assert_eq!((aws_version(one), aws_version(two)), (Some((1, 46, 3)), Some((2, 31, 2))));
        assert_eq!(node_version("v22.12.0\n"), Some((22, 12, 0)));
        assert_eq!(node_version("?"), None);
        assert_eq!(parse("1.12.0-rc1"), Some((1, 12, 0)));
    }

    #[test]
    fn both_versions_of_the_aws_cli_are_accepted() {
        assert!(is_aws((1, 29, 0)) && is_aws((2, 13, 0)) && is_aws((2, 31, 2)) && is_aws((3, 0, 0)));
        assert!(!is_aws((1, 28, 99)) && !is_aws((2, 12, 7)) && !is_aws((0, 9, 0)));
    }

    #[test]
    fn old_program_is_named_with_what_to_install() {
        let mut findings = Findings::default();
        judge(&mut findings, "Node", Some((22, 11, 0)), |version| version >= NODE, GET_NODE);
        judge(&mut findings, "Terraform", None, is_terraform, GET_TERRAFORM);
        let report = findings.to_string();
        assert!(report.contains("Node 22.11.0 is too old") && report.contains("install Node 22.12"));
        assert!(report.contains("Terraform is missing") && report.contains("install Terraform 1.11"));
    }
}
