//! The Worker: a version is uploaded, takes a tenth of the requests while the alarms are watched, and then all of them.
//! Decides what of `wrangler.toml` an installation fills in, and when the version goes back by itself.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Places;
use super::alarms::Watch;
use super::cloud::{Call, Cloud};
use super::note::{Note, Standing, Way};
use super::outputs::{Outputs, Worker};

/// Needs Node 22.12. Only a deployment does, so it is not among the tools.
const WRANGLER: &str = "wrangler@4.164.0";
const CANARY_PERCENT: u32 = 10;

/// Every call of wrangler reads a configuration, and refuses the checkout's own: its values are empty until they are filled here.
pub(super) fn configure(cloud: &mut dyn Cloud, worker: &Worker, places: &Places) -> Result<()> {
    let root = places.wrangler_toml.parent().context("wrangler.toml lies nowhere")?;
    let filled = configuration(&std::fs::read_to_string(&places.wrangler_toml)?, worker, root)?;
    cloud.write(&places.worker_config(), &filled.to_string())
}

/// What became of it. The first one takes the place of Terraform's placeholder, which answers 503 to everything, so it gets all
/// requests at once: there is nothing to protect, and the alarm of the edge is on.
pub(super) fn release(
    cloud: &mut dyn Cloud,
    outputs: &Outputs,
    places: &Places,
    watch: &Watch,
    (now, is_first): (&str, bool),
) -> Result<String> {
    let worker = &outputs.worker;
    let before = standing(cloud, worker, places)?;
    let version = upload(cloud, outputs, places)?;
    let note = |way| Note { at: now.to_owned(), way }.to_string();
    let all = format!("{version}@100%");
    if is_first {
        share(cloud, worker, places, &[&all], &note(Way::First))?;
        return Ok(format!("{version}, its first"));
    }
    let serving = &before.version;
    let mut canary = || -> Result<()> {
        let mine = format!("{version}@{CANARY_PERCENT}%");
        let rest = format!("{serving}@{}%", 100 - CANARY_PERCENT);
        share(cloud, worker, places, &[&mine, &rest], &before.canary_label(now))?;
        watch.look(cloud)?;
        let found = standing(cloud, worker, places)?;
        ensure!(
            found.version == *serving && found.canary.as_ref() == Some(&version),
            "somebody else has deployed {} meanwhile: two deployments at once? Let the other one end",
            found.version
        );
        share(cloud, worker, places, &[&all], &note(Way::Before(serving.clone())))
    };
    let Err(trouble) = canary() else { return Ok(format!("{version}, before {serving}")) };
    cloud.settle();
    let back = format!("{serving}@100%");
    Err(match share(cloud, worker, places, &[&back], before.settled_label()) {
        Ok(()) => trouble.context(format!("version {version} was taken back, {serving} serves")),
        Err(error) => trouble.context(format!(
            "version {version} could not be taken back ({error:#}); `cargo xtask deploy --rollback` does it"
        )),
    })
}

/// Ends its canary, or goes to the version before. What became of it.
pub(super) fn roll_back(
    cloud: &mut dyn Cloud,
    worker: &Worker,
    places: &Places,
    standing: &Standing,
) -> Result<String> {
    let current = &standing.version;
    if let Some(canary) = &standing.canary {
        share(cloud, worker, places, &[&format!("{current}@100%")], standing.settled_label())?;
        return Ok(format!("{current}; {canary} has no part any more"));
    }
    match standing.note() {
        Some(Note { at, way: Way::Before(before) }) => {
            let note = Note { at, way: Way::Back(current.clone()) };
            share(cloud, worker, places, &[&format!("{before}@100%")], &note.to_string())?;
            Ok(format!("{before}, back from {current}"))
        }
        _ => Ok(format!("stays on {current}: there is nothing before it, or it is back already")),
    }
}

fn upload(cloud: &mut dyn Cloud, outputs: &Outputs, places: &Places) -> Result<String> {
    let secrets = places.worker_secrets();
    let report = places.scratch.join("wrangler-output.json");
    cloud.write(&secrets, &json!(outputs.worker_secrets).to_string())?;
    cloud.write(&report, "")?;
    let call = wrangler(&outputs.worker, places, &["versions", "upload"])
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

pub(super) fn standing(cloud: &mut dyn Cloud, worker: &Worker, places: &Places) -> Result<Standing> {
    let call = wrangler(worker, places, &["deployments", "status"]).args(["--json"]);
    let mut status: Status = serde_json::from_str(&cloud.call(&call)?)
        .context("wrangler answered something else than expected")?;
    status.versions.retain(|share| share.percentage > 0.0);
    status.versions.sort_by(|one, other| other.percentage.total_cmp(&one.percentage));
    let mut versions = status.versions.into_iter().map(|share| share.version_id);
    let version = versions.next().context("the Worker has no version")?;
    Ok(Standing { version, canary: versions.next(), label: status.annotations.message })
}

fn share(
    cloud: &mut dyn Cloud,
    worker: &Worker,
    places: &Places,
    versions: &[&str],
    message: &str,
) -> Result<()> {
    let call = wrangler(worker, places, &["versions", "deploy"]).args(versions.iter().copied()).args([
        "--yes",
        "--name",
        &worker.name,
        "--message",
        message,
    ]);
    cloud.call(&call.shown()).map(drop)
}

fn wrangler(worker: &Worker, places: &Places, command: &[&str]) -> Call {
    Call::new("npx")
        .args(["--yes", WRANGLER])
        .args(command.iter().copied())
        .args(["--config", &places.worker_config().display().to_string()])
        .env("CLOUDFLARE_ACCOUNT_ID", worker.account_id.clone())
        .env("WRANGLER_SEND_METRICS", "false".into())
}
