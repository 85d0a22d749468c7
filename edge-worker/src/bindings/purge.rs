//! [`Purge`] over Cloudflare's API: purges by tag in every data centre, within the plan's rate.
//! <https://developers.cloudflare.com/api/resources/cache/methods/purge/>

use futures_util::future::try_join_all;
use serde::Serialize;
use worker::Method;

use super::fetch::{Body, OutgoingCall, call};
use super::runtime::now;
use crate::config::PurgeConfig;
use crate::isolate::Isolate;
use crate::publishing::{Purge, PurgeError};
use crate::timeouts::PURGE;

/// The wait after a 429 without `Retry-After`. The smallest plan allows one purge in twelve seconds.
const RETRY_AFTER_SECONDS: i64 = 12;

pub struct CloudflarePurge<'a> {
    pub isolate: &'a Isolate,
    pub config: &'a PurgeConfig,
}

impl Purge for CloudflarePurge<'_> {
    /// Purges every zone: a copy lies in the zone of the host that was requested, which may be any of them.
    async fn purge(&self, tags: &[String]) -> Result<(), PurgeError> {
        #[derive(Serialize)]
        struct Tagged<'a> {
            tags: &'a [String],
        }
        let body = serde_json::to_string(&Tagged { tags }).map_err(|error| PurgeError(error.to_string()))?;
        try_join_all(self.config.zone_ids.iter().map(|zone_id| self.purge_zone(zone_id, &body)))
            .await
            .map(drop)
    }
}

impl CloudflarePurge<'_> {
    async fn purge_zone(&self, zone_id: &str, body: &str) -> Result<(), PurgeError> {
        if !self.isolate.purge_rate.borrow_mut().take(now()) {
            return Err(PurgeError("the plan's rate is used up".to_owned()));
        }
        let authorization = format!("Bearer {}", self.config.token.0);
        let request = OutgoingCall {
            method: Method::Post,
            base_url: &self.config.api_url,
            path: &format!("/zones/{zone_id}/purge_cache"),
            query: "",
            headers: vec![("content-type", "application/json"), ("authorization", &authorization)],
            body: Body::Bytes(body.as_bytes()),
            service: None,
        };
        let reply = call(&self.isolate.config, &request, PURGE).await;
        let reply = reply.map_err(|error| PurgeError(error.to_string()))?;
        if reply.status == 200 {
            return Ok(());
        }
        if reply.status == 429 {
            let named = reply.headers.get("retry-after").ok().flatten();
            let seconds = named.and_then(|seconds| seconds.parse().ok()).unwrap_or(RETRY_AFTER_SECONDS);
            self.isolate.purge_rate.borrow_mut().refused(seconds, now());
        }
        Err(PurgeError(format!("Cloudflare answered {}", reply.status)))
    }
}
