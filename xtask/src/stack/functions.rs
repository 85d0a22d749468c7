//! The Lambda functions of a local stack: their package, and what invokes them. Decides what Terraform decides for
//! production; the emulator runs their true bootstrap against the true Runtime API.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::aws_client::{ACCOUNT, AwsClient, text_of};
use super::{identities, queues};

pub(super) const CONSUMER: &str = "shortline-log-consumer";
pub(super) const ORIGIN: &str = "shortline-origin";

/// Messages for one invocation, as in production; the emulator hands over ten at most, and waits for no more.
const BATCH_SIZE: u32 = 100;

pub(super) type Environment = BTreeMap<String, String>;

/// A function's code: the zip, and the name by which its processes can be told from others.
#[derive(Clone, Debug)]
pub(super) struct Package {
    zip: Vec<u8>,
    pub(super) sha256: String,
}

impl Package {
    /// Zips the binary as `bootstrap`, without its debugging symbols: they are nine tenths of it.
    pub(super) fn of(binary: &Path, scratch: &Path) -> Result<Self> {
        let stripped = stripped(binary, scratch)?;
        let code = std::fs::read(&stripped).with_context(|| format!("cannot read {}", stripped.display()))?;
        // A fixed time in the entry: equal code is an equal package.
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored)
            .last_modified_time(zip::DateTime::default())
            .unix_permissions(0o755);
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        archive.start_file("bootstrap", options)?;
        archive.write_all(&code)?;
        let zip = archive.finish()?.into_inner();
        let sha256 = Sha256::digest(&zip).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { zip, sha256 })
    }
}

fn stripped(binary: &Path, scratch: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(scratch).with_context(|| format!("cannot create {}", scratch.display()))?;
    let name = binary.file_name().context("a binary without a name")?;
    let copy = scratch.join(name);
    let status = Command::new("strip").arg("-S").arg("-o").arg(&copy).arg(binary).status();
    match status {
        Ok(status) if status.success() => Ok(copy),
        // Slower to send, and otherwise the same.
        _ => Ok(binary.to_path_buf()),
    }
}

pub(super) async fn ensure_function(
    aws: &AwsClient,
    name: &str,
    package: &Package,
    environment: &Environment,
    timeout_seconds: u32,
) -> Result<()> {
    let create = json!({
        "FunctionName": name,
        "Runtime": "provided.al2023",
        "Handler": "bootstrap",
        "Role": format!("arn:aws:iam::{ACCOUNT}:role/{}", identities::ROLE),
        "Code": {"ZipFile": STANDARD.encode(&package.zip)},
        "Environment": {"Variables": environment},
        "Timeout": timeout_seconds,
        "MemorySize": 256,
    });
    // The emulator forgets functions at each start, so that none is there; asked twice in one life, replace it.
    let function = format!("/2015-03-31/functions/{name}");
    if aws.lambda(Method::GET, &function, None).await?.status == 200 {
        aws.lambda(Method::DELETE, &function, None).await?.json().context("cannot replace a function")?;
    }
    let answer = aws.lambda(Method::POST, "/2015-03-31/functions", Some(create)).await?;
    answer.json().with_context(|| format!("the function {name} is refused"))?;
    Ok(())
}

/// Lets the click queue invoke the consumer; one mapping, however often this is asked for.
pub(super) async fn ensure_mapping(aws: &AwsClient) -> Result<()> {
    let mappings = "/2015-03-31/event-source-mappings";
    let present =
        aws.lambda(Method::GET, &format!("{mappings}?FunctionName={CONSUMER}"), None).await?.json()?;
    if present.get("EventSourceMappings").and_then(Value::as_array).is_some_and(|list| !list.is_empty()) {
        return Ok(());
    }
    let mapping = json!({
        "FunctionName": CONSUMER,
        "EventSourceArn": queues::arn(queues::CLICKS),
        "BatchSize": BATCH_SIZE,
        "MaximumBatchingWindowInSeconds": 1,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "Enabled": true,
    });
    aws.lambda(Method::POST, mappings, Some(mapping)).await?.json().context("the mapping is refused")?;
    Ok(())
}

/// Gives the origin an address that answers to signed requests only. Returns its host name without a domain.
pub(super) async fn ensure_function_url(aws: &AwsClient) -> Result<String> {
    let path = format!("/2021-10-31/functions/{ORIGIN}/url");
    let present = aws.lambda(Method::GET, &path, None).await?;
    let config = match present.status {
        200 => present.json()?,
        _ => aws.lambda(Method::POST, &path, Some(json!({"AuthType": "AWS_IAM"}))).await?.json()?,
    };
    let url = text_of(&config, "FunctionUrl")?;
    let host = url.trim_start_matches("https://").trim_end_matches('/');
    match host.strip_suffix(".on.aws") {
        Some(host) => Ok(host.to_owned()),
        None => bail!("the emulator gives an address of another form: {url}"),
    }
}
