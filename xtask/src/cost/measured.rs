//! The measured usage per unit: `measured.toml`, or what `cargo xtask cost --measure` measures.

use anyhow::{Context, Result};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Measured {
    pub(super) measured_on: String,
    pub(super) worker_cpu_ms: f64,
    pub(super) origin_requests_per_miss: f64,
    pub(super) resolve_ms: f64,
    pub(super) resolve_log_bytes: f64,
    pub(super) answer_bytes: f64,
    pub(super) sends_per_message: f64,
    pub(super) message_bytes_per_click: f64,
    pub(super) consume_ms_per_click: f64,
    pub(super) consume_log_bytes: f64,
    pub(super) stored_bytes_per_click: f64,
    pub(super) origin_calls_per_link: f64,
}

impl Measured {
    pub(super) fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).context("the usage does not have the format of xtask/src/cost/measured.toml")
    }
}
