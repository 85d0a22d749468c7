//! What a stack may be asked for. The defaults are those of a test: free ports, empty, gone afterwards.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::artifacts::Artifacts;

/// How the origin runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginMode {
    /// As HTTP servers, this many, on one database.
    Servers(usize),
    /// As a function behind a function URL that wants signed requests. Slow (about 20 calls a second): for correctness.
    FunctionUrl,
}

#[derive(Clone, Debug)]
pub struct StackOptions {
    /// `None` is a throw-away folder: quick storage, gone with the stack.
    pub data_dir: Option<PathBuf>,
    /// `None` takes the builds of `cargo build`'s dev profile, where they lie.
    pub artifacts: Option<Artifacts>,
    /// 0 takes a free one.
    pub edge_port: u16,
    /// Data centres: each an edge with a cache of its own. The first has `edge_port`.
    pub edges: usize,
    /// Whether an edit purges the caches of all of them.
    pub purging: bool,
    pub origins: OriginMode,
    /// `None` takes the one in the stack's folder, made at its first start.
    pub admin_key: Option<String>,
    /// What the Worker sees as every client's address, whatever the client says; `None` believes the client.
    pub client_address: Option<String>,
    /// How soon SQS delivers again what a killed consumer had in its hands.
    pub visibility_timeout_seconds: u32,
    /// Over the variables and secrets that the Worker gets anyway.
    pub worker_bindings: BTreeMap<String, String>,
    /// A module that workerd takes for the Worker's entry, beside the real one, which it may import: faults inside the Worker.
    pub worker_entry: Option<&'static str>,
    /// Told of each step that is done.
    pub on_step: fn(&str),
}

impl Default for StackOptions {
    fn default() -> Self {
        Self {
            data_dir: None,
            artifacts: None,
            edge_port: 0,
            edges: 1,
            purging: true,
            origins: OriginMode::Servers(1),
            admin_key: None,
            client_address: None,
            visibility_timeout_seconds: 30,
            worker_bindings: BTreeMap::new(),
            worker_entry: None,
            on_step: |_| {},
        }
    }
}
