//! Terraform's outputs of an installation, which connect the two clouds.

use std::collections::BTreeMap;

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
    pub(super) worker: Worker,
    /// In wrangler's format.
    pub(super) worker_secrets: BTreeMap<String, String>,
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
    pub(super) kv_namespaces: BTreeMap<String, String>,
    pub(super) vars: BTreeMap<String, String>,
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
            worker: output(&all, "worker")?,
            worker_secrets: output(&all, "worker_secrets")?,
            canary_alarms: output(&all, "canary_alarms")?,
        })
    }

    /// The region of the databases, the queue and the secrets.
    pub(super) fn home(&self) -> &str {
        &self.migrate.region
    }

    pub(super) fn check_account(&self, account: &str) -> Result<()> {
        ensure!(
            self.aws_account_id == account,
            "this installation is in AWS account {}, but the credentials are of {account}: set AWS_PROFILE or other credentials",
            self.aws_account_id
        );
        Ok(())
    }

    /// Checked before anything is changed: Terraform's outputs and `wrangler.toml` name the same variables and
    /// namespaces.
    pub(super) fn check_against(&self, wrangler_toml: &str) -> Result<()> {
        let wrangler: toml::Table = wrangler_toml.parse().context("wrangler.toml")?;
        let vars =
            wrangler.get("vars").and_then(toml::Value::as_table).context("wrangler.toml has no [vars]")?;
        let unknown: Vec<&String> =
            self.worker.vars.keys().filter(|name| !vars.contains_key(*name)).collect();
        ensure!(unknown.is_empty(), "wrangler.toml has no vars named {unknown:?}");
        let kv = wrangler.get("kv_namespaces").and_then(toml::Value::as_array).into_iter().flatten();
        for binding in kv.filter_map(|namespace| namespace.get("binding")?.as_str()) {
            ensure!(
                self.worker.kv_namespaces.contains_key(binding),
                "Terraform's outputs have no KV namespace for the binding {binding}"
            );
        }
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
