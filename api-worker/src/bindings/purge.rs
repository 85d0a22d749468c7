//! Cloudflare's purge API.
//! <https://developers.cloudflare.com/api/resources/cache/methods/purge/>

use serde::Serialize;
use worker::Method;

use crate::config::{Config, PurgeConfig};
use crate::publishing::{ZonePurgeApi, ZonePurged};
use edge_runtime::bindings::fetch::{Body, OutgoingCall, call};
use edge_runtime::timing::timeouts::PURGE;

pub struct CloudflareApi<'a> {
    pub config: &'a Config,
    pub purge: &'a PurgeConfig,
}

impl ZonePurgeApi for CloudflareApi<'_> {
    async fn purge_zone(&self, zone_id: &str, tags: &[String]) -> Result<ZonePurged, String> {
        #[derive(Serialize)]
        struct Tagged<'a> {
            tags: &'a [String],
        }
        let body = serde_json::to_string(&Tagged { tags }).map_err(|error| error.to_string())?;
        let authorization = format!("Bearer {}", self.purge.token.0);
        let request = OutgoingCall {
            method: Method::Post,
            base_url: &self.purge.api_url,
            path: &format!("/zones/{zone_id}/purge_cache"),
            query: "",
            headers: vec![("content-type", "application/json"), ("authorization", &authorization)],
            body: Body::Bytes(body.as_bytes()),
            service: None,
            streams: false,
        };
        let reply =
            call(&self.config.origin.aws, &request, PURGE).await.map_err(|error| error.to_string())?;
        let retry_after = reply.headers.get("retry-after").ok().flatten();
        Ok(ZonePurged { status: reply.status, retry_after })
    }
}
