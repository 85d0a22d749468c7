//! Translates the wrangler files of the Workers to a configuration of bare workerd. A key without a local counterpart is an
//! error.

use std::collections::BTreeMap;
use std::fmt::Write;
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

/// A request may contain in this header, as JSON, what Cloudflare would know about it: country, colo and so on.
pub const CF_BLOB_HEADER: &str = "X-Local-Cf";

/// In the configuration of every workerd that serves visitors. By default V8 collects the garbage of thousands of
/// requests at a time, with workerd's own objects: a pause of 30 to 130 ms (measured with perf), even for a one-line
/// Worker.
pub const V8_FLAGS: &str = r#"v8Flags = ["--max-semi-space-size=1"],"#;

/// The used parts of a wrangler file.
#[derive(Debug)]
pub(crate) struct Wrangler {
    name: String,
    /// The built entry, relative to the checkout.
    pub(crate) main: PathBuf,
    compatibility_date: String,
    compatibility_flags: Vec<String>,
    vars: BTreeMap<String, String>,
    kv_bindings: Vec<String>,
    /// Name and JSON settings for the stand-in module.
    rate_limits: Vec<(String, String)>,
    /// Name, and the Worker that it calls.
    service_bindings: Vec<(String, String)>,
}

impl Wrangler {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("in {}", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
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
                    "`{key}` has no local counterpart yet; add one in local-stack/src/parts/edge/worker_config.rs"
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

/// A Worker with its modules.
#[derive(Debug)]
pub(crate) struct WorkerFiles {
    pub(crate) wrangler: Wrangler,
    /// The folder of its modules, next to the configuration.
    pub(crate) folder: &'static str,
    /// Names of its modules inside the folder; the entry first.
    pub(crate) modules: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct WorkerdConfig<'a> {
    pub(crate) visitors: &'a WorkerFiles,
    pub(crate) api: &'a WorkerFiles,
    /// Override those of the wrangler files; include secrets.
    pub(crate) bindings: &'a BTreeMap<String, String>,
    pub(crate) port: u16,
    pub(crate) cache_port: u16,
    pub(crate) schedule_port: u16,
    /// `127.0.0.1:port` of the KV namespace behind every binding.
    pub(crate) kv_address: &'a str,
    /// `127.0.0.1:port` of the rate-limit counters.
    pub(crate) counter_address: &'a str,
    pub(crate) client_address: Option<&'a str>,
    /// Where requests to `*.localhost` go, `127.0.0.1:port`.
    pub(crate) emulator: Option<&'a str>,
    pub(crate) assets: Option<&'a Assets>,
}

/// Static assets, which Cloudflare serves without running the Worker.
#[derive(Debug)]
pub(crate) struct Assets {
    pub(crate) directory: PathBuf,
    /// The text of `_headers`.
    pub(crate) headers: String,
}

impl WorkerdConfig<'_> {
    pub(crate) fn to_capnp(&self) -> Result<String> {
        let inject = match self.client_address {
            Some(address) => {
                format!(
                    ", injectRequestHeaders = [(name = \"CF-Connecting-IP\", value = {})]",
                    quoted(address)
                )
            }
            None => String::new(),
        };
        let (outbound, outbound_services, outbound_worker) = self.outbound();
        let (front, asset_services, asset_worker) = self.assets();
        Ok(format!(
            r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  {V8_FLAGS}
  services = [
    (name = {visitors_name}, worker = .edge),
    (name = {api_name}, worker = .api),
    (name = "cache", worker = .cache),
    (name = "schedule", worker = .schedule),
    (name = "kv", external = (address = {kv_address}, http = ())),
    (name = "counter", external = (address = {counter_address}, http = ())),
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
{outbound_services}{asset_services}  ],
  sockets = [
    (name = "http", address = "127.0.0.1:{port}", http = (cfBlobHeader = "{CF_BLOB_HEADER}"{inject}), service = {front}),
    (name = "cache", address = "127.0.0.1:{cache_port}", http = (), service = "cache"),
    (name = "schedule", address = "127.0.0.1:{schedule_port}", http = (), service = "schedule"),
  ],
  extensions = [(modules = [(name = "local:rate-limit", internal = true, esModule = embed "rate-limit.js")])],
);

const edge :Workerd.Worker = {visitors};

const api :Workerd.Worker = {api};

const cache :Workerd.Worker = (
  modules = [(name = "cache-service.js", esModule = embed "cache-service.js")],
  compatibilityDate = {date},
);

const schedule :Workerd.Worker = (
  modules = [(name = "schedule.js", esModule = embed "schedule.js")],
  compatibilityDate = {date},
  # The call that runs a schedule; it needs workerd's --experimental.
  compatibilityFlags = ["service_binding_extra_handlers"],
  bindings = [(name = "SCHEDULED", service = {api_name})],
);
{outbound_worker}{asset_worker}"#,
            visitors_name = quoted(&self.visitors.wrangler.name),
            api_name = quoted(&self.api.wrangler.name),
            visitors = self.worker(self.visitors, outbound)?,
            api = self.worker(self.api, outbound)?,
            kv_address = quoted(self.kv_address),
            counter_address = quoted(self.counter_address),
            schedule_port = self.schedule_port,
            port = self.port,
            cache_port = self.cache_port,
            date = quoted(&self.visitors.wrangler.compatibility_date),
        ))
    }

    /// Both Workers share a data centre's cache, as those of one zone do.
    fn worker(
        &self,
        WorkerFiles { wrangler, folder, modules: names }: &WorkerFiles,
        outbound: &str,
    ) -> Result<String> {
        let mut modules = String::new();
        for name in names {
            let kind = match Path::new(name).extension().and_then(|extension| extension.to_str()) {
                Some("js" | "mjs") => "esModule",
                Some("wasm") => "wasm",
                _ => bail!("unknown type of the Worker's module {name}"),
            };
            let file = quoted(&format!("{folder}/{name}"));
            writeln!(modules, "    (name = {}, {kind} = embed {file}),", quoted(name))?;
        }
        let mut all = wrangler.vars.clone();
        all.extend(self.bindings.clone());
        let mut bindings = String::new();
        for (name, value) in &all {
            writeln!(bindings, "    (name = {}, text = {}),", quoted(name), quoted(value))?;
        }
        for name in &wrangler.kv_bindings {
            writeln!(bindings, "    (name = {}, kvNamespace = \"kv\"),", quoted(name))?;
        }
        for (name, service) in &wrangler.service_bindings {
            writeln!(bindings, "    (name = {}, service = {}),", quoted(name), quoted(service))?;
        }
        for (name, limit) in &wrangler.rate_limits {
            writeln!(
                bindings,
                "    (name = {}, wrapped = (moduleName = \"local:rate-limit\", innerBindings = \
                 [(name = \"COUNTER\", service = \"counter\"), (name = \"LIMIT\", json = {})])),",
                quoted(name),
                quoted(limit)
            )?;
        }
        let flags: Vec<String> = wrangler.compatibility_flags.iter().map(|flag| quoted(flag)).collect();
        Ok(format!(
            r#"(
  modules = [
{modules}  ],
  compatibilityDate = {date},
  compatibilityFlags = [{flags}],
  bindings = [
{bindings}  ],
  cacheApiOutbound = "cache",
  globalOutbound = "{outbound}",
)"#,
            date = quoted(&wrangler.compatibility_date),
            flags = flags.join(", "),
        ))
    }

    /// The service that visitors reach, and what it needs.
    fn assets(&self) -> (String, String, String) {
        let visitors = quoted(&self.visitors.wrangler.name);
        let Some(assets) = self.assets else { return (visitors, String::new(), String::new()) };
        let services = format!(
            "    (name = \"assets\", worker = .assets),\n    (name = \"files\", disk = (path = {})),\n",
            quoted(&assets.directory.to_string_lossy())
        );
        let worker = format!(
            r#"
const assets :Workerd.Worker = (
  modules = [(name = "assets.js", esModule = embed "assets.js")],
  compatibilityDate = {date},
  bindings = [
    (name = "WORKER", service = {visitors}),
    (name = "FILES", service = "files"),
    (name = "HEADERS", text = {headers}),
  ],
);
"#,
            date = quoted(&self.visitors.wrangler.compatibility_date),
            headers = quoted(&assets.headers),
        );
        (quoted("assets"), services, worker)
    }

    fn outbound(&self) -> (&'static str, String, String) {
        let Some(emulator) = self.emulator else { return ("internet", String::new(), String::new()) };
        let services = format!(
            "    (name = \"outbound\", worker = .outbound),\n    \
             (name = \"emulator\", external = (address = {}, http = ())),\n",
            quoted(emulator)
        );
        let worker = format!(
            r#"
const outbound :Workerd.Worker = (
  modules = [(name = "outbound.js", esModule = embed "function-url-outbound.js")],
  compatibilityDate = {},
  bindings = [(name = "emulator", service = "emulator"), (name = "internet", service = "internet")],
);
"#,
            quoted(&self.visitors.wrangler.compatibility_date)
        );
        ("outbound", services, worker)
    }
}

/// A Cap'n Proto string literal.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_ascii_control() => quoted.push_str(&format!("\\x{:02x}", u32::from(letter))),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
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

    #[test]
    fn local_values_override_wrangler() {
        let visitors = Wrangler::parse(&format!(
            "{MINIMAL}[[kv_namespaces]]\nbinding = \"LINKS\"\n[[services]]\nbinding = \"API\"\nservice = \"y\"\n\
             [[ratelimits]]\nname = \"VISITORS\"\nnamespace_id = \"7\"\nsimple = {{ limit = 10, period = 60 }}\n\
             [vars]\nA = \"1\"\nB = \"2\"\n"
        ));
        let api = Wrangler::parse(&MINIMAL.replace("\"x\"", "\"y\""));
        let files = |wrangler: Result<Wrangler>, folder| WorkerFiles {
            wrangler: wrangler.unwrap(),
            folder,
            modules: vec!["index.js".into(), "index_bg.wasm".into()],
        };
        let bindings = BTreeMap::from([("B".to_owned(), "say \"3\"".to_owned())]);
        let config = WorkerdConfig {
            visitors: &files(visitors, "worker"),
            api: &files(api, "api-worker"),
            bindings: &bindings,
            port: 1,
            cache_port: 2,
            schedule_port: 3,
            kv_address: "127.0.0.1:4",
            counter_address: "127.0.0.1:5",
            client_address: None,
            emulator: None,
            assets: None,
        };
        let capnp = config.to_capnp().unwrap();
        assert!(
            capnp.contains(r#"(name = "y", worker = .api)"#)
                && capnp.contains(r#"(name = "API", service = "y")"#)
        );
        assert!(capnp.contains(r#"(name = "LINKS", kvNamespace = "kv")"#));
        let limit = r#"(name = "LIMIT", json = "{\"limit\":10,\"namespace\":\"7\",\"period\":60}")"#;
        assert!(capnp.contains(limit), "{capnp}");
        assert!(capnp.contains(r#"(name = "A", text = "1")"#));
        assert!(capnp.contains(r#"(name = "B", text = "say \"3\"")"#));
        assert!(capnp.contains(r#"wasm = embed "worker/index_bg.wasm""#));
        assert!(capnp.contains(r#"wasm = embed "api-worker/index_bg.wasm""#));
    }
}
