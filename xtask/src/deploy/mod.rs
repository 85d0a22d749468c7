//! `cargo xtask deploy`: deploys to both clouds, in an order in which each part understands what the others send, and
//! rolls back.

mod alarms;
mod cloud;
mod functions;
mod note;
mod outputs;
mod paths;
#[cfg(test)]
mod tests;
mod worker;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use local_stack::checkout::Checkout;
use local_stack::tools;

use alarms::AlarmWatch;
use cloud::{Cloud, CloudCommand, DryRun, Shell};
use outputs::Outputs;
use paths::DeployPaths;

/// Required by wrangler.
const NODE_AT_LEAST: (u32, u32) = (22, 12);

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Print the commands without running them
    #[arg(long)]
    dry_run: bool,
    /// Roll back the last deployment, or an interrupted one; schema and Terraform stay
    #[arg(long)]
    rollback: bool,
    /// Apply Terraform's plan without asking
    #[arg(long)]
    yes: bool,
    /// Minutes that a new version serves a tenth of the calls while alarms are watched
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=60))]
    canary_minutes: u32,
    /// Deploy even if this alarm is on, for example to fix its cause. May be repeated
    #[arg(long, value_name = "NAME")]
    ignore_alarm: Vec<String>,
    /// Read the output of `terraform output -json` from this file
    #[arg(long, value_name = "FILE")]
    outputs: Option<PathBuf>,
}

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    let paths = DeployPaths::of(checkout);
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
        return deploy(&mut DryRun::default(), &paths, options, &now, || Ok(()));
    }
    let is_set = |name: &str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    let missing = missing(tools::is_on_path, node_version().as_deref(), is_set);
    ensure!(missing.is_empty(), "this machine lacks what a deployment needs:\n  {}", missing.join("\n  "));
    make_private(&paths.scratch)?;
    let package = || {
        if options.rollback {
            Ok(())
        } else {
            crate::package::run(checkout, &crate::package::Options::default())
        }
    };
    let outcome = deploy(&mut Shell::at(checkout), &paths, options, &now, package);
    // Remove the secrets from the disk.
    for secret in [paths.plan(), paths.worker_secrets()] {
        let _ = std::fs::remove_file(secret);
    }
    outcome
}

/// Terraform's plan contains every secret in clear text and has a new file's default permissions.
fn make_private(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)))
        .with_context(|| format!("cannot make {} private", folder.display()))
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
            "CLOUDFLARE_API_TOKEN, with the permissions listed in docs/deploying.md",
        ),
    ];
    all.into_iter().filter(|(is_there, _)| !is_there).map(|(_, remedy)| remedy).collect()
}

/// The version of the Node that `npx` uses.
fn node_version() -> Option<String> {
    let output = Command::new("node").arg("--version").output().ok()?.stdout;
    String::from_utf8(output).ok()
}

fn is_new_enough(node: &str) -> bool {
    let mut numbers = node.trim().trim_start_matches('v').split('.').map(|number| number.parse().ok());
    matches!((numbers.next(), numbers.next()), (Some(Some(major)), Some(Some(minor))) if (major, minor) >= NODE_AT_LEAST)
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
        apply(cloud, paths, options)?;
    }
    let outputs = read_outputs(cloud, paths, options)?;
    if !options.dry_run {
        outputs.check_account(&account)?;
    }
    if !options.rollback {
        outputs.check_against(&std::fs::read_to_string(&paths.wrangler_toml)?)?;
    }
    worker::configure(cloud, &outputs.worker, paths)?;
    let current = CurrentVersions::read(cloud, &outputs, paths)?;
    if options.rollback {
        return roll_back(cloud, &outputs, paths, &current);
    }
    release(cloud, &outputs, paths, options, (now, &current))
}

/// The versions that serve before the deployment.
struct CurrentVersions {
    worker: note::ServingVersion,
    functions: Vec<functions::LiveAlias>,
}

impl CurrentVersions {
    fn read(cloud: &mut dyn Cloud, outputs: &Outputs, paths: &DeployPaths) -> Result<Self> {
        let worker = worker::serving_version(cloud, &outputs.worker, paths)?;
        let functions = outputs.functions.iter().map(|function| functions::live(cloud, function));
        Ok(Self { functions: functions.collect::<Result<_>>()?, worker })
    }

    fn all(&self) -> impl Iterator<Item = &note::ServingVersion> {
        self.functions.iter().map(|live| &live.serving).chain([&self.worker])
    }

    /// Whether visitors can reach nothing yet. Also true if a first deployment stopped before the Worker: the
    /// placeholder keeps the edge's alarm on until then.
    fn is_new(&self) -> bool {
        self.worker.is_placeholder()
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
    functions::migrate(cloud, &outputs.migrate, paths)
        .context("the migrations failed; they are expand-only and safe to repeat; no function was changed")?;
    let stopped =
        "the deployment stopped here. Run the command again to continue, or with `--rollback` to roll back";
    for function in &outputs.functions {
        let outcome = functions::release(cloud, function, &watch, paths, (now, current.is_new()))
            .with_context(|| format!("{} in {}", function.name, function.region))
            .context(stopped)?;
        println!("# {} in {}: {outcome}", function.name, function.region);
    }
    let outcome = worker::release(cloud, outputs, paths, &watch, (now, current.is_new()))
        .context("the Worker")
        .context(stopped)?;
    println!("# the Worker: {outcome}\n# to undo this deployment: `cargo xtask deploy --rollback`");
    Ok(())
}

/// Rolls back the Worker first, since it calls the origin: the reverse of a deployment's order.
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
    let outcome = if was_changed(&current.worker) {
        worker::roll_back(cloud, &outputs.worker, paths, &current.worker)?
    } else {
        unchanged(&current.worker)
    };
    println!("# the Worker: {outcome}");
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

/// Terraform receives Ctrl-C itself and is waited for: killing it would leave its state locked.
fn apply(cloud: &mut dyn Cloud, paths: &DeployPaths, options: &Options) -> Result<()> {
    let plan = paths.plan().display().to_string();
    cloud.call(&terraform(paths).args(["plan", "-input=false", &format!("-out={plan}")]).shown())?;
    if !options.yes && !options.dry_run {
        let answer = cloud.ask("\nApply this plan? Type `yes` to apply: ")?;
        ensure!(answer.trim() == "yes", "nothing was changed");
    }
    cloud.call(&terraform(paths).args(["apply", "-input=false", &plan]).shown())?;
    Ok(())
}

fn read_outputs(cloud: &mut dyn Cloud, paths: &DeployPaths, options: &Options) -> Result<Outputs> {
    let text = match &options.outputs {
        Some(file) => {
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
        }
        None => cloud.call(&terraform(paths).args(["output", "-json"]))?,
    };
    Outputs::parse(&text)
}

fn terraform(paths: &DeployPaths) -> CloudCommand {
    CloudCommand::new("terraform").args([format!("-chdir={}", paths.infra.display())]).receiving_ctrl_c()
}
