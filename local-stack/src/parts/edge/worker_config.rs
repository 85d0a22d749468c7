//! Writes the configuration of bare workerd for the Workers that the wrangler files describe.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::parts::edge::wrangler::Wrangler;

/// A request may contain in this header, as JSON, what Cloudflare would know about it: country, colo and so on.
pub const CF_BLOB_HEADER: &str = "X-Local-Cf";

/// In the configuration of every workerd that serves visitors. By default V8 collects the garbage of thousands of
/// requests at a time, with workerd's own objects: a pause of 30 to 130 ms (measured with perf), even for a one-line
/// Worker.
pub const V8_FLAGS: &str = r#"v8Flags = ["--max-semi-space-size=1"],"#;

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
    /// As in the wrangler file.
    pub(crate) worker_first: Vec<String>,
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
    (name = "WORKER_FIRST", json = {worker_first}),
  ],
);
"#,
            date = quoted(&self.visitors.wrangler.compatibility_date),
            headers = quoted(&assets.headers),
            worker_first = quoted(&serde_json::json!(assets.worker_first).to_string()),
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
