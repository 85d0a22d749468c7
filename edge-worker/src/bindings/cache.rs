//! The data centre's cache behind [`Colo`]: one JSON document per key, tagged so that a purge finds it. Does not decide
//! how long a copy is fresh.

use std::pin::pin;

use futures_util::future::{Either, select};
use link_core::publication::cache_tag;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use worker::{Cache, ResponseBuilder};

use super::runtime::{now, sleep};
use crate::lifetimes::Copy;
use crate::lookup::{Colo, Key};
use crate::timeouts::{COLO, FILL};

pub struct ColoCache;

/// The name of a record in the cache. The version is part of it, so that a Worker of another version sees a miss
/// instead of a form it does not know.
pub fn name(key: &Key) -> String {
    let code = utf8_percent_encode(key.code.as_str(), NON_ALPHANUMERIC);
    format!("https://{}/.shortline/records/v3/{code}", key.domain)
}

/// What lies there under a name. Of a form that is not known it is as good as nothing.
pub fn parsed(document: &str) -> Option<Copy> {
    // All JSON is read as bytes: each kind of reader brings its own copy of the code for records into the bundle.
    serde_json::from_slice(document.as_bytes()).ok()
}

impl Colo for ColoCache {
    async fn get(&self, key: &Key) -> Option<Copy> {
        match select(pin!(read(key)), pin!(sleep(COLO))).await {
            Either::Left((copy, _)) => copy,
            Either::Right(_) => None,
        }
    }

    async fn put(&self, key: &Key, copy: &Copy) {
        let error = match select(pin!(write(key, copy)), pin!(sleep(FILL))).await {
            Either::Left((Ok(()), _)) => return,
            Either::Left((Err(error), _)) => error.to_string(),
            Either::Right(_) => format!("no answer within {FILL:?}"),
        };
        tracing::warn!(error, "colo cache did not take a record");
    }
}

async fn read(key: &Key) -> Option<Copy> {
    let mut response = Cache::default().get(name(key), false).await.ok()??;
    parsed(&response.text().await.ok()?)
}

async fn write(key: &Key, copy: &Copy) -> worker::Result<()> {
    let response = ResponseBuilder::new()
        .with_header("content-type", "application/json")?
        .with_header("cache-control", &format!("s-maxage={}", copy.colo_seconds(now())))?
        .with_header("cache-tag", &cache_tag(&key.domain, &key.code))?
        .fixed(serde_json::to_vec(copy)?);
    Cache::default().put(name(key), response).await
}
