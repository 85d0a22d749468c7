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
    pub(super) assets: Option<AssetRules>,
}

/// Static assets, and which requests may have them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AssetRules {
    /// Relative to the checkout.
    pub(super) directory: PathBuf,
    /// Paths, with `*` at their end, that run the Worker without a look at the files. Those after `!` do not.
    pub(super) worker_first: Vec<String>,
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
            "assets",
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
            assets: table.get("assets").map(asset_rules).transpose()?,
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

/// Whatever else such a table may hold, the stand-in does not do.
fn asset_rules(table: &Value) -> Result<AssetRules> {
    let table = table.as_table().context("`assets` is not a table")?;
    const KNOWN: [&str; 3] = ["directory", "not_found_handling", "run_worker_first"];
    if let Some(key) = table.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        bail!("`assets.{key}` has no local counterpart yet; add one in local-stack/src/parts/edge/assets.js");
    }
    if table.get("not_found_handling").and_then(Value::as_str) != Some("404-page") {
        bail!(
            "`assets.not_found_handling` is not \"404-page\", which local-stack/src/parts/edge/assets.js stands in for"
        );
    }
    let directory = table.get("directory").and_then(Value::as_str).context("`assets` has no `directory`")?;
    let rules = table.get("run_worker_first").and_then(Value::as_array);
    let rules = rules.context("`assets.run_worker_first` is not a list of paths")?;
    let rules = rules.iter().map(|rule| rule.as_str().map(str::to_owned)).collect::<Option<_>>();
    Ok(AssetRules {
        directory: directory.into(),
        worker_first: rules.context("a path of `assets.run_worker_first` is not a string")?,
    })
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
    fn assets_have_a_folder_and_paths() {
        let parse = |more: &str| {
            let text =
                "[assets]\ndirectory = \"dashboard/build\"\nrun_worker_first = [\"/*\", \"!/dashboard/*\"]\n";
            Wrangler::parse(&format!("{MINIMAL}{text}{more}"))
        };
        let expected = AssetRules {
            directory: "dashboard/build".into(),
            worker_first: vec!["/*".to_owned(), "!/dashboard/*".to_owned()],
        };
        let not_found = "not_found_handling = \"404-page\"\n";
        assert_eq!(parse(not_found).unwrap().assets, Some(expected));
        let error = parse("").unwrap_err();
        assert!(error.to_string().contains("not_found_handling"), "{error}");
        assert_eq!(Wrangler::parse(MINIMAL).unwrap().assets, None);
        let error = parse("html_handling = \"none\"\n").unwrap_err();
        assert!(error.to_string().contains("html_handling"), "{error}");
    }

    #[test]
    fn incomplete_rate_limit_is_an_error() {
        let limit = "[[ratelimits]]\nname = \"VISITORS\"\nnamespace_id = \"7\"\nsimple = { limit = 10 }\n";
        let error = Wrangler::parse(&format!("{MINIMAL}{limit}")).unwrap_err();
        assert!(error.to_string().contains("period"), "{error}");
    }
}
