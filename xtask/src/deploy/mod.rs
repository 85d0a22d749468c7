//! `cargo xtask deploy`: both clouds, in the order in which neither meets what it does not understand. Decides that order
//! and when to stop; what a step calls is in `functions` and `worker`, and the calls themselves go through `Cloud`.

mod cloud;
mod functions;
mod outputs;
#[cfg(test)]
mod tests;
mod worker;

use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};

use crate::checkout::Checkout;
use cloud::{Call, Cloud, DryRun, Shell};
use outputs::Outputs;

/// Relative to `infra/`, and ignored by git.
const PLAN_FILE: &str = "deploy.tfplan";

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Print every call, and make none
    #[arg(long)]
    dry_run: bool,
    /// Take Worker and functions back to the versions before; schema and Terraform stay
    #[arg(long)]
    rollback: bool,
    /// Apply Terraform's plan without asking
    #[arg(long)]
    yes: bool,
    /// Minutes for which a new version serves a tenth of the calls and its alarms are watched
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=60))]
    canary_minutes: u32,
    /// What `terraform output -json` said, instead of asking it
    #[arg(long, value_name = "FILE")]
    outputs: Option<PathBuf>,
}

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    let places = Places::of(checkout);
    if options.dry_run {
        return deploy(&mut DryRun::default(), &places, options);
    }
    if !options.rollback {
        crate::package::run(checkout, &crate::package::Options::default())?;
    }
    let outcome = deploy(&mut Shell::at(checkout), &places, options);
    // They lie on the disk no longer than wrangler reads them.
    let _ = std::fs::remove_file(places.worker_secrets());
    outcome
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

    fn worker_secrets(&self) -> PathBuf {
        self.scratch.join("secrets.json")
    }
}

fn deploy(cloud: &mut dyn Cloud, places: &Places, options: &Options) -> Result<()> {
    if options.rollback {
        let outputs = read_outputs(cloud, places, options)?;
        // The Worker asks the origin: the newer one goes first.
        worker::roll_back(cloud, &outputs.worker)?;
        return outputs.functions.iter().rev().try_for_each(|function| functions::roll_back(cloud, function));
    }
    apply(cloud, places, options)?;
    let outputs = read_outputs(cloud, places, options)?;
    outputs.agree_with(&std::fs::read_to_string(&places.wrangler_toml)?)?;
    functions::migrate(cloud, &outputs.migrate, places).context(
        "the migrations failed; they are expand-only and safe to repeat, and no function was changed",
    )?;
    for function in &outputs.functions {
        functions::release(
            cloud,
            function,
            outputs.alarms_of(&function.region),
            places,
            options.canary_minutes,
        )
        .with_context(|| format!("{} in {}", function.name, function.region))?;
    }
    worker::release(cloud, &outputs, places, options.canary_minutes).context("the Worker")
}

fn apply(cloud: &mut dyn Cloud, places: &Places, options: &Options) -> Result<()> {
    cloud.call(&terraform(places).args(["plan", "-input=false", &format!("-out={PLAN_FILE}")]).shown())?;
    if !options.yes && !options.dry_run {
        confirm()?;
    }
    cloud.call(&terraform(places).args(["apply", "-input=false", PLAN_FILE]).shown())?;
    Ok(())
}

fn confirm() -> Result<()> {
    ensure!(std::io::stdin().is_terminal(), "nobody is there to look at the plan; `--yes` applies it unseen");
    print!("\nApply this plan? Only `yes` does: ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if answer.trim() != "yes" {
        bail!("nothing was changed");
    }
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
    Call::new("terraform").args([format!("-chdir={}", places.infra.display())])
}
