//! The baseline Workers of the edge benchmark, together on their own workerd.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use local_stack::artifacts::PLAIN_WORKER;
use local_stack::checkout::Checkout;
use local_stack::{CACHE_SERVICE, CF_BLOB_HEADER, EdgeStack, Part, V8_FLAGS, free_port};

#[derive(Debug)]
pub(super) struct Baselines {
    pub(super) constant: SocketAddr,
    pub(super) headers: SocketAddr,
    pub(super) plain_rust: SocketAddr,
    pub(super) matching: SocketAddr,
    /// Reads from the cache what `matching` was filled with.
    pub(super) matching_headers: SocketAddr,
    part: Part,
}

impl Baselines {
    pub(super) async fn start(checkout: &Checkout, stack: &EdgeStack) -> Result<Self> {
        let addresses = [loopback()?, loopback()?, loopback()?, loopback()?, loopback()?];
        let [constant, headers, plain_rust, matching, matching_headers] = addresses;
        let text = |text: &str| text.as_bytes().to_vec();
        let built = |name: &str| {
            let path = checkout.root().join(PLAIN_WORKER).join("build").join(name);
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
        };
        let files = [
            ("constant.js", text(include_str!("constant.js"))),
            ("headers.js", text(include_str!("headers.js"))),
            ("same-headers.js", text(include_str!("same-headers.js"))),
            ("match.js", text(include_str!("match.js"))),
            ("cache-service.js", text(CACHE_SERVICE)),
            ("plain/index.js", built("index.js")?),
            ("plain/index_bg.wasm", built("index_bg.wasm")?),
            ("config.capnp", config(addresses).into_bytes()),
        ];
        let files = files.map(|(name, content)| (name.to_owned(), content));
        let part = stack.start_workerd("baselines", &files, format!("http://{matching}/healthz")).await?;
        Ok(Self { constant, headers, plain_rust, matching, matching_headers, part })
    }

    pub(super) async fn stop(&self) {
        self.part.stop().await;
    }
}

fn loopback() -> Result<SocketAddr> {
    Ok(([127, 0, 0, 1], free_port()?).into())
}

fn config([constant, headers, plain_rust, matching, matching_headers]: [SocketAddr; 5]) -> String {
    let cf = CF_BLOB_HEADER;
    let date = r#"compatibilityDate = "2026-07-01""#;
    let script = |name: &str, files: &[&str], more: &str| {
        let modules: String =
            files.iter().map(|file| format!("(name = \"{file}\", esModule = embed \"{file}\"),")).collect();
        format!("const {name} :Workerd.Worker = (modules = [{modules}], {date}{more});\n")
    };
    let socket = |name: &str, address: SocketAddr| {
        format!(
            "(name = \"{name}\", address = \"{address}\", http = (cfBlobHeader = \"{cf}\"), service = \"{name}\"),"
        )
    };
    let cached = ", cacheApiOutbound = \"cache\"";
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  {}
  services = [
    (name = "constant", worker = .constant), (name = "headers", worker = .headers), (name = "plain", worker = .plain),
    (name = "matching", worker = .matching), (name = "matching-headers", worker = .matchingHeaders),
    (name = "cache", worker = .cache),
  ],
  sockets = [{}{}{}{}{}],
);
{}{}{}{}{}const plain :Workerd.Worker = (
  modules = [
    (name = "index.js", esModule = embed "plain/index.js"), (name = "index_bg.wasm", wasm = embed "plain/index_bg.wasm"),
  ],
  {date},
);
"#,
        V8_FLAGS,
        socket("constant", constant),
        socket("headers", headers),
        socket("plain", plain_rust),
        socket("matching", matching),
        socket("matching-headers", matching_headers),
        script("constant", &["constant.js"], ""),
        script("headers", &["headers.js", "same-headers.js"], ""),
        script("matching", &["match.js", "same-headers.js"], cached),
        script(
            "matchingHeaders",
            &["match.js", "same-headers.js"],
            &format!("{cached}, bindings = [(name = \"HEADERS\", text = \"as the edge\")]"),
        ),
        script("cache", &["cache-service.js"], ""),
    )
}
