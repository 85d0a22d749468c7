//! `cargo xtask deploy`: both clouds, in the order in which neither meets what it does not understand. Decides that order
//! and when to stop; what a step calls is in `functions` and `worker`, and the calls themselves go through `Cloud`.

mod alarms;
mod cloud;
mod functions;
mod note;
mod outputs;
#[cfg(test)]
mod tests;
mod worker;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::checkout::Checkout;
use crate::tools;
use alarms::Watch;
use cloud::{Call, Cloud, DryRun, Shell};
use outputs::Outputs;

/// What wrangler needs.
const NODE_AT_LEAST: (u32, u32) = (22, 12);

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Print every call, and make none
    #[arg(long)]
    dry_run: bool,
    /// Take back what the last deployment moved, or end one that broke off; schema and Terraform stay
    #[arg(long)]
    rollback: bool,
    /// Apply Terraform's plan without asking
    #[arg(long)]
    yes: bool,
    /// Minutes for which a new version serves a tenth of the calls and its alarms are watched
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=60))]
    canary_minutes: u32,
    /// Ship though this alarm is on, and do not look at it; for the repair of what it tells. May be repeated
    #[arg(long, value_name = "NAME")]
    ignore_alarm: Vec<String>,
    /// What `terraform output -json` said, instead of asking it
    #[arg(long, value_name = "FILE")]
    outputs: Option<PathBuf>,
}

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    let places = Places::of(checkout);
    let now = time::OffsetDateTime::now_utc();
    let now = format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second()
    );
    if options.dry_run {
        return deploy(&mut DryRun::default(), &places, options, &now, || Ok(()));
    }
    let is_set = |name: &str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    let missing = missing(tools::is_on_path, node_version().as_deref(), is_set);
    ensure!(missing.is_empty(), "a deployment needs more:\n  {}", missing.join("\n  "));
    make_private(&places.scratch)?;
    let package = || {
        if options.rollback {
            Ok(())
        } else {
            crate::package::run(checkout, &crate::package::Options::default())
        }
    };
    let outcome = deploy(&mut Shell::at(checkout), &places, options, &now, package);
    // They lie on the disk no longer than Terraform and wrangler read them.
    for secret in [places.plan(), places.worker_secrets()] {
        let _ = std::fs::remove_file(secret);
    }
    outcome
}

/// Terraform writes its plan, which says every secret in clear text, with whatever rights a new file gets.
fn make_private(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)))
        .with_context(|| format!("cannot keep {} to ourselves", folder.display()))
}

fn missing(
    is_on_path: impl Fn(&str) -> bool,
    node: Option<&str>,
    is_set: impl Fn(&str) -> bool,
) -> Vec<&'static str> {
    let has_node = is_on_path("npx") && node.is_some_and(is_new_enough);
    let all = [
        (
            is_on_path("terraform"),
            "Terraform 1.11 or later: https://developer.hashicorp.com/terraform/install",
        ),
        (
            is_on_path("aws"),
            "the AWS CLI: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
        ),
        (has_node, "Node 22.12 or later, with npm, for wrangler: https://nodejs.org"),
        (
            is_set("CLOUDFLARE_API_TOKEN"),
            "CLOUDFLARE_API_TOKEN, a token with the permissions that README.md names under \"Deploy it\"",
        ),
    ];
    all.into_iter().filter(|(is_there, _)| !is_there).map(|(_, remedy)| remedy).collect()
}

/// Of the one that `npx` runs with.
fn node_version() -> Option<String> {
    let said = Command::new("node").arg("--version").output().ok()?.stdout;
    String::from_utf8(said).ok()
}

fn is_new_enough(node: &str) -> bool {
    let mut numbers = node.trim().trim_start_matches('v').split('.').map(|number| number.parse().ok());
    matches!((numbers.next(), numbers.next()), (Some(Some(major)), Some(Some(minor))) if (major, minor) >= NODE_AT_LEAST)
}

/// Where things lie that the calls name.
struct Places {
    infra: PathBuf,
    packages: PathBuf,
    wrangler_toml: PathBuf,
    scratch: PathBuf,
}

impl Places {
    fn of(checkout: &Checkout) -> Self {
        Self {
            infra: checkout.root().join("infra"),
            packages: checkout.packages(),
            wrangler_toml: checkout.root().join("wrangler.toml"),
            scratch: checkout.shortline().join("deploy"),
        }
    }

    fn worker_config(&self) -> PathBuf {
        self.scratch.join("wrangler.json")
    }

    fn plan(&self) -> PathBuf {
        self.scratch.join("deploy.tfplan")
    }

    fn worker_secrets(&self) -> PathBuf {
        self.scratch.join("secrets.json")
    }
}

fn deploy(
    cloud: &mut dyn Cloud,
    places: &Places,
    options: &Options,
    now: &str,
    package: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let account = functions::account(cloud)?;
    package()?;
    cloud.guard()?;
    if !options.rollback {
        apply(cloud, places, options)?;
    }
    let outputs = read_outputs(cloud, places, options)?;
    if !options.dry_run {
        outputs.are_of(&account)?;
    }
    if !options.rollback {
        outputs.agree_with(&std::fs::read_to_string(&places.wrangler_toml)?)?;
    }
    worker::configure(cloud, &outputs.worker, places)?;
    let found = Found::look(cloud, &outputs, places)?;
    if options.rollback {
        return roll_back(cloud, &outputs, places, &found);
    }
    release(cloud, &outputs, places, options, (now, &found))
}

/// What serves everywhere, before anything is moved.
struct Found {
    worker: note::Standing,
    functions: Vec<functions::Live>,
}

impl Found {
    fn look(cloud: &mut dyn Cloud, outputs: &Outputs, places: &Places) -> Result<Self> {
        let worker = worker::standing(cloud, &outputs.worker, places)?;
        let functions = outputs.functions.iter().map(|function| functions::live(cloud, function));
        Ok(Self { functions: functions.collect::<Result<_>>()?, worker })
    }

    fn all(&self) -> impl Iterator<Item = &note::Standing> {
        self.functions.iter().map(|live| &live.standing).chain([&self.worker])
    }

    /// Is there nothing yet that visitors could reach? Also where a first deployment broke off before the Worker: the placeholder
    /// keeps the edge's alarm on until that is there.
    fn is_new(&self) -> bool {
        self.worker.is_placeholder() && self.functions.iter().all(|live| live.standing.is_at_its_beginning())
    }
}

fn release(
    cloud: &mut dyn Cloud,
    outputs: &Outputs,
    places: &Places,
    options: &Options,
    (now, found): (&str, &Found),
) -> Result<()> {
    if let Some(canary) = found.all().find_map(|standing| standing.canary.as_ref()) {
        bail!(
            "version {canary} has a part of the calls: another deployment runs, or one broke off. \
             Let it end, or take it back with `cargo xtask deploy --rollback`"
        );
    }
    let watch = Watch::over(outputs, &options.ignore_alarm, options.canary_minutes)?;
    if !found.is_new() {
        watch.all_is_well(cloud)?;
    }
    functions::migrate(cloud, &outputs.migrate, places).context(
        "the migrations failed; they are expand-only and safe to repeat, and no function was changed",
    )?;
    let stopped = "the deployment stopped here. What it moved before serves; the same command again goes on, `--rollback` takes it back";
    for function in &outputs.functions {
        let outcome = functions::release(cloud, function, &watch, places, (now, found.is_new()))
            .with_context(|| format!("{} in {}", function.name, function.region))
            .context(stopped)?;
        println!("# {} in {}: {outcome}", function.name, function.region);
    }
    let outcome = worker::release(cloud, outputs, places, &watch, (now, found.is_new()))
        .context("the Worker")
        .context(stopped)?;
    println!("# the Worker: {outcome}\n# `cargo xtask deploy --rollback` takes this deployment back");
    Ok(())
}

/// The Worker asks the origin, and who writes a new form comes after who reads it: the other way round than there.
fn roll_back(cloud: &mut dyn Cloud, outputs: &Outputs, places: &Places, found: &Found) -> Result<()> {
    let last = found.all().filter_map(note::Standing::deployed_at).max();
    let last = last.context("nothing was changed: no deployment has left a note of what was there before")?;
    let is_of_it = |standing: &note::Standing| standing.deployed_at().as_ref() == Some(&last);
    println!("# the last deployment began {last}");
    let stays =
        |standing: &note::Standing| format!("stays on {}: that deployment left it alone", standing.version);
    let outcome = if is_of_it(&found.worker) {
        worker::roll_back(cloud, &outputs.worker, places, &found.worker)?
    } else {
        stays(&found.worker)
    };
    println!("# the Worker: {outcome}");
    for (function, live) in outputs.functions.iter().zip(&found.functions).rev() {
        let outcome = if is_of_it(&live.standing) {
            functions::roll_back(cloud, function, live).with_context(|| {
                format!("{} in {}; the same command again goes on", function.name, function.region)
            })?
        } else {
            stays(&live.standing)
        };
        println!("# {} in {}: {outcome}", function.name, function.region);
    }
    Ok(())
}

/// Of a Terraform that is killed the state stays locked, so it is waited for: it hears Ctrl-C itself, and ends what it has begun.
fn apply(cloud: &mut dyn Cloud, places: &Places, options: &Options) -> Result<()> {
    let plan = places.plan().display().to_string();
    cloud.call(&terraform(places).args(["plan", "-input=false", &format!("-out={plan}")]).shown())?;
    if !options.yes && !options.dry_run {
        let answer = cloud.ask("\nApply this plan? Only `yes` does: ")?;
        ensure!(answer.trim() == "yes", "nothing was changed");
    }
    cloud.call(&terraform(places).args(["apply", "-input=false", &plan]).shown())?;
    Ok(())
}

fn read_outputs(cloud: &mut dyn Cloud, places: &Places, options: &Options) -> Result<Outputs> {
    let text = match &options.outputs {
        Some(file) => {
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
        }
        None => cloud.call(&terraform(places).args(["output", "-json"]))?,
    };
    Outputs::parse(&text)
}

fn terraform(places: &Places) -> Call {
    Call::new("terraform").args([format!("-chdir={}", places.infra.display())]).hearing_ctrl_c()
}
