//! Both Workers on bare workerd, with a stand-in for Cloudflare's cache.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::checkout::Checkout;
use crate::parts::edge::worker_config::{Assets, WorkerFiles, WorkerdConfig};
use crate::parts::edge::workerd;
use crate::parts::edge::wrangler::Wrangler;
use crate::processes::part::{Failures, Part};
use crate::processes::ports;

/// The stand-in for a data centre's cache, a Worker.
pub const CACHE_SERVICE: &str = include_str!("cache-service.js");

#[derive(Debug)]
pub struct Edge {
    pub part: Part,
    pub url: String,
    schedule_url: String,
}

#[derive(Debug)]
pub(crate) struct EdgeOptions {
    pub(crate) port: u16,
    pub(crate) cache_port: u16,
    /// From 0; each edge is a data centre.
    pub(crate) number: usize,
    pub(crate) kv_address: String,
    pub(crate) counter_address: String,
    pub(crate) bindings: BTreeMap<String, String>,
    pub(crate) client_address: Option<String>,
    pub(crate) entry: Option<&'static str>,
    pub(crate) api_entry: Option<&'static str>,
    pub(crate) emulator: Option<String>,
    /// Whether the static assets of the wrangler file are served; they must be built.
    pub(crate) serves_assets: bool,
}

impl Edge {
    pub(crate) async fn start(
        checkout: &Checkout,
        stack_folder: &Path,
        options: EdgeOptions,
        failures: Failures,
    ) -> Result<Self> {
        let name = match options.number {
            0 => "edge".to_owned(),
            number => format!("edge-{number}"),
        };
        let folder = stack_folder.join(&name);
        let schedule_port = ports::free_port()?;
        let config = write_files(checkout, &folder, &options, schedule_port)?;
        let log = stack_folder.join(format!("logs/{name}.log"));
        let url = format!("http://127.0.0.1:{}", options.port);
        let part = workerd::serve(checkout, &name, config, log, format!("{url}/healthz"), failures).await?;
        Ok(Self { part, url, schedule_url: format!("http://127.0.0.1:{schedule_port}") })
    }

    /// Runs the API Worker's schedule, which Cloudflare runs every minute, and waits for its end.
    pub async fn run_schedule(&self) -> Result<()> {
        let answer = reqwest::Client::builder().no_proxy().build()?.post(&self.schedule_url).send().await?;
        anyhow::ensure!(answer.status().is_success(), "the schedule failed: {}", answer.text().await?);
        Ok(())
    }
}

/// Copies the built Workers next to their configuration, so that a later build does not affect a restart.
fn write_files(
    checkout: &Checkout,
    folder: &Path,
    options: &EdgeOptions,
    schedule_port: u16,
) -> Result<PathBuf> {
    let _ = std::fs::remove_dir_all(folder);
    let visitors = copy_worker(checkout, "wrangler.toml", (folder, "worker"), options.entry)?;
    let api = copy_worker(checkout, "wrangler-api.toml", (folder, "api-worker"), options.api_entry)?;
    let assets = options.serves_assets.then(|| read_assets(checkout, &visitors.wrangler)).transpose()?;
    let config = WorkerdConfig {
        visitors: &visitors,
        api: &api,
        bindings: &options.bindings,
        port: options.port,
        cache_port: options.cache_port,
        schedule_port,
        kv_address: &options.kv_address,
        counter_address: &options.counter_address,
        client_address: options.client_address.as_deref(),
        emulator: options.emulator.as_deref(),
        assets: assets.as_ref(),
    };
    let path = folder.join("config.capnp");
    let files = [
        (path.clone(), config.to_capnp()?),
        (folder.join("cache-service.js"), CACHE_SERVICE.to_owned()),
        (folder.join("rate-limit.js"), include_str!("rate-limit.js").to_owned()),
        (folder.join("assets.js"), include_str!("assets.js").to_owned()),
        (folder.join("schedule.js"), include_str!("schedule.js").to_owned()),
        (folder.join("function-url-outbound.js"), include_str!("function-url-outbound.js").to_owned()),
    ];
    for (path, text) in files {
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(path)
}

fn read_assets(checkout: &Checkout, wrangler: &Wrangler) -> Result<Assets> {
    let rules = wrangler.assets.as_ref().context("the visitor's Worker has no `assets`")?;
    let directory = checkout.root().join(&rules.directory);
    let file = directory.join("_headers");
    let headers = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read {}; run `cargo xtask build`", file.display()))?;
    Ok(Assets { directory, headers, worker_first: rules.worker_first.clone() })
}

/// Copies a built Worker to a folder below `parent`.
fn copy_worker(
    checkout: &Checkout,
    wrangler_file: &str,
    (parent, folder): (&Path, &'static str),
    faulty_entry: Option<&str>,
) -> Result<WorkerFiles> {
    let wrangler = Wrangler::read(&checkout.root().join(wrangler_file))?;
    let main = checkout.root().join(&wrangler.main);
    let built = main.parent().with_context(|| format!("`main` in {wrangler_file} has no folder"))?;
    if !main.exists() {
        bail!("{} does not exist; run `cargo xtask build`", main.display());
    }
    let mut modules = Vec::new();
    copy_modules(built, &parent.join(folder), "", &mut modules)?;
    let entry = main.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // workerd uses the first module as the entry.
    modules.sort_by_key(|name| (*name != entry, name.clone()));
    if let Some(script) = faulty_entry {
        let name = "faulty-entry.js";
        std::fs::write(parent.join(folder).join(name), script).context("cannot write the test's entry")?;
        modules.insert(0, name.to_owned());
    }
    Ok(WorkerFiles { wrangler, folder, modules })
}

fn copy_modules(from: &Path, to: &Path, prefix: &str, modules: &mut Vec<String>) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for entry in std::fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let module = format!("{prefix}{name}");
        if path.is_dir() {
            copy_modules(&path, &to.join(name), &format!("{module}/"), modules)?;
        } else if matches!(
            path.extension().and_then(|extension| extension.to_str()),
            Some("js" | "mjs" | "wasm")
        ) {
            std::fs::copy(&path, to.join(name)).with_context(|| format!("cannot copy {}", path.display()))?;
            modules.push(module);
        }
    }
    Ok(())
}
