//! The Lambda functions of a local stack and their triggers, with the settings that Terraform makes in production. The
//! emulator runs the real binaries with a Runtime API.

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

use crate::format;
use crate::parts::aws::client::{ACCOUNT, AwsClient, text_of};
use crate::parts::aws::identities;
use crate::parts::aws::queues;

pub(crate) const CONSUMER: &str = "shortline-log-consumer";
pub(crate) const ORIGIN: &str = "shortline-origin";

/// Messages per invocation, as in production; the emulator delivers at most ten and does not wait for more.
const BATCH_SIZE: u32 = 100;

pub(crate) type Environment = BTreeMap<String, String>;

/// A function's zip, and its hash, which identifies its processes.
#[derive(Clone, Debug)]
pub(crate) struct FunctionPackage {
    zip: Vec<u8>,
    pub(crate) sha256: String,
}

impl FunctionPackage {
    /// Zips the binary as `bootstrap`, without debug symbols, which are nine tenths of it.
    pub(crate) fn of(binary: &Path, scratch: &Path) -> Result<Self> {
        let stripped = stripped(binary, scratch)?;
        let code = std::fs::read(&stripped).with_context(|| format!("cannot read {}", stripped.display()))?;
        // A fixed time in the entry makes the zip reproducible.
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored)
            .last_modified_time(zip::DateTime::default())
            .unix_permissions(0o755);
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        archive.start_file("bootstrap", options)?;
        archive.write_all(&code)?;
        let zip = archive.finish()?.into_inner();
        let sha256 = format::hex(&Sha256::digest(&zip));
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
        // Without `strip` the upload is slower, nothing else.
        _ => Ok(binary.to_path_buf()),
    }
}

pub(crate) async fn ensure_function(
    aws: &AwsClient,
    name: &str,
    package: &FunctionPackage,
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
    // The emulator forgets functions at each start; replace one that exists since.
    let function = format!("/2015-03-31/functions/{name}");
    if aws.lambda(Method::GET, &function, None).await?.status == 200 {
        aws.lambda(Method::DELETE, &function, None).await?.json().context("cannot replace a function")?;
    }
    let answer = aws.lambda(Method::POST, "/2015-03-31/functions", Some(create)).await?;
    answer.json().with_context(|| format!("cannot create the function {name}"))?;
    Ok(())
}

/// Lets the click queue invoke the consumer, if there is no mapping yet.
pub(crate) async fn ensure_mapping(aws: &AwsClient) -> Result<()> {
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
    aws.lambda(Method::POST, mappings, Some(mapping))
        .await?
        .json()
        .context("cannot create the event source mapping")?;
    Ok(())
}

/// Creates a function URL for the origin that requires signed requests. Returns the first label of its host name.
pub(crate) async fn ensure_function_url(aws: &AwsClient) -> Result<String> {
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
        None => bail!("unexpected function URL: {url}"),
    }
}
