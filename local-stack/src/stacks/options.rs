//! Options of a stack. The defaults suit a test: free ports, empty, deleted afterwards.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::artifacts::Artifacts;

/// How the origin runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginMode {
    /// This many HTTP servers on one database.
    Servers(usize),
    /// A function behind a function URL that requires signed requests. Slow (about 20 calls a second), for correctness
    /// tests.
    FunctionUrl,
}

#[derive(Clone, Debug)]
pub struct StackOptions {
    /// `None` is a throwaway folder with fast storage, deleted with the stack.
    pub data_dir: Option<PathBuf>,
    /// `None` uses the binaries of cargo's dev profile.
    pub artifacts: Option<Artifacts>,
    /// 0 picks a free port.
    pub edge_port: u16,
    /// Number of data centres, each an edge with its own cache. The first has `edge_port`.
    pub edges: usize,
    /// Whether an edit purges the caches of all edges.
    pub purging: bool,
    pub origins: OriginMode,
    /// `None` uses the key in the stack's folder, created at its first start.
    pub admin_key: Option<String>,
    /// The client address that the Worker sees for every request; `None` trusts the client's header.
    pub client_address: Option<String>,
    /// How soon SQS redelivers the messages of a killed consumer.
    pub visibility_timeout_seconds: u32,
    /// Override the Workers' default variables and secrets.
    pub worker_bindings: BTreeMap<String, String>,
    /// A module to use as the visitor's Worker's entry, which may import the real one: injects faults into the Worker.
    pub worker_entry: Option<&'static str>,
    /// The same for the API's Worker.
    pub api_worker_entry: Option<&'static str>,
    /// OpenTelemetry's variables for origin and consumer, such as `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub traces: BTreeMap<String, String>,
    /// Whether the edges serve the dashboard, which must be built.
    pub dashboard: bool,
    /// Called after each completed step.
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
            api_worker_entry: None,
            traces: BTreeMap::new(),
            dashboard: false,
            on_step: |_| {},
        }
    }
}
