//! [`Colo`] over the Cache API: one JSON document per key, tagged so that a purge finds it.

use std::pin::pin;

use futures_util::future::{Either, select};
use link_core::publication::cache_tag;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use worker::{Cache, ResponseBuilder};

use super::runtime::{now, sleep};
use crate::freshness::CachedResolution;
use crate::lookup::{Colo, LinkKey};
use crate::timeouts::{COLO, FILL};

pub struct ColoCache;

/// The cache name of a record. It holds the format's version, so that a Worker of another version sees a miss instead of a
/// format it does not know.
pub fn name(key: &LinkKey) -> String {
    let code = utf8_percent_encode(key.code.as_str(), NON_ALPHANUMERIC);
    format!("https://{}/.shortline/records/v3/{code}", key.domain)
}

/// Parses a cached document; an unknown format is a miss.
pub fn parsed(document: &str) -> Option<CachedResolution> {
    // Read as bytes, like all JSON here: each kind of reader adds its own copy of the record's parser to the bundle.
    serde_json::from_slice(document.as_bytes()).ok()
}

impl Colo for ColoCache {
    async fn get(&self, key: &LinkKey) -> Option<CachedResolution> {
        match select(pin!(read(key)), pin!(sleep(COLO))).await {
            Either::Left((copy, _)) => copy,
            Either::Right(_) => None,
        }
    }

    async fn put(&self, key: &LinkKey, copy: &CachedResolution) {
        let error = match select(pin!(write(key, copy)), pin!(sleep(FILL))).await {
            Either::Left((Ok(()), _)) => return,
            Either::Left((Err(error), _)) => error.to_string(),
            Either::Right(_) => format!("no answer within {FILL:?}"),
        };
        tracing::warn!(error, "colo cache did not take a record");
    }
}

async fn read(key: &LinkKey) -> Option<CachedResolution> {
    let mut response = Cache::default().get(name(key), false).await.ok()??;
    parsed(&response.text().await.ok()?)
}

async fn write(key: &LinkKey, copy: &CachedResolution) -> worker::Result<()> {
    let response = ResponseBuilder::new()
        .with_header("content-type", "application/json")?
        .with_header("cache-control", &format!("s-maxage={}", copy.colo_ttl_seconds(now())))?
        .with_header("cache-tag", &cache_tag(&key.domain, &key.code))?
        .fixed(serde_json::to_vec(copy)?);
    Cache::default().put(name(key), response).await
}
