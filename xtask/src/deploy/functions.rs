//! The functions: a version is published, takes a tenth of the calls while the alarms are watched, and then all of them.
//! Decides when it goes back by itself; which function comes when is decided above.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Places;
use super::cloud::{Call, Cloud};
use super::outputs::Function;

/// What everything calls; the same in `infra/function`.
const ALIAS: &str = "live";
const CANARY_WEIGHT: f64 = 0.1;
/// CloudWatch looks at a minute's points: asking more often tells nothing new.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// Of the description that an alias has while `live` is on one version: the way back.
pub(super) const BEFORE: &str = "before: ";

pub(super) fn migrate(cloud: &mut dyn Cloud, function: &Function, places: &Places) -> Result<()> {
    let version = publish(cloud, function, places)?;
    let before = alias(cloud, function)?.version;
    point(cloud, function, &version, &before)?;
    // The function's own timeout is 900 s.
    let result = places.scratch.join("migrate.json");
    cloud.write(&result, "")?;
    let invoke = aws("lambda", "invoke", function).args([
        "--qualifier",
        ALIAS,
        "--cli-read-timeout",
        "900",
        &result.display().to_string(),
    ]);
    let answer = cloud.call(&invoke)?;
    if parse::<Invocation>(&answer)?.function_error.is_some() {
        let said = cloud.read(&result).unwrap_or_default();
        bail!("{} failed: {said}", function.name);
    }
    Ok(())
}

pub(super) fn release(
    cloud: &mut dyn Cloud,
    function: &Function,
    alarms: &[String],
    places: &Places,
    minutes: u32,
) -> Result<()> {
    let current = alias(cloud, function)?;
    let version = publish(cloud, function, places)?;
    // Lambda gives equal code with equal settings the version that it has.
    if version == current.version {
        return Ok(());
    }
    shift(cloud, function, &current.version, json!({ version.as_str(): CANARY_WEIGHT }))?;
    if let Err(trouble) = watch(cloud, &function.region, alarms, minutes) {
        shift(cloud, function, &current.version, json!({}))
            .context("taking the canary back failed too; `live` still gives it a tenth")?;
        return Err(
            trouble.context(format!("version {version} was taken back, all calls go to {}", current.version))
        );
    }
    point(cloud, function, &version, &current.version)
}

pub(super) fn roll_back(cloud: &mut dyn Cloud, function: &Function) -> Result<()> {
    let current = alias(cloud, function)?;
    let before = current.description.strip_prefix(BEFORE).with_context(|| {
        format!("nothing says which version {} had before; it stays on {}", function.name, current.version)
    })?;
    // Back again is a roll-back too.
    point(cloud, function, before, &current.version)
}

/// Fails when an alarm is on, or nobody can say whether one is.
pub(super) fn watch(cloud: &mut dyn Cloud, region: &str, alarms: &[String], minutes: u32) -> Result<()> {
    if alarms.is_empty() {
        return Ok(());
    }
    let looks = Duration::from_secs(60 * u64::from(minutes)).as_secs() / LOOK_EVERY.as_secs();
    let call = Call::new("aws")
        .args([
            "cloudwatch",
            "describe-alarms",
            "--region",
            region,
            "--output",
            "json",
            "--state-value",
            "ALARM",
        ])
        .args(["--alarm-types", "MetricAlarm", "CompositeAlarm", "--alarm-names"])
        .args(alarms.iter().cloned());
    for _ in 0..looks {
        cloud.wait(LOOK_EVERY);
        let alarms: Alarms = parse(&cloud.call(&call)?)?;
        let on: Vec<String> = alarms
            .metric_alarms
            .into_iter()
            .chain(alarms.composite_alarms)
            .map(|alarm| alarm.alarm_name)
            .collect();
        if !on.is_empty() {
            bail!("alarms are on: {}; docs/runbook.md has a page for each", on.join(", "));
        }
    }
    Ok(())
}

/// Uploads the package as a version, with the settings that Terraform gave the function.
fn publish(cloud: &mut dyn Cloud, function: &Function, places: &Places) -> Result<String> {
    let zip = places.packages.join(&function.package);
    // Terraform may just have changed the settings; Lambda refuses code meanwhile.
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

fn alias(cloud: &mut dyn Cloud, function: &Function) -> Result<Alias> {
    parse(&cloud.call(&aws("lambda", "get-alias", function).args(["--name", ALIAS]))?)
}

/// Gives other versions a part of the calls.
fn shift(cloud: &mut dyn Cloud, function: &Function, version: &str, weights: Value) -> Result<()> {
    let routing = json!({ "AdditionalVersionWeights": weights }).to_string();
    let call = aws("lambda", "update-alias", function).args([
        "--name",
        ALIAS,
        "--function-version",
        version,
        "--routing-config",
        &routing,
    ]);
    cloud.call(&call).map(drop)
}

/// Gives one version all calls, and notes the one before.
fn point(cloud: &mut dyn Cloud, function: &Function, version: &str, before: &str) -> Result<()> {
    let routing = json!({ "AdditionalVersionWeights": {} }).to_string();
    let call = aws("lambda", "update-alias", function)
        .args(["--name", ALIAS, "--function-version", version, "--routing-config", &routing])
        .args(["--description", &format!("{BEFORE}{before}")]);
    cloud.call(&call).map(drop)
}

fn aws(service: &str, action: &str, function: &Function) -> Call {
    Call::new("aws").args([
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

impl Call {
    /// `aws lambda wait` is followed by what is waited for.
    fn insert_waiter(mut self, waiter: &str) -> Self {
        self.arguments.insert(2, waiter.into());
        self
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Alias {
    #[serde(rename = "FunctionVersion")]
    version: String,
    #[serde(default)]
    description: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Published {
    version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Invocation {
    function_error: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Alarms {
    #[serde(default)]
    metric_alarms: Vec<Alarm>,
    #[serde(default)]
    composite_alarms: Vec<Alarm>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Alarm {
    alarm_name: String,
}

fn parse<T: DeserializeOwned>(answer: &str) -> Result<T> {
    serde_json::from_str(answer).context("aws answered something else than expected")
}
