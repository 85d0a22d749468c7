//! Calls Terraform: its plan, the application of it, and its outputs.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::cloud::{Cloud, CloudCommand};
use super::outputs::Outputs;
use super::paths::DeployPaths;

/// Terraform receives Ctrl-C itself and is waited for: killing it would leave its state locked.
pub(super) fn terraform(paths: &DeployPaths) -> CloudCommand {
    CloudCommand::new("terraform").args([format!("-chdir={}", paths.infra.display())]).receiving_ctrl_c()
}

/// Asks before it applies the plan, unless that is approved already.
pub(super) fn apply(cloud: &mut dyn Cloud, paths: &DeployPaths, is_approved: bool) -> Result<()> {
    let plan = paths.plan().display().to_string();
    cloud.call(&terraform(paths).args(["plan", "-input=false", &format!("-out={plan}")]).shown())?;
    if !is_approved {
        let answer = cloud.ask("\nApply this plan? Type `yes` to apply: ")?;
        ensure!(answer.trim() == "yes", "nothing was changed");
    }
    cloud.call(&terraform(paths).args(["apply", "-input=false", &plan]).shown())?;
    Ok(())
}

/// From a file with the output of `terraform output -json`, or from Terraform.
pub(super) fn outputs(cloud: &mut dyn Cloud, paths: &DeployPaths, file: Option<&Path>) -> Result<Outputs> {
    let text = match file {
        Some(file) => {
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
        }
        None => cloud.call(&terraform(paths).args(["output", "-json"]))?,
    };
    Outputs::parse(&text)
}
