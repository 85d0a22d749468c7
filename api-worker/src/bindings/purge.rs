//! Cloudflare's purge API.
//! <https://developers.cloudflare.com/api/resources/cache/methods/purge/>

use link_core::otlp::Kind;
use serde::Serialize;
use worker::Method;

use crate::config::{Config, PurgeConfig};
use crate::publishing::{ZonePurgeApi, ZonePurged};
use edge_runtime::bindings::fetch::{Body, OutgoingCall, call};
use edge_runtime::timing::timeouts::PURGE;
use edge_runtime::traces::RequestTrace;
use edge_runtime::traces::attributes::{self, number, text};

const ROUTE: &str = "/zones/{zone}/purge_cache";

pub struct CloudflareApi<'a> {
    pub config: &'a Config,
    pub purge: &'a PurgeConfig,
    pub trace: Option<&'a RequestTrace>,
}

impl ZonePurgeApi for CloudflareApi<'_> {
    async fn purge_zone(&self, zone_id: &str, tags: &[String]) -> Result<ZonePurged, String> {
        let span = self.trace.map(|trace| {
            let method = text(attributes::METHOD, "POST");
            let attributes = vec![method, text(attributes::TEMPLATE, ROUTE)];
            (trace, trace.begin(Kind::Client, format!("POST {ROUTE}"), attributes))
        });
        let purged = self.call(zone_id, tags).await;
        if let Some((trace, mut span)) = span {
            let status = purged.as_ref().ok().map(|purged| purged.status);
            span.attributes.extend(status.map(|status| number(attributes::STATUS, status)));
            let failure = match status {
                Some(status) => (status >= 400).then(|| status.to_string()),
                None => Some("unreachable".to_owned()),
            };
            trace.end(span, failure.as_deref());
        }
        purged
    }
}

impl CloudflareApi<'_> {
    async fn call(&self, zone_id: &str, tags: &[String]) -> Result<ZonePurged, String> {
        #[derive(Serialize)]
        struct Tagged<'a> {
            tags: &'a [String],
        }
        let body = serde_json::to_string(&Tagged { tags }).map_err(|error| error.to_string())?;
        let authorization = format!("Bearer {}", self.purge.token.0);
        let request = OutgoingCall {
            method: Method::Post,
            base_url: &self.purge.api_url,
            path: &ROUTE.replace("{zone}", zone_id),
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
