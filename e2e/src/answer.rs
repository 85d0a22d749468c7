//! An HTTP answer, read to its end.

use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::header::HeaderMap;
use serde_json::Value;

/// Far longer than anything takes on a slow machine. A condition that holds earlier ends the wait.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(90);

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Which cache tier served the redirect.
    pub fn tier(&self) -> &str {
        self.header("x-shortline-cache").unwrap_or("none")
    }

    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.body).with_context(|| format!("not JSON: {} {}", self.status, self.body))
    }
}
