//! Deploys the Workers, one after another: uploads a version, gives it a tenth of the requests while the alarms are watched, then all of
//! them, or rolls it back.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::alarms::AlarmWatch;
use super::cloud::{Cloud, CloudCommand};
use super::note::{DeploymentNote, NoteKind, ServingVersion};
use super::outputs::{Outputs, Worker};
use super::paths::DeployPaths;

/// Needs Node 22.12. Only deployments use it, so it is not among the tools.
pub(super) const WRANGLER: &str = "wrangler@4.164.0";
const CANARY_PERCENT: u32 = 10;

/// Writes the configuration for wrangler, which refuses the empty values of the checkout's own.
pub(super) fn configure(cloud: &mut dyn Cloud, outputs: &Outputs, paths: &DeployPaths) -> Result<()> {
    for worker in &outputs.workers {
        let file = paths.root.join(&worker.wrangler);
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let filled = configuration(&text, worker, &outputs.worker_vars, paths)?;
        cloud.write(&paths.worker_config(&worker.name), &filled.to_string())?;
    }
    Ok(())
}

/// Returns a summary for the user. The first version replaces Terraform's placeholder, which answers 503 to everything,
/// so it gets all requests immediately, as everything does in a new installation: there is nothing to protect, and the edge's
/// alarm is on.
pub(super) fn release(
    cloud: &mut dyn Cloud,
    (outputs, worker): (&Outputs, &Worker),
    paths: &DeployPaths,
    watch: &AlarmWatch,
    (now, is_new): (&str, bool),
) -> Result<String> {
    let before = serving_version(cloud, worker, paths)?;
    let version = upload(cloud, (outputs, worker), paths)?;
    let note = |kind| DeploymentNote { at: now.to_owned(), kind }.to_string();
    let all = format!("{version}@100%");
    if is_new || before.is_placeholder() {
        share(cloud, worker, paths, &[&all], &note(NoteKind::First))?;
        return Ok(format!("{version}, the first version"));
    }
    let serving = &before.version;
    let mut canary = || -> Result<()> {
        let mine = format!("{version}@{CANARY_PERCENT}%");
        let rest = format!("{serving}@{}%", 100 - CANARY_PERCENT);
        share(cloud, worker, paths, &[&mine, &rest], &before.canary_label(now))?;
        watch.watch(cloud)?;
        let found = serving_version(cloud, worker, paths)?;
        ensure!(
            found.version == *serving && found.canary.as_ref() == Some(&version),
            "somebody else has deployed {} during this deployment; wait until that deployment has ended",
            found.version
        );
        share(cloud, worker, paths, &[&all], &note(NoteKind::Replaced(serving.clone())))
    };
    let Err(error) = canary() else { return Ok(format!("{version}, was {serving}")) };
    cloud.begin_cleanup();
    let back = format!("{serving}@100%");
    Err(match share(cloud, worker, paths, &[&back], before.label_without_canary()) {
        Ok(()) => error.context(format!("version {version} was rolled back; {serving} serves")),
        Err(failure) => error.context(format!(
            "version {version} could not be rolled back ({failure:#}); run `cargo xtask deploy --rollback`"
        )),
    })
}

/// Ends the canary, or returns to the previous version. Returns a summary for the user.
pub(super) fn roll_back(
    cloud: &mut dyn Cloud,
    worker: &Worker,
    paths: &DeployPaths,
    serving: &ServingVersion,
) -> Result<String> {
    let current = &serving.version;
    if let Some(canary) = &serving.canary {
        share(cloud, worker, paths, &[&format!("{current}@100%")], serving.label_without_canary())?;
        return Ok(format!("{current}; canary {canary} removed"));
    }
    match serving.note() {
        Some(DeploymentNote { at, kind: NoteKind::Replaced(before) }) => {
            let note = DeploymentNote { at, kind: NoteKind::RolledBackFrom(current.clone()) };
            share(cloud, worker, paths, &[&format!("{before}@100%")], &note.to_string())?;
            Ok(format!("{before}, rolled back from {current}"))
        }
        _ => Ok(format!("stays on {current}: there is no previous version, or it is rolled back already")),
    }
}

fn upload(
    cloud: &mut dyn Cloud,
    (outputs, worker): (&Outputs, &Worker),
    paths: &DeployPaths,
) -> Result<String> {
    let secrets = paths.worker_secrets();
    let report = paths.scratch.join("wrangler-output.json");
    let values = outputs.worker_secrets.get(&worker.name);
    let values =
        values.with_context(|| format!("Terraform has no secrets for the Worker {}", worker.name))?;
    // An optional secret that is not set is empty.
    let values: BTreeMap<_, _> = values.iter().filter(|(_, value)| !value.is_empty()).collect();
    cloud.write(&secrets, &json!(values).to_string())?;
    cloud.write(&report, "")?;
    let call = wrangler(worker, paths, &["versions", "upload"])
        .args(["--secrets-file", &secrets.display().to_string()])
        .env("WRANGLER_OUTPUT_FILE_PATH", report.display().to_string());
    cloud.call(&call.shown())?;
    let output = cloud.read(&report)?;
    let version = output.lines().find_map(|line| serde_json::from_str::<Uploaded>(line).ok()?.version_id);
    version.context("wrangler reported no uploaded version")
}

/// Fills in the empty values of a wrangler file.
pub(super) fn configuration(
    wrangler: &str,
    worker: &Worker,
    values: &BTreeMap<String, String>,
    paths: &DeployPaths,
) -> Result<Value> {
    let file = &worker.wrangler;
    let table: toml::Table = wrangler.parse().with_context(|| file.clone())?;
    let mut config: Map<String, Value> = serde_json::from_value(serde_json::to_value(table)?)?;
    // Terraform owns the schedule.
    config.remove("triggers");
    // Paths are relative to the configuration file, which is in another folder.
    let main = config.get("main").and_then(Value::as_str).with_context(|| format!("{file} has no `main`"))?;
    let main = json!(paths.root.join(main));
    if let Some(assets) = config.get_mut("assets").and_then(Value::as_object_mut) {
        assets.insert("directory".to_owned(), json!(paths.worker_assets()));
    }
    let vars = config.get_mut("vars").and_then(Value::as_object_mut);
    for (name, value) in vars.with_context(|| format!("{file} has no [vars]"))? {
        if let Some(filled) = values.get(name) {
            *value = json!(filled);
        }
    }
    let namespaces = worker.kv_namespaces.iter().map(|(binding, id)| json!({ "binding": binding, "id": id }));
    let services = worker.services.iter();
    let services = services.map(|(binding, service)| json!({ "binding": binding, "service": service }));
    config.extend([
        ("name".to_owned(), json!(worker.name)),
        ("account_id".to_owned(), json!(worker.account_id)),
        ("kv_namespaces".to_owned(), namespaces.collect()),
        ("services".to_owned(), services.collect()),
        ("main".to_owned(), main),
    ]);
    Ok(Value::Object(config))
}

/// A line of wrangler's report; lines of other types have no version.
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

pub(super) fn serving_version(
    cloud: &mut dyn Cloud,
    worker: &Worker,
    paths: &DeployPaths,
) -> Result<ServingVersion> {
    let call = wrangler(worker, paths, &["deployments", "status"]).args(["--json"]);
    let mut status: Status =
        serde_json::from_str(&cloud.call(&call)?).context("unexpected output of wrangler")?;
    status.versions.retain(|share| share.percentage > 0.0);
    status.versions.sort_by(|one, other| other.percentage.total_cmp(&one.percentage));
    let mut versions = status.versions.into_iter().map(|share| share.version_id);
    let version = versions.next().context("the Worker has no version")?;
    Ok(ServingVersion {
        version,
        canary: versions.next(),
        shifts_from: None,
        label: status.annotations.message,
    })
}

fn share(
    cloud: &mut dyn Cloud,
    worker: &Worker,
    paths: &DeployPaths,
    versions: &[&str],
    message: &str,
) -> Result<()> {
    let call = wrangler(worker, paths, &["versions", "deploy"]).args(versions.iter().copied()).args([
        "--yes",
        "--name",
        &worker.name,
        "--message",
        message,
    ]);
    cloud.call(&call.shown()).map(drop)
}

fn wrangler(worker: &Worker, paths: &DeployPaths, command: &[&str]) -> CloudCommand {
    CloudCommand::new("npx")
        .args(["--yes", WRANGLER])
        .args(command.iter().copied())
        .args(["--config", &paths.worker_config(&worker.name).display().to_string()])
        .env("CLOUDFLARE_ACCOUNT_ID", worker.account_id.clone())
        .env("WRANGLER_SEND_METRICS", "false".into())
}
