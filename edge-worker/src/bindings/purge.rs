//! Cloudflare's API behind [`Purge`]: forgets what carries a tag in every data centre. Keeps to the plan's rate; what
//! becomes of a purge that was refused is decided elsewhere.
//! <https://developers.cloudflare.com/api/resources/cache/methods/purge/>

use futures_util::future::try_join_all;
use serde::Serialize;
use worker::Method;

use super::fetch::{Body, Call, call};
use super::runtime::now;
use crate::config::PurgeConfig;
use crate::isolate::Isolate;
use crate::publishing::{NotPurged, Purge};
use crate::timeouts::PURGE;

/// After a refusal that names no time. The shortest plan's rate gives one purge in twelve seconds.
const RETRY_AFTER_SECONDS: i64 = 12;

pub struct CloudflarePurge<'a> {
    pub isolate: &'a Isolate,
    pub config: &'a PurgeConfig,
}

impl Purge for CloudflarePurge<'_> {
    /// In every zone: a copy lies in that of the host that was asked for it, and any of them may have been.
    async fn purge(&self, tags: &[String]) -> Result<(), NotPurged> {
        #[derive(Serialize)]
        struct Tagged<'a> {
            tags: &'a [String],
        }
        let body = serde_json::to_string(&Tagged { tags }).map_err(|error| NotPurged(error.to_string()))?;
        try_join_all(self.config.zone_ids.iter().map(|zone_id| self.purge_zone(zone_id, &body)))
            .await
            .map(drop)
    }
}

impl CloudflarePurge<'_> {
    async fn purge_zone(&self, zone_id: &str, body: &str) -> Result<(), NotPurged> {
        if !self.isolate.purge_rate.borrow_mut().take(now()) {
            return Err(NotPurged("the plan's rate is used up".to_owned()));
        }
        let authorization = format!("Bearer {}", self.config.token.0);
        let request = Call {
            method: Method::Post,
            base_url: &self.config.api_url,
            path: &format!("/zones/{zone_id}/purge_cache"),
            query: "",
            headers: vec![("content-type", "application/json"), ("authorization", &authorization)],
            body: Body::Bytes(body.as_bytes()),
            service: None,
        };
        let reply = call(&self.isolate.config, &request, PURGE).await;
        let reply = reply.map_err(|error| NotPurged(error.to_string()))?;
        if reply.status == 200 {
            return Ok(());
        }
        if reply.status == 429 {
            let named = reply.headers.get("retry-after").ok().flatten();
            let seconds = named.and_then(|seconds| seconds.parse().ok()).unwrap_or(RETRY_AFTER_SECONDS);
            self.isolate.purge_rate.borrow_mut().refused(seconds, now());
        }
        Err(NotPurged(format!("Cloudflare answered {}", reply.status)))
    }
}
