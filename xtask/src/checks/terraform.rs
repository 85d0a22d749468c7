//! Runs Terraform on `infra/`, with real providers or with schema-only stand-ins.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use local_stack::checkout::Checkout;

/// Names a terraform with schema-only stand-ins for the providers, for machines without access to a registry.
pub(super) const OFFLINE: &str = "SHORTLINE_TERRAFORM_OFFLINE";
const OFFLINE_BESIDE_THE_CHECKOUT: &str = "../shared/terraform-offline/terraform-offline";

pub(super) struct Terraform {
    program: OsString,
    is_offline: bool,
    folder: PathBuf,
}

impl Terraform {
    pub(super) fn of(checkout: &Checkout) -> Self {
        let beside = checkout.root().join(OFFLINE_BESIDE_THE_CHECKOUT);
        let offline = std::env::var_os(OFFLINE).or_else(|| beside.exists().then(|| beside.into_os_string()));
        Self {
            is_offline: offline.is_some(),
            program: offline.unwrap_or_else(|| "terraform".into()),
            folder: checkout.root().join("infra"),
        }
    }

    /// In a copy of `infra/` without `prevent_destroy`: before 1.13, `terraform test` cannot remove what a test applied to its
    /// mocks from a configuration that has it. The copy also leaves out an installation's `terraform.tfvars`, which tests
    /// would read.
    pub(super) fn of_unprotected_copy(checkout: &Checkout) -> Result<Self> {
        let folder = checkout.root().join(".shortline/terraform-test");
        copy_unprotected(checkout.root(), &folder)
            .with_context(|| format!("cannot copy infra/ to {}", folder.display()))?;
        Ok(Self { folder: folder.join("infra"), ..Self::of(checkout) })
    }

    /// Installs modules and real providers, which `validate` and `test` need. Touches no state.
    pub(super) fn is_prepared(&self) -> Result<bool> {
        if self.is_offline {
            println!("using stand-ins for the providers: {}", self.program.to_string_lossy());
            return self.run(&["get"]).map(|()| true);
        }
        let mut init = self.command(&["init", "-backend=false", "-input=false", "-no-color"]);
        let output = init.output().with_context(|| format!("cannot run {init:?}"))?;
        let output_text = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            return Ok(true);
        }
        ensure!(is_unreachable(&output_text), "`terraform init` failed ({}):\n{output_text}", output.status);
        Ok(false)
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Result<()> {
        let mut command = self.command(arguments);
        let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
        ensure!(status.success(), "`terraform {}` failed, see above ({status})", arguments.join(" "));
        Ok(())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        let mut folder = OsString::from("-chdir=");
        folder.push(&self.folder);
        command.arg(folder).args(arguments).env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1");
        command
    }
}

/// All files of the configuration, sorted.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !is_hidden {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "tf") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Copies `infra/` into `folder`, where links stand for the rest of the checkout: tests compare with code.
fn copy_unprotected(root: &Path, folder: &Path) -> std::io::Result<()> {
    let infra = folder.join("infra");
    std::fs::create_dir_all(&infra)?;
    for entry in std::fs::read_dir(root)? {
        let (name, link) = entry.map(|entry| (entry.file_name(), folder.join(entry.file_name())))?;
        if name != "infra" && !name.to_string_lossy().starts_with('.') && link.symlink_metadata().is_err() {
            std::os::unix::fs::symlink(root.join(&name), link)?;
        }
    }
    // Downloaded providers stay for the next run.
    for entry in std::fs::read_dir(&infra)? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with(".terraform") {
            std::fs::remove_dir_all(path)?;
        } else if path.is_file() {
            std::fs::remove_file(path)?;
        }
    }
    copy_files(&root.join("infra"), &infra)
}

fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let (path, target) = entry.map(|entry| (entry.path(), to.join(entry.file_name())))?;
        if path.is_dir() && !path.ends_with(".terraform") {
            copy_files(&path, &target)?;
        } else if path.extension().is_some_and(|extension| extension == "tf") {
            std::fs::write(&target, unprotected(&std::fs::read_to_string(&path)?))?;
        } else if path.extension().is_some_and(|extension| extension == "hcl") {
            std::fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

fn unprotected(text: &str) -> String {
    text.lines()
        .filter(|line| line.trim() != "prevent_destroy = true")
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// Whether Terraform could not reach a registry, as opposed to a missing provider.
fn is_unreachable(output_text: &str) -> bool {
    // Terraform wraps lines at the terminal's width.
    let output_text =
        output_text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    ["could not connect to registry", "failed to request discovery document"]
        .iter()
        .any(|words| output_text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unreachable_registry_is_distinguished_from_an_error() {
        let unreachable = "│ Error: Failed to query available provider packages\n│ \n│ Could not retrieve the list of available \
                           versions for provider\n│ hashicorp/aws: could not connect to registry.terraform.io: failed to\n│ request \
                           discovery document: Get";
        assert!(is_unreachable(unreachable));
        assert!(is_unreachable("failed to\n│ request discovery document"));
        assert!(!is_unreachable("│ Error: Unsupported argument"));
    }

    #[test]
    fn copy_for_tests_is_unprotected() {
        let text = "lifecycle {\n  prevent_destroy = true\n  ignore_changes  = [x]\n}\n";
        assert_eq!(unprotected(text), "lifecycle {\n  ignore_changes  = [x]\n}\n");
    }
}
