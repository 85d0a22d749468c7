//! Starts the Cloudflare stand-in (`cloudflare.js`) on its own workerd: Workers KV, the purge API and rate-limit
//! counters, which all edges share.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use crate::checkout::Checkout;
use crate::parts::edge::worker_config::quoted;
use crate::parts::edge::workerd;
use crate::processes::part::{Failures, Part};
use crate::processes::ports;

pub(crate) const TOKEN: &str = "local-purge-token";

#[derive(Debug)]
pub struct Cloudflare {
    pub part: Part,
    /// Base URL of the API, and of `/behaviour`, where a test configures it.
    pub api_url: String,
    /// `127.0.0.1:port` of the KV namespace.
    pub(crate) kv_address: String,
    /// `127.0.0.1:port` of the rate-limit counters.
    pub(crate) counter_address: String,
    /// In the format of the Worker's configuration.
    pub(crate) zone_ids: String,
}

impl Cloudflare {
    /// `cache_ports` are the cache ports of the edges; each edge is its own zone.
    pub(crate) async fn start(
        checkout: &Checkout,
        stack_folder: &Path,
        cache_ports: &[u16],
        failures: Failures,
    ) -> Result<Self> {
        let folder = stack_folder.join("cloudflare");
        let kv_folder = folder.join("kv");
        std::fs::create_dir_all(&kv_folder)
            .with_context(|| format!("cannot create {}", kv_folder.display()))?;
        let (api_port, kv_port) = (ports::free_port()?, ports::free_port()?);
        let config = folder.join("config.capnp");
        let files = [
            (folder.join("cloudflare.js"), include_str!("cloudflare.js").to_owned()),
            (config.clone(), capnp(&kv_folder, cache_ports, api_port, kv_port)),
        ];
        for (path, text) in files {
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        let log = stack_folder.join("logs/cloudflare.log");
        let api_url = format!("http://127.0.0.1:{api_port}");
        let probe = format!("{api_url}/behaviour");
        let part = workerd::serve(checkout, "cloudflare", config, log, probe, failures).await?;
        let zone_ids: Vec<String> = (0..cache_ports.len()).map(zone_id).collect();
        Ok(Self {
            part,
            api_url,
            kv_address: format!("127.0.0.1:{kv_port}"),
            counter_address: format!("127.0.0.1:{api_port}"),
            zone_ids: zone_ids.join(","),
        })
    }
}

fn zone_id(edge: usize) -> String {
    format!("local-zone-{edge}")
}

fn capnp(kv_folder: &Path, cache_ports: &[u16], api_port: u16, kv_port: u16) -> String {
    let cache = |(edge, port)| (zone_id(edge), json!(format!("http://127.0.0.1:{port}")));
    let caches: Map<String, Value> = cache_ports.iter().enumerate().map(cache).collect();
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "cloudflare", worker = .cloudflare),
    (name = "disk", disk = (path = {kv_folder}, writable = true)),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [
    (name = "api", address = "127.0.0.1:{api_port}", http = (), service = "cloudflare"),
    (name = "kv", address = "127.0.0.1:{kv_port}", http = (), service = (name = "cloudflare", entrypoint = "kv")),
  ],
);

const cloudflare :Workerd.Worker = (
  modules = [(name = "cloudflare.js", esModule = embed "cloudflare.js")],
  compatibilityDate = "2026-07-01",
  bindings = [
    (name = "DISK", service = "disk"),
    (name = "CACHES", json = {caches}),
    (name = "TOKEN", text = {token}),
  ],
);
"#,
        kv_folder = quoted(&kv_folder.to_string_lossy()),
        caches = quoted(&Value::from(caches).to_string()),
        token = quoted(TOKEN),
    )
}
