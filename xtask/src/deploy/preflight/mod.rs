//! `cargo xtask deploy --preflight`, the first step of every deployment: reads from AWS and Cloudflare, and says before
//! anything is made what would fail, each with the command or setting that mends it. Makes no call that writes.

mod caa;
mod database;
mod finding;
mod hosts;
mod lambda;
mod look;
mod names;
mod network;
mod plan;
mod programs;
mod state_bucket;
mod token;

use std::collections::BTreeSet;

use anyhow::{Result, bail, ensure};

use super::cloud::{Cloud, CommandOutput};
use super::paths::DeployPaths;
use super::secret_files::SecretFile;
use super::terraform::terraform;
use finding::Findings;
use look::{CloudflareApi, Looked, aws};
use plan::Plan;

/// Fails if there is a problem. What could not be checked is only said.
pub(super) fn run(cloud: &mut dyn Cloud, paths: &DeployPaths) -> Result<()> {
    println!("# preflight: reads from AWS and Cloudflare, and changes nothing");
    let findings = look(cloud, paths, &CloudflareApi::from_environment())?;
    println!("{findings}");
    match findings.problems.len() {
        0 => println!("# preflight: no problem found"),
        1 => bail!("preflight found a problem; nothing was changed"),
        count => bail!("preflight found {count} problems; nothing was changed"),
    }
    Ok(())
}

/// What a roll-back needs too.
pub(super) fn check_programs(cloud: &mut dyn Cloud) -> Result<()> {
    let findings = programs::check(cloud, !CloudflareApi::from_environment().token.is_empty())?;
    ensure!(findings.problems.is_empty(), "this machine lacks what a roll-back needs:\n{findings}");
    Ok(())
}

/// All findings, not only the first.
fn look(cloud: &mut dyn Cloud, paths: &DeployPaths, api: &CloudflareApi) -> Result<Findings> {
    let mut findings = programs::check(cloud, !api.token.is_empty())?;
    if !findings.problems.is_empty() {
        findings.skip("everything at AWS and Cloudflare", "programs or CLOUDFLARE_API_TOKEN are missing");
        return Ok(findings);
    }
    if !credentials(cloud, &mut findings)? {
        findings.skip("everything at AWS and Cloudflare", "AWS does not accept the credentials");
        return Ok(findings);
    }
    if !state_bucket::check(cloud, &paths.infra, &mut findings)? {
        findings.skip("what Terraform plans to make", "Terraform has no place for its state");
        return Ok(findings);
    }
    let Some(plan) = plan(cloud, paths, &mut findings)? else {
        findings.skip("what Terraform plans to make", "there is no plan");
        return Ok(findings);
    };
    findings.add(network::check(cloud, &plan)?);
    findings.add(lambda::check(cloud, &plan)?);
    findings.add(database::check(cloud, &plan)?);
    findings.add(names::check(cloud, &plan)?);
    cloudflare(cloud, api, &plan, &mut findings)?;
    Ok(findings)
}

fn credentials(cloud: &mut dyn Cloud, findings: &mut Findings) -> Result<bool> {
    // Any region can answer; the installation's is not known yet.
    let Looked::Failed { message, .. } = aws(cloud, "us-east-1", &["sts", "get-caller-identity"])? else {
        return Ok(true);
    };
    findings.problem(
        format!("AWS does not accept the credentials of this environment: {message}"),
        "set AWS_PROFILE or other credentials, or renew them: aws sso login",
    );
    Ok(false)
}

/// Without a lock, which would be written to the state's bucket.
fn plan(cloud: &mut dyn Cloud, paths: &DeployPaths, findings: &mut Findings) -> Result<Option<Plan>> {
    println!("# preflight: terraform plan");
    let file = SecretFile::create(paths.preflight_plan())?;
    let name = file.path().display().to_string();
    let arguments = ["plan", "-input=false", "-lock=false", "-no-color", &format!("-out={name}")];
    let CommandOutput { is_success, stderr, .. } = cloud.look(&terraform(paths).args(arguments))?;
    if !is_success {
        findings.problem(
            format!("`terraform plan` fails:\n{}", stderr.trim()),
            "correct infra/terraform.tfvars, or what the message names, and see: terraform -chdir=infra plan",
        );
        return Ok(None);
    }
    let shown = cloud.look(&terraform(paths).args(["show", "-json", &name]))?;
    Plan::parse(&shown.stdout).map(Some)
}

fn cloudflare(
    cloud: &mut dyn Cloud,
    api: &CloudflareApi,
    plan: &Plan,
    findings: &mut Findings,
) -> Result<()> {
    let Some(account) = plan.variable("cloudflare_account_id") else {
        findings.skip("everything at Cloudflare", "the plan has no `cloudflare_account_id`");
        return Ok(());
    };
    let zones: BTreeSet<_> = plan.hosts().into_iter().map(|(_, zone)| zone).collect();
    if token::check(cloud, api, account, &zones.into_iter().collect::<Vec<_>>(), findings)? {
        findings.add(hosts::check(cloud, api, plan, account)?);
        findings.add(caa::check(cloud, api, plan)?);
    }
    Ok(())
}
