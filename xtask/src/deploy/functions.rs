//! The functions: a version is published, takes a tenth of the calls while the alarms are watched, and then all of them.
//! Decides when it goes back by itself; which function comes when is decided above.

use anyhow::{Context, Error, Result, bail, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::Places;
use super::alarms::Watch;
use super::cloud::{Call, Cloud};
use super::note::{Note, Standing, Way};
use super::outputs::Function;

/// What everything calls; the same in `infra/function`.
const ALIAS: &str = "live";
const CANARY_WEIGHT: f64 = 0.1;

/// Whose keys these are.
pub(super) fn account(cloud: &mut dyn Cloud) -> Result<String> {
    // The region of the installation is not known yet, and any of them tells.
    let call =
        Call::new("aws").args(["sts", "get-caller-identity", "--region", "us-east-1", "--output", "json"]);
    let answer = cloud.call(&call).context("AWS knows no keys of this environment, or they have ended")?;
    Ok(parse::<Caller>(&answer)?.account)
}

pub(super) fn migrate(cloud: &mut dyn Cloud, function: &Function, places: &Places) -> Result<()> {
    let version = publish(cloud, function, places)?;
    let before = live(cloud, function)?;
    update(cloud, function, &before.revision, (&version, Value::Null), "")?;
    let (request, result) =
        (places.scratch.join("migrate-request.json"), places.scratch.join("migrate.json"));
    cloud.write(&request, "{}")?;
    cloud.write(&result, "")?;
    // The function's own timeout is 900 s.
    let invoke = aws("lambda", "invoke", function)
        .args(["--qualifier", ALIAS, "--cli-read-timeout", "910"])
        .args(["--payload", &format!("fileb://{}", request.display()), &result.display().to_string()]);
    let answer = cloud.call(&invoke)?;
    if parse::<Invocation>(&answer)?.function_error.is_some() {
        let said = cloud.read(&result).unwrap_or_default();
        bail!("{} failed: {said}", function.name);
    }
    Ok(())
}

/// What became of it.
pub(super) fn release(
    cloud: &mut dyn Cloud,
    function: &Function,
    watch: &Watch,
    places: &Places,
    (now, is_new): (&str, bool),
) -> Result<String> {
    let before = live(cloud, function)?;
    let version = publish(cloud, function, places)?;
    let note = |way| Note { at: now.to_owned(), way }.to_string();
    if is_new || before.standing.note().is_none() {
        // No deployment has come here yet, or none that reached the Worker, so nobody calls it.
        update(cloud, function, &before.revision, (&version, Value::Null), &note(Way::First))?;
        return Ok(format!("{version}, its first"));
    }
    // Lambda gives equal code with equal settings the version that it has.
    if version == before.standing.version {
        return Ok(format!("stays on {version}"));
    }
    let mut canary = || -> Result<()> {
        let weights = json!({ version.as_str(): CANARY_WEIGHT });
        let serving = before.standing.version.as_str();
        let label = before.standing.canary_label(now);
        let shifted = update(cloud, function, &before.revision, (serving, weights), &label)?;
        watch.look(cloud)?;
        let way = note(Way::Before(serving.to_owned()));
        update(cloud, function, &shifted.revision, (&version, Value::Null), &way).map(drop)
    };
    match canary() {
        Ok(()) => Ok(format!("{version}, before {}", before.standing.version)),
        Err(trouble) => Err(take_back(cloud, function, &before.standing, &version, trouble)),
    }
}

/// The trouble, and what became of the version that met it.
fn take_back(
    cloud: &mut dyn Cloud,
    function: &Function,
    before: &Standing,
    version: &str,
    trouble: Error,
) -> Error {
    cloud.settle();
    let outcome = live(cloud, function).and_then(|found| {
        let found_canary = found.standing.canary.as_deref().unwrap_or(version);
        let is_ours = found.standing.version == version
            || (found.standing.version == before.version && found_canary == version);
        ensure!(is_ours, "`{ALIAS}` is on what this deployment did not put there; does another one run?");
        update(cloud, function, &found.revision, (&before.version, Value::Null), &before.label)
    });
    match outcome {
        Ok(_) => {
            trouble.context(format!("version {version} was taken back, all calls go to {}", before.version))
        }
        Err(error) => trouble.context(format!(
            "version {version} could not be taken back ({error:#}); `cargo xtask deploy --rollback` does it"
        )),
    }
}

/// Ends its canary, or goes to the version before. What became of it.
pub(super) fn roll_back(cloud: &mut dyn Cloud, function: &Function, live: &Live) -> Result<String> {
    let Live { standing, revision } = live;
    if let Some(canary) = &standing.canary {
        update(cloud, function, revision, (&standing.version, Value::Null), standing.settled_label())?;
        return Ok(format!("{}; {canary} has no part any more", standing.version));
    }
    match standing.note() {
        Some(Note { at, way: Way::Before(before) }) => {
            let note = Note { at, way: Way::Back(standing.version.clone()) };
            update(cloud, function, revision, (&before, Value::Null), &note.to_string())?;
            Ok(format!("{before}, back from {}", standing.version))
        }
        _ => Ok(format!("stays on {}: there is nothing before it, or it is back already", standing.version)),
    }
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

/// What `live` is, and of which of its revisions that is true.
pub(super) struct Live {
    pub(super) standing: Standing,
    revision: String,
}

pub(super) fn live(cloud: &mut dyn Cloud, function: &Function) -> Result<Live> {
    parse::<Alias>(&cloud.call(&aws("lambda", "get-alias", function).args(["--name", ALIAS]))?)
        .map(Live::from)
}

/// One version gets all calls, but for what `weights` give to others. Refused by Lambda where `live` is of another revision: somebody
/// else has moved it meanwhile.
fn update(
    cloud: &mut dyn Cloud,
    function: &Function,
    revision: &str,
    (version, weights): (&str, Value),
    label: &str,
) -> Result<Live> {
    let weights = if weights.is_null() { json!({}) } else { weights };
    let routing = json!({ "AdditionalVersionWeights": weights }).to_string();
    let call = aws("lambda", "update-alias", function)
        .args(["--name", ALIAS, "--revision-id", revision, "--function-version", version])
        .args(["--routing-config", &routing, "--description", label]);
    let answer = cloud.call(&call).context(
        "`live` was not moved. Where AWS says that the RevisionId does not match, another deployment runs: let it end",
    )?;
    parse::<Alias>(&answer).map(Live::from)
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
    additional_version_weights: Map<String, Value>,
}

impl From<Alias> for Live {
    fn from(alias: Alias) -> Self {
        let canary =
            alias.routing_config.and_then(|routing| routing.additional_version_weights.into_iter().next());
        let standing = Standing {
            version: alias.function_version,
            canary: canary.map(|(version, _)| version),
            label: alias.description,
        };
        Self { standing, revision: alias.revision_id }
    }
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

pub(super) fn parse<T: DeserializeOwned>(answer: &str) -> Result<T> {
    serde_json::from_str(answer).context("aws answered something else than expected")
}
