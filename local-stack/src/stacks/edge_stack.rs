//! The Workers alone, with replica and cache, for load tests of the edge; the caller provides origin and queue. Deleted
//! at the end.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

use crate::checkout::Checkout;
use crate::parts::edge::cloudflare::{self, Cloudflare};
use crate::parts::edge::worker::{Edge, EdgeOptions};
use crate::parts::edge::workerd;
use crate::processes::part::Part;
use crate::processes::ports::free_port;
use crate::processes::run_folder::{RunFolder, prepare};
use crate::stacks::settings::{DEFAULT_DOMAIN, owned};

/// Parts stop in the order of the fields when it is dropped.
#[derive(Debug)]
pub struct EdgeStack {
    pub edge: Edge,
    cloudflare: Cloudflare,
    folder: RunFolder,
}

impl EdgeStack {
    pub async fn start(origin_url: &str, queue_url: &str) -> Result<Self> {
        let checkout = Checkout::here();
        let folder = RunFolder::create(&checkout, "edge")?;
        prepare(folder.path(), &folder.path().join("logs"))?;
        // Nobody listens: a caller of a dead part gets an error anyway.
        let (failures, _) = tokio::sync::mpsc::unbounded_channel();
        let cache_port = free_port()?;
        let cloudflare = Cloudflare::start(&checkout, folder.path(), &[cache_port], failures.clone()).await?;
        let options = EdgeOptions {
            number: 0,
            port: free_port()?,
            cache_port,
            kv_address: cloudflare.kv_address.clone(),
            counter_address: cloudflare.counter_address.clone(),
            bindings: bindings(origin_url, queue_url, &cloudflare),
            client_address: None,
            entry: None,
            api_entry: None,
            emulator: None,
            serves_assets: false,
        };
        let edge = Edge::start(&checkout, folder.path(), options, failures).await?;
        Ok(Self { edge, cloudflare, folder })
    }

    /// Starts another workerd. `files`, including `config.capnp`, are written to its folder; `probe` is a URL that
    /// answers 200 once it is ready.
    pub async fn start_workerd(
        &self,
        name: &str,
        files: &[(String, Vec<u8>)],
        probe: String,
    ) -> Result<Part> {
        let folder = self.folder.path().join(name);
        for (file, content) in files {
            write(&folder.join(file), content)?;
        }
        let log = self.folder.path().join(format!("logs/{name}.log"));
        let (failures, _) = tokio::sync::mpsc::unbounded_channel();
        workerd::serve(&Checkout::here(), name, folder.join("config.capnp"), log, probe, failures).await
    }

    pub async fn stop(&self) {
        self.edge.part.stop().await;
        self.cloudflare.part.stop().await;
    }
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    let parent = path.parent().unwrap_or(path);
    std::fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    std::fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

/// As in a deployment with purging: a copy stays in the colo for an hour. The secrets protect nothing here.
fn bindings(origin_url: &str, queue_url: &str, cloudflare: &Cloudflare) -> BTreeMap<String, String> {
    owned([
        ("ORIGIN_URLS", origin_url),
        ("DEFAULT_DOMAIN", DEFAULT_DOMAIN),
        ("CLICK_QUEUE_URL", queue_url),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKIALOADTEST"),
        ("AWS_SECRET_ACCESS_KEY", "load test"),
        ("EDGE_SECRET", "load test"),
        ("REQUIRE_HTTPS", "false"),
        ("CLOUDFLARE_API_URL", &cloudflare.api_url),
        ("PURGE_ZONE_IDS", &cloudflare.zone_ids),
        ("PURGE_TOKEN", cloudflare::TOKEN),
    ])
}
