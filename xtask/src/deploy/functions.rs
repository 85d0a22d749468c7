//! Deploys a function: publishes a version, gives it a tenth of the calls while the alarms are watched, then all of
//! them, or rolls it back.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Error, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use super::alarms::AlarmWatch;
use super::cloud::{Cloud, CloudCommand, parse};
use super::note::{DeploymentNote, NoteKind, ServingVersion};
use super::outputs::Function;
use super::paths::DeployPaths;

/// The alias that all callers use; the same as in `infra/function`.
pub(super) const ALIAS: &str = "live";
const CANARY_WEIGHT: f64 = 0.1;
const SHIFT_INTERVAL: Duration = Duration::from_secs(15);
/// Lambda starts hundreds of instances in a minute or two.
const SHIFT_PATIENCE: Duration = Duration::from_secs(15 * 60);

/// The AWS account of the current credentials.
pub(super) fn account(cloud: &mut dyn Cloud) -> Result<String> {
    // Any region can answer; the installation's is not known yet.
    let call = CloudCommand::new("aws").args([
        "sts",
        "get-caller-identity",
        "--region",
        "us-east-1",
        "--output",
        "json",
    ]);
    let answer = cloud
        .call(&call)
        .context("AWS does not accept the credentials of this environment; they may have expired")?;
    Ok(parse::<Caller>(&answer)?.account)
}

/// Returns a summary for the user.
pub(super) fn release(
    cloud: &mut dyn Cloud,
    function: &Function,
    watch: &AlarmWatch,
    paths: &DeployPaths,
    (now, is_new): (&str, bool),
) -> Result<String> {
    let before = live(cloud, function)?;
    let version = publish(cloud, function, paths)?;
    let note = |kind| DeploymentNote { at: now.to_owned(), kind }.to_string();
    if is_new || before.serving.note().is_none() {
        // No deployment has reached the Worker yet, so nobody calls this function.
        update(cloud, function, &before.revision, (&version, Value::Null), &note(NoteKind::First))?;
        return Ok(format!("{version}, the first version"));
    }
    // Lambda returns the existing version for equal code and settings.
    if version == before.serving.version {
        return Ok(format!("stays on {version}"));
    }
    let mut canary = || -> Result<()> {
        let weights = json!({ version.as_str(): CANARY_WEIGHT });
        let serving = before.serving.version.as_str();
        let label = before.serving.canary_label(now);
        let shifted = update(cloud, function, &before.revision, (serving, weights), &label)?;
        watch.watch(cloud)?;
        let kind = note(NoteKind::Replaced(serving.to_owned()));
        update(cloud, function, &shifted.revision, (&version, Value::Null), &kind)?;
        wait_until_shifted(cloud, function)
    };
    match canary() {
        Ok(()) => Ok(format!("{version}, was {}", before.serving.version)),
        Err(error) => Err(roll_back_canary(cloud, function, &before.serving, &version, error)),
    }
}

/// With provisioned concurrency Lambda moves an alias only when it has warmed the new version's instances. Whatever is
/// deployed next may need this version.
fn wait_until_shifted(cloud: &mut dyn Cloud, function: &Function) -> Result<()> {
    let mut found = live(cloud, function)?;
    let mut patience = SHIFT_PATIENCE;
    while let Some(old) = &found.serving.shifts_from {
        ensure!(
            !patience.is_zero(),
            "Lambda still warms instances of {}, and {old} serves; see why: {}",
            found.serving.version,
            aws("lambda", "get-provisioned-concurrency-config", function).args(["--qualifier", ALIAS]).line()
        );
        patience = patience.saturating_sub(SHIFT_INTERVAL);
        cloud.wait(SHIFT_INTERVAL)?;
        found = live(cloud, function)?;
    }
    Ok(())
}

/// Rolls the canary back and returns the error with the result of the roll-back.
fn roll_back_canary(
    cloud: &mut dyn Cloud,
    function: &Function,
    before: &ServingVersion,
    version: &str,
    error: Error,
) -> Error {
    cloud.begin_cleanup();
    let outcome = live(cloud, function).and_then(|found| {
        let found_canary = found.serving.canary.as_deref().unwrap_or(version);
        let is_ours = found.serving.version == version
            || (found.serving.version == before.version && found_canary == version);
        ensure!(is_ours, "`{ALIAS}` points to a version of another deployment; is one running?");
        update(cloud, function, &found.revision, (&before.version, Value::Null), &before.label)
    });
    match outcome {
        Ok(_) => {
            error.context(format!("version {version} was rolled back; all calls go to {}", before.version))
        }
        Err(failure) => error.context(format!(
            "version {version} could not be rolled back ({failure:#}); run `cargo xtask deploy --rollback`"
        )),
    }
}

/// Ends the canary, or returns to the previous version. Returns a summary for the user.
pub(super) fn roll_back(cloud: &mut dyn Cloud, function: &Function, live: &LiveAlias) -> Result<String> {
    let LiveAlias { serving, revision } = live;
    if let Some(canary) = &serving.canary {
        update(cloud, function, revision, (&serving.version, Value::Null), serving.label_without_canary())?;
        return Ok(format!("{}; canary {canary} removed", serving.version));
    }
    match serving.note() {
        Some(DeploymentNote { at, kind: NoteKind::Replaced(before) }) => {
            let note = DeploymentNote { at, kind: NoteKind::RolledBackFrom(serving.version.clone()) };
            update(cloud, function, revision, (&before, Value::Null), &note.to_string())?;
            Ok(format!("{before}, rolled back from {}", serving.version))
        }
        _ => Ok(format!(
            "stays on {}: there is no previous version, or it is rolled back already",
            serving.version
        )),
    }
}

/// Publishes the package as a version with the function's current settings.
pub(super) fn publish(cloud: &mut dyn Cloud, function: &Function, paths: &DeployPaths) -> Result<String> {
    let zip = paths.packages.join(&function.package);
    // Lambda refuses code while it applies settings that Terraform may just have changed.
    cloud.call(&aws("lambda", "wait", function).insert_waiter("function-updated-v2"))?;
    let upload = aws("lambda", "update-function-code", function).args([
        "--publish",
        "--zip-file",
        &format!("fileb://{}", zip.display()),
    ]);
    let answer = cloud.call(&upload)?;
    let version = parse::<Published>(&answer)?.version;
    let active = aws("lambda", "wait", function).insert_waiter("published-version-active");
    cloud.call(&active.args(["--qualifier", &version]))?;
    Ok(version)
}

/// The state of the alias `live`, and its revision id.
pub(super) struct LiveAlias {
    pub(super) serving: ServingVersion,
    pub(super) revision: String,
}

pub(super) fn live(cloud: &mut dyn Cloud, function: &Function) -> Result<LiveAlias> {
    parse::<Alias>(&cloud.call(&aws("lambda", "get-alias", function).args(["--name", ALIAS]))?)
        .map(LiveAlias::from)
}

/// Points the alias to a version, with `weights` for others. Lambda refuses it if the alias has another revision
/// because somebody else moved it.
pub(super) fn update(
    cloud: &mut dyn Cloud,
    function: &Function,
    revision: &str,
    (version, weights): (&str, Value),
    label: &str,
) -> Result<LiveAlias> {
    let weights = if weights.is_null() { json!({}) } else { weights };
    let routing = json!({ "AdditionalVersionWeights": weights }).to_string();
    let call = aws("lambda", "update-alias", function)
        .args(["--name", ALIAS, "--revision-id", revision, "--function-version", version])
        .args(["--routing-config", &routing, "--description", label]);
    let answer = cloud.call(&call).context(
        "`live` was not changed. If AWS says that the RevisionId does not match, wait until the other deployment has ended",
    )?;
    parse::<Alias>(&answer).map(LiveAlias::from)
}

pub(super) fn aws(service: &str, action: &str, function: &Function) -> CloudCommand {
    CloudCommand::new("aws").args([
        service,
        action,
        "--region",
        &function.region,
        "--output",
        "json",
        "--function-name",
        &function.name,
    ])
}

impl CloudCommand {
    /// Inserts the waiter's name after `aws lambda wait`.
    fn insert_waiter(mut self, waiter: &str) -> Self {
        self.arguments.insert(2, waiter.into());
        self
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Caller {
    account: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Alias {
    function_version: String,
    #[serde(default)]
    description: String,
    revision_id: String,
    #[serde(default)]
    routing_config: Option<Routing>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Routing {
    #[serde(default)]
    additional_version_weights: BTreeMap<String, f64>,
}

impl From<Alias> for LiveAlias {
    fn from(alias: Alias) -> Self {
        let weighted =
            alias.routing_config.and_then(|routing| routing.additional_version_weights.into_iter().next());
        let (version, weight) = weighted.unzip();
        let serving = ServingVersion {
            version: alias.function_version,
            canary: version,
            shifts_from: None,
            label: alias.description,
        };
        Self { serving: serving.told_from_lambdas(weight), revision: alias.revision_id }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Published {
    version: String,
}
