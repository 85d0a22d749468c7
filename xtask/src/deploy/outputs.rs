//! What Terraform says about an installation: the one thing that connects the clouds. Decides that nothing is missing.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(super) struct Outputs {
    aws_account_id: String,
    pub(super) migrate: Function,
    /// In the order in which they are released.
    pub(super) functions: Vec<Function>,
    pub(super) worker: Worker,
    /// As wrangler takes them.
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
        // The error of the parser could repeat a secret.
        let all: BTreeMap<String, Value> =
            serde_json::from_str(text).ok().context("`terraform output -json` says no JSON object")?;
        Ok(Self {
            aws_account_id: output(&all, "aws_account_id")?,
            migrate: output(&all, "migrate")?,
            functions: output(&all, "functions")?,
            worker: output(&all, "worker")?,
            worker_secrets: output(&all, "worker_secrets")?,
            canary_alarms: output(&all, "canary_alarms")?,
        })
    }

    pub(super) fn are_of(&self, account: &str) -> Result<()> {
        ensure!(
            self.aws_account_id == account,
            "this installation is in AWS account {}, and the keys in the environment are of {account}: set AWS_PROFILE, or others",
            self.aws_account_id
        );
        Ok(())
    }

    /// Before anything is changed: what is handed over is what `wrangler.toml` has a place for, and the other way round.
    pub(super) fn agree_with(&self, wrangler_toml: &str) -> Result<()> {
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
        .with_context(|| format!("Terraform has no output `{name}`; is it applied, and of this version?"))?;
    serde_json::from_value(value.clone())
        .ok()
        .with_context(|| format!("Terraform's output `{name}` has another form, or a value in it is missing"))
}
