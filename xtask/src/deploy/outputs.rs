//! Terraform's outputs of an installation, which connect the two clouds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(super) struct Outputs {
    /// Of the installation: the prefix of every name.
    pub(super) name: String,
    /// The default domain of short links.
    pub(super) domain: String,
    pub(super) admin_key_secret: String,
    aws_account_id: String,
    pub(super) migrate: Function,
    /// In the order in which they are deployed.
    pub(super) functions: Vec<Function>,
    /// In the order in which they are deployed: the one that others call first, the visitor's last.
    pub(super) workers: Vec<Worker>,
    /// Values for variables of the wrangler files. Each Worker gets those that its file has.
    pub(super) worker_vars: BTreeMap<String, String>,
    /// By the Worker's name, in wrangler's format.
    pub(super) worker_secrets: BTreeMap<String, BTreeMap<String, String>>,
    /// By region.
    pub(super) canary_alarms: BTreeMap<String, Vec<String>>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) region: String,
    /// File name of its zip.
    pub(super) package: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Worker {
    pub(super) name: String,
    pub(super) account_id: String,
    /// Its wrangler file in the checkout.
    pub(super) wrangler: String,
    pub(super) kv_namespaces: BTreeMap<String, String>,
    /// The Workers that it calls, by the name of the binding.
    pub(super) services: BTreeMap<String, String>,
}

impl Outputs {
    /// Of `terraform output -json`.
    pub(super) fn parse(text: &str) -> Result<Self> {
        // Drop the parser's error, which could contain a secret.
        let all: BTreeMap<String, Value> = serde_json::from_str(text)
            .ok()
            .context("the output of `terraform output -json` is not a JSON object")?;
        Ok(Self {
            name: output(&all, "name")?,
            domain: output(&all, "domain")?,
            admin_key_secret: output(&all, "admin_key_secret")?,
            aws_account_id: output(&all, "aws_account_id")?,
            migrate: output(&all, "migrate")?,
            functions: output(&all, "functions")?,
            workers: output(&all, "workers")?,
            worker_vars: output(&all, "worker_vars")?,
            worker_secrets: output(&all, "worker_secrets")?,
            canary_alarms: output(&all, "canary_alarms")?,
        })
    }

    /// The region of the databases, the queue and the secrets.
    pub(super) fn home(&self) -> &str {
        &self.migrate.region
    }

    /// Where people sign in.
    pub(super) fn dashboard_host(&self) -> &str {
        let own = self.worker_vars.get("DASHBOARD_HOST").filter(|host| !host.is_empty());
        own.unwrap_or(&self.domain)
    }

    pub(super) fn check_account(&self, account: &str) -> Result<()> {
        ensure!(
            self.aws_account_id == account,
            "this installation is in AWS account {}, but the credentials are of {account}: set AWS_PROFILE or other credentials",
            self.aws_account_id
        );
        Ok(())
    }

    /// Checked before anything is changed: Terraform's outputs and the wrangler files in `root` name the same variables,
    /// namespaces and services.
    pub(super) fn check_against(&self, root: &Path) -> Result<()> {
        let mut unknown: BTreeSet<&str> = self.worker_vars.keys().map(String::as_str).collect();
        for worker in &self.workers {
            let file = &worker.wrangler;
            let text =
                std::fs::read_to_string(root.join(file)).with_context(|| format!("cannot read {file}"))?;
            let wrangler: toml::Table = text.parse().with_context(|| file.clone())?;
            let vars = wrangler.get("vars").and_then(toml::Value::as_table);
            let vars = vars.with_context(|| format!("{file} has no [vars]"))?;
            unknown.retain(|name| !vars.contains_key(*name));
            for (bindings, known) in
                [("kv_namespaces", &worker.kv_namespaces), ("services", &worker.services)]
            {
                let bindings_of =
                    wrangler.get(bindings).and_then(toml::Value::as_array).into_iter().flatten();
                for binding in bindings_of.filter_map(|bound| bound.get("binding")?.as_str()) {
                    ensure!(
                        known.contains_key(binding),
                        "Terraform's outputs have no {bindings} for the binding {binding} of {file}"
                    );
                }
            }
        }
        ensure!(unknown.is_empty(), "no wrangler file has vars named {unknown:?}");
        Ok(())
    }
}

fn output<T: DeserializeOwned>(all: &BTreeMap<String, Value>, name: &str) -> Result<T> {
    let value = all.get(name).and_then(|output| output.get("value"));
    let value = value
        .with_context(|| format!("Terraform has no output `{name}`; apply this version of infra/ first"))?;
    serde_json::from_value(value.clone())
        .ok()
        .with_context(|| format!("Terraform's output `{name}` has an unexpected format or lacks a value"))
}
