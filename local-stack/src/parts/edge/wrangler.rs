//! Reads the wrangler file of a Worker. A key without a local counterpart is an error.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use toml::Value;

/// Keys that only concern deployments.
const DEPLOYMENT_ONLY: &[&str] = &[
    "$schema",
    "account_id",
    "build",
    "dev",
    "env",
    "keep_vars",
    "limits",
    "logpush",
    "minify",
    "no_bundle",
    "find_additional_modules",
    "base_dir",
    "rules",
    "observability",
    "placement",
    "preview_urls",
    "route",
    "routes",
    "send_metrics",
    "triggers",
    "upload_source_maps",
    "workers_dev",
];

/// The used parts of a wrangler file.
#[derive(Debug)]
pub(crate) struct Wrangler {
    pub(super) name: String,
    /// The built entry, relative to the checkout.
    pub(crate) main: PathBuf,
    pub(super) compatibility_date: String,
    pub(super) compatibility_flags: Vec<String>,
    pub(super) vars: BTreeMap<String, String>,
    pub(super) kv_bindings: Vec<String>,
    /// Name and JSON settings for the stand-in module.
    pub(super) rate_limits: Vec<(String, String)>,
    /// Name, and the Worker that it calls.
    pub(super) service_bindings: Vec<(String, String)>,
}

impl Wrangler {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("in {}", path.display()))
    }

    pub(super) fn parse(text: &str) -> Result<Self> {
        let table: toml::Table = text.parse()?;
        let known = [
            "name",
            "main",
            "compatibility_date",
            "compatibility_flags",
            "vars",
            "kv_namespaces",
            "ratelimits",
            "services",
        ];
        for key in table.keys() {
            if !known.contains(&key.as_str()) && !DEPLOYMENT_ONLY.contains(&key.as_str()) {
                bail!(
                    "`{key}` has no local counterpart yet; add one in local-stack/src/parts/edge/wrangler.rs"
                );
            }
        }
        let text_at =
            |key: &str| table.get(key).and_then(Value::as_str).with_context(|| format!("no `{key}`"));
        let flags = table.get("compatibility_flags").and_then(Value::as_array).cloned().unwrap_or_default();
        let flags = flags.iter().map(|flag| flag.as_str().map(str::to_owned));
        let mut vars = BTreeMap::new();
        for (name, value) in table.get("vars").and_then(Value::as_table).into_iter().flatten() {
            let value = value.as_str().with_context(|| format!("the var `{name}` is not a string"))?;
            vars.insert(name.clone(), value.to_owned());
        }
        let namespaces = table.get("kv_namespaces").and_then(Value::as_array).into_iter().flatten();
        let kv_bindings = namespaces.map(|namespace| {
            let name = namespace.get("binding").and_then(Value::as_str);
            name.map(str::to_owned).context("a KV namespace has no `binding`")
        });
        let rate_limits = table.get("ratelimits").and_then(Value::as_array).into_iter().flatten();
        let services = table.get("services").and_then(Value::as_array).into_iter().flatten();
        let service_bindings = services.map(|service| {
            let text = |key: &str| service.get(key).and_then(Value::as_str).map(str::to_owned);
            text("binding").zip(text("service")).context("a service needs `binding` and `service`")
        });
        Ok(Self {
            name: text_at("name")?.into(),
            service_bindings: service_bindings.collect::<Result<_>>()?,
            rate_limits: rate_limits.map(rate_limit).collect::<Option<_>>().context(
                "a rate limit needs `name`, `namespace_id`, and `simple` with `limit` and `period`",
            )?,
            kv_bindings: kv_bindings.collect::<Result<_>>()?,
            main: text_at("main")?.into(),
            compatibility_date: text_at("compatibility_date")?.into(),
            compatibility_flags: flags
                .collect::<Option<_>>()
                .context("a compatibility flag is not a string")?,
            vars,
        })
    }
}

fn rate_limit(limit: &Value) -> Option<(String, String)> {
    let text = |name: &str| limit.get(name).and_then(Value::as_str);
    let number = |name: &str| limit.get("simple")?.get(name)?.as_integer();
    let json = serde_json::json!({
        "namespace": text("namespace_id")?,
        "limit": number("limit")?,
        "period": number("period")?,
    });
    Some((text("name")?.to_owned(), json.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str =
        "name = \"x\"\nmain = \"edge-worker/build/index.js\"\ncompatibility_date = \"2026-07-01\"\n";

    #[test]
    fn binding_without_a_local_counterpart_is_an_error() {
        let error =
            Wrangler::parse(&format!("{MINIMAL}[[d1_databases]]\nbinding = \"LINKS\"\n")).unwrap_err();
        assert!(error.to_string().contains("d1_databases"), "{error}");
    }

    #[test]
    fn incomplete_rate_limit_is_an_error() {
        let limit = "[[ratelimits]]\nname = \"VISITORS\"\nnamespace_id = \"7\"\nsimple = { limit = 10 }\n";
        let error = Wrangler::parse(&format!("{MINIMAL}{limit}")).unwrap_err();
        assert!(error.to_string().contains("period"), "{error}");
    }
}
