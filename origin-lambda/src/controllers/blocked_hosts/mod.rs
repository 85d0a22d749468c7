//! `/api/v1/blocked-hosts`.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod remove;

use serde::Serialize;

use crate::http::timestamp;
use crate::store::blocked_hosts::BlockedHost;

#[derive(Debug, Serialize)]
pub(crate) struct BlockedHostJson {
    host: String,
    /// Whether every host below it is also blocked.
    subdomains: bool,
    reason: Option<String>,
    created_at: String,
}

impl From<BlockedHost> for BlockedHostJson {
    fn from(blocked: BlockedHost) -> Self {
        Self {
            host: blocked.host,
            subdomains: blocked.subdomains,
            reason: blocked.reason,
            created_at: timestamp::format(blocked.created_at),
        }
    }
}
