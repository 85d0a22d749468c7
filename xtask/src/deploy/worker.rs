//! The Worker: a version is uploaded, takes a tenth of the requests while the alarms are watched, and then all of them.
//! Decides what of `wrangler.toml` an installation fills in, and when the version goes back by itself.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Places;
use super::cloud::{Call, Cloud};
use super::functions::{self, BEFORE};
use super::outputs::{Outputs, Worker};

/// Needs Node 22. Only a deployment does, so it is not among the tools.
const WRANGLER: &str = "wrangler@4.164.0";
const CANARY_PERCENT: u32 = 10;

pub(super) fn release(cloud: &mut dyn Cloud, outputs: &Outputs, places: &Places, minutes: u32) -> Result<()> {
    let worker = &outputs.worker;
    let before = deployed(cloud, worker)?.version;
    let version = upload(cloud, outputs, places)?;
    let (mine, rest) =
        (format!("{version}@{CANARY_PERCENT}%"), format!("{before}@{}%", 100 - CANARY_PERCENT));
    share(cloud, worker, &[&mine, &rest], &format!("canary, {BEFORE}{before}"))?;
    for (region, alarms) in outputs.alarms() {
        if let Err(trouble) = functions::watch(cloud, region, alarms, minutes) {
            share(cloud, worker, &[&format!("{before}@100%")], "canary taken back")
                .context("taking the canary back failed too; it still has a tenth")?;
            return Err(trouble.context(format!("version {version} was taken back, {before} serves")));
        }
    }
    share(cloud, worker, &[&format!("{version}@100%")], &format!("{BEFORE}{before}"))
}

pub(super) fn roll_back(cloud: &mut dyn Cloud, worker: &Worker) -> Result<()> {
    let current = deployed(cloud, worker)?;
    let (_, before) = current.message.split_once(BEFORE).with_context(|| {
        format!("nothing says which version the Worker had before; it stays on {}", current.version)
    })?;
    share(cloud, worker, &[&format!("{before}@100%")], &format!("{BEFORE}{}", current.version))
}

fn upload(cloud: &mut dyn Cloud, outputs: &Outputs, places: &Places) -> Result<String> {
    let config = places.scratch.join("wrangler.json");
    let secrets = places.worker_secrets();
    let report = places.scratch.join("wrangler-output.json");
    let root = places.wrangler_toml.parent().context("wrangler.toml lies nowhere")?;
    let filled = configuration(&std::fs::read_to_string(&places.wrangler_toml)?, &outputs.worker, root)?;
    cloud.write(&config, &filled.to_string())?;
    cloud.write(&secrets, &json!(outputs.worker_secrets).to_string())?;
    cloud.write(&report, "")?;
    let call = wrangler(&outputs.worker)
        .args(["versions", "upload", "--config", &config.display().to_string()])
        .args(["--secrets-file", &secrets.display().to_string()])
        .env("WRANGLER_OUTPUT_FILE_PATH", report.display().to_string());
    cloud.call(&call.shown())?;
    let said = cloud.read(&report)?;
    let version = said.lines().find_map(|line| serde_json::from_str::<Uploaded>(line).ok()?.version_id);
    version.context("wrangler did not say which version it uploaded")
}

/// `wrangler.toml` with its empty values filled.
pub(super) fn configuration(wrangler_toml: &str, worker: &Worker, root: &Path) -> Result<Value> {
    let table: toml::Table = wrangler_toml.parse().context("wrangler.toml")?;
    let mut config: Map<String, Value> = serde_json::from_value(serde_json::to_value(table)?)?;
    // Terraform owns it.
    config.remove("triggers");
    // Paths are relative to the file that says them, and this one lies elsewhere.
    let main = config.get("main").and_then(Value::as_str).context("wrangler.toml has no `main`")?;
    let main = json!(root.join(main));
    let vars =
        config.get_mut("vars").and_then(Value::as_object_mut).context("wrangler.toml has no [vars]")?;
    vars.extend(worker.vars.iter().map(|(name, value)| (name.clone(), json!(value))));
    let namespaces = worker.kv_namespaces.iter().map(|(binding, id)| json!({ "binding": binding, "id": id }));
    config.extend([
        ("name".to_owned(), json!(worker.name)),
        ("account_id".to_owned(), json!(worker.account_id)),
        ("kv_namespaces".to_owned(), namespaces.collect()),
        ("main".to_owned(), main),
    ]);
    Ok(Value::Object(config))
}

/// A line of what wrangler reports; lines of other kinds name no version.
#[derive(Deserialize)]
struct Uploaded {
    version_id: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    versions: Vec<Share>,
    #[serde(default)]
    annotations: Annotations,
}

#[derive(Deserialize)]
struct Share {
    version_id: String,
    percentage: f64,
}

#[derive(Default, Deserialize)]
struct Annotations {
    #[serde(default, rename = "workers/message")]
    message: String,
}

struct Deployed {
    version: String,
    message: String,
}

fn deployed(cloud: &mut dyn Cloud, worker: &Worker) -> Result<Deployed> {
    let call = wrangler(worker).args(["deployments", "status", "--json", "--name", &worker.name]);
    let status: Status = serde_json::from_str(&cloud.call(&call)?)
        .context("wrangler answered something else than expected")?;
    let most = status.versions.into_iter().max_by(|one, other| one.percentage.total_cmp(&other.percentage));
    let version = most.context("the Worker has no version")?.version_id;
    Ok(Deployed { version, message: status.annotations.message })
}

fn share(cloud: &mut dyn Cloud, worker: &Worker, versions: &[&str], message: &str) -> Result<()> {
    ensure!(!versions.is_empty(), "no version to serve");
    let call = wrangler(worker).args(["versions", "deploy"]).args(versions.iter().copied()).args([
        "--yes",
        "--name",
        &worker.name,
        "--message",
        message,
    ]);
    cloud.call(&call.shown()).map(drop)
}

fn wrangler(worker: &Worker) -> Call {
    Call::new("npx")
        .args(["--yes", WRANGLER])
        .env("CLOUDFLARE_ACCOUNT_ID", worker.account_id.clone())
        .env("WRANGLER_SEND_METRICS", "false".into())
}
