//! The measured usage per unit: `measured.toml`, or what `cargo xtask cost --measure` measures.

use anyhow::{Context, Result};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Measured {
    pub(crate) measured_on: String,
    pub(crate) worker_cpu_ms: f64,
    pub(crate) origin_requests_per_miss: f64,
    pub(crate) resolve_ms: f64,
    pub(crate) resolve_log_bytes: f64,
    pub(crate) answer_bytes: f64,
    pub(crate) sends_per_message: f64,
    pub(crate) message_bytes_per_click: f64,
    pub(crate) consume_ms_per_click: f64,
    pub(crate) consume_log_bytes: f64,
    pub(crate) stored_bytes_per_click: f64,
    pub(crate) origin_calls_per_link: f64,
}

impl Measured {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).context("the usage does not have the format of xtask/src/cost/measured.toml")
    }
}
