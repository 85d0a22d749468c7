//! `cargo xtask deploy`: deploys to both clouds, in an order in which each part understands what the others send, and
//! rolls back.

mod alarms;
mod assets;
mod cloud;
mod functions;
mod migration;
mod note;
mod outputs;
mod paths;
mod preflight;
mod pruning;
mod readiness;
mod secret_files;
mod smoke_test;
mod terraform;
#[cfg(test)]
mod tests;
mod worker;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use local_stack::checkout::Checkout;

use alarms::AlarmWatch;
use cloud::{Cloud, DryRun, Shell};
use outputs::Outputs;
use paths::DeployPaths;
use secret_files::SecretFile;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Print the commands without running them
    #[arg(long)]
    dry_run: bool,
    /// Only check, without changing anything, whether a deployment would fail, and say what mends it
    #[arg(long, conflicts_with_all = ["dry_run", "rollback"])]
    preflight: bool,
    /// Roll back the last deployment, or an interrupted one; schema and Terraform stay
    #[arg(long)]
    rollback: bool,
    /// Apply Terraform's plan without asking
    #[arg(long)]
    yes: bool,
    /// Minutes that a new version serves a tenth of the calls while alarms are watched
    #[arg(long, default_value_t = 5.0, value_parser = canary_minutes)]
    canary_minutes: f64,
    /// Deploy even if this alarm is on, for example to fix its cause. May be repeated
    #[arg(long, value_name = "NAME")]
    ignore_alarm: Vec<String>,
    /// Read the output of `terraform output -json` from this file
    #[arg(long, value_name = "FILE")]
    outputs: Option<PathBuf>,
    /// Deploy the zips of this folder and the Workers as they were built last, instead of building them
    #[arg(long, value_name = "FOLDER")]
    packages: Option<PathBuf>,
    /// Deploy this folder instead of the checkout; the tests have one for each of them
    #[arg(long, value_name = "FOLDER", hide = true)]
    checkout: Option<PathBuf>,
}

fn canary_minutes(text: &str) -> Result<f64, String> {
    let minutes: f64 = text.parse().map_err(|_| "use a number of minutes")?;
    if (0.0..=60.0).contains(&minutes) { Ok(minutes) } else { Err("use 0 to 60 minutes".into()) }
}

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    let checkout = &options.checkout.clone().map_or_else(|| checkout.clone(), Checkout::at);
    let mut paths = DeployPaths::of(checkout);
    if let Some(packages) = &options.packages {
        paths.packages.clone_from(packages);
    }
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
        println!("# first, what `cargo xtask deploy --preflight` checks");
        return deploy(&mut DryRun::default(), &paths, options, &now, || Ok(()));
    }
    let mut cloud = Shell::at(checkout);
    // Before the first file with secrets, which Ctrl-C would leave behind.
    cloud.defer_interrupts()?;
    if options.rollback {
        // Nothing else may stand in the way of a roll-back.
        preflight::check_programs(&mut cloud)?;
    } else {
        preflight::run(&mut cloud, &paths)?;
    }
    if options.preflight {
        return Ok(());
    }
    let package = || {
        if options.rollback || options.packages.is_some() {
            Ok(())
        } else {
            crate::package::run(checkout, &crate::package::Options::default())
        }
    };
    // Terraform's plan contains every secret in clear text.
    let _plan = SecretFile::create(paths.plan())?;
    let _worker_secrets = SecretFile::create(paths.worker_secrets())?;
    deploy(&mut cloud, &paths, options, &now, package)
}

fn deploy(
    cloud: &mut dyn Cloud,
    paths: &DeployPaths,
    options: &Options,
    now: &str,
    package: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let account = functions::account(cloud)?;
    package()?;
    cloud.defer_interrupts()?;
    if !options.rollback {
        terraform::apply(cloud, paths, options.yes || options.dry_run)?;
    }
    let outputs = terraform::outputs(cloud, paths, options.outputs.as_deref())?;
    if !options.dry_run {
        outputs.check_account(&account)?;
    }
    if !options.rollback {
        outputs.check_against(&paths.root)?;
    }
    worker::configure(cloud, &outputs, paths)?;
    let current = CurrentVersions::read(cloud, &outputs, paths)?;
    if options.rollback {
        return roll_back(cloud, &outputs, paths, &current);
    }
    release(cloud, &outputs, paths, options, (now, &current))
}

/// The versions that serve before the deployment.
struct CurrentVersions {
    workers: Vec<note::ServingVersion>,
    functions: Vec<functions::LiveAlias>,
}

impl CurrentVersions {
    fn read(cloud: &mut dyn Cloud, outputs: &Outputs, paths: &DeployPaths) -> Result<Self> {
        let workers = outputs.workers.iter().map(|worker| worker::serving_version(cloud, worker, paths));
        let workers = workers.collect::<Result<_>>()?;
        let functions = outputs.functions.iter().map(|function| functions::live(cloud, function));
        Ok(Self { functions: functions.collect::<Result<_>>()?, workers })
    }

    fn all(&self) -> impl Iterator<Item = &note::ServingVersion> {
        self.functions.iter().map(|live| &live.serving).chain(&self.workers)
    }

    /// Whether visitors can reach nothing yet. Also true if a first deployment stopped before their Worker, the last one: the
    /// placeholder keeps the edge's alarm on until then.
    fn is_new(&self) -> bool {
        self.workers.last().is_some_and(note::ServingVersion::is_placeholder)
            && self.functions.iter().all(|live| live.serving.is_before_second_deployment())
    }
}

fn release(
    cloud: &mut dyn Cloud,
    outputs: &Outputs,
    paths: &DeployPaths,
    options: &Options,
    (now, current): (&str, &CurrentVersions),
) -> Result<()> {
    if let Some(canary) = current.all().find_map(|serving| serving.canary.as_ref()) {
        bail!(
            "version {canary} is a canary of another deployment, running or interrupted. Wait for it, \
             or roll it back with `cargo xtask deploy --rollback`"
        );
    }
    let watch = AlarmWatch::over(outputs, &options.ignore_alarm, options.canary_minutes)?;
    if !current.is_new() {
        watch.check_all_off(cloud)?;
    }
    migration::migrate(cloud, &outputs.migrate, paths)
        .context("the migrations failed; they are expand-only and safe to repeat; no function was changed")?;
    readiness::wait_for_proxies(cloud, outputs).context("no function was changed")?;
    let stopped =
        "the deployment stopped here. Run the command again to continue, or with `--rollback` to roll back";
    for function in &outputs.functions {
        let outcome = functions::release(cloud, function, &watch, paths, (now, current.is_new()))
            .with_context(|| format!("{} in {}", function.name, function.region))
            .context(stopped)?;
        println!("# {} in {}: {outcome}", function.name, function.region);
    }
    let is_visitors_live = current.workers.last().is_some_and(|worker| !worker.is_placeholder());
    assets::gather(cloud, outputs, paths, is_visitors_live).context(stopped)?;
    for worker in &outputs.workers {
        let outcome = worker::release(cloud, (outputs, worker), paths, &watch, (now, current.is_new()))
            .with_context(|| format!("the Worker {}", worker.name))
            .context(stopped)?;
        println!("# the Worker {}: {outcome}", worker.name);
    }
    println!("# to undo this deployment: `cargo xtask deploy --rollback`");
    stands(cloud, outputs).context(
        "everything is deployed, but does not work as a whole; mend that, or `cargo xtask deploy --rollback`",
    )?;
    for function in outputs.functions.iter().chain([&outputs.migrate]) {
        pruning::prune(cloud, function)?;
    }
    Ok(())
}

/// Waits until the whole product works.
fn stands(cloud: &mut dyn Cloud, outputs: &Outputs) -> Result<()> {
    readiness::wait_for_functions(cloud, outputs)?;
    let is_consuming = readiness::wait_for_mapping(cloud, outputs)?;
    readiness::tell_unconfirmed(cloud, outputs)?;
    smoke_test::run(cloud, outputs, is_consuming)
}

/// Rolls back the Workers first, since they call the origin: the reverse of a deployment's order.
fn roll_back(
    cloud: &mut dyn Cloud,
    outputs: &Outputs,
    paths: &DeployPaths,
    current: &CurrentVersions,
) -> Result<()> {
    let last = current.all().filter_map(note::ServingVersion::deployed_at).max();
    let last = last.context("nothing was changed: no deployment has recorded a previous version")?;
    let was_changed = |serving: &note::ServingVersion| serving.deployed_at().as_ref() == Some(&last);
    println!("# the last deployment started {last}");
    let unchanged = |serving: &note::ServingVersion| {
        format!("stays on {}: that deployment did not change it", serving.version)
    };
    for (worker, serving) in outputs.workers.iter().zip(&current.workers).rev() {
        let outcome = if was_changed(serving) {
            worker::roll_back(cloud, worker, paths, serving)
                .with_context(|| format!("the Worker {}; run the command again to continue", worker.name))?
        } else {
            unchanged(serving)
        };
        println!("# the Worker {}: {outcome}", worker.name);
    }
    for (function, live) in outputs.functions.iter().zip(&current.functions).rev() {
        let outcome = if was_changed(&live.serving) {
            functions::roll_back(cloud, function, live).with_context(|| {
                format!("{} in {}; run the command again to continue", function.name, function.region)
            })?
        } else {
            unchanged(&live.serving)
        };
        println!("# {} in {}: {outcome}", function.name, function.region);
    }
    Ok(())
}
