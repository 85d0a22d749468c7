//! [`Colo`] over the Cache API: one JSON document per key, tagged so that a purge finds it.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, select};
use link_core::redirect::qr_image::cache_tags;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use worker::{Cache, ResponseBuilder};

use super::runtime::{fold, now, sleep};
use crate::lookup::freshness::CachedResolution;
use crate::lookup::{Colo, LinkKey};
use crate::timing::timeouts::{COLO, FILL};

#[derive(Debug, Clone, Copy)]
pub struct ColoCache;

thread_local! {
    /// What the entry read for a request that then takes the slow path, so that it is not read twice. The slow path takes it
    /// immediately. A request that is refused there leaves it behind, and the next request forgets it.
    static ENTRY_READ: RefCell<Option<EntryRead>> = const { RefCell::new(None) };
}

struct EntryRead {
    key: LinkKey,
    copy: Option<Rc<CachedResolution>>,
}

/// Keeps the entry's read for the slow path.
pub fn keep_entry_read(key: LinkKey, copy: Option<Rc<CachedResolution>>) {
    ENTRY_READ.set(Some(EntryRead { key, copy }));
}

/// The read, if it is of this name; forgets it in any case.
pub fn take_entry_read(key: &LinkKey) -> Option<Option<Rc<CachedResolution>>> {
    let read = ENTRY_READ.take()?;
    (read.key == *key).then_some(read.copy)
}

pub fn forget_entry_read() {
    ENTRY_READ.take();
}

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

    fn take_entry_read(&self, key: &LinkKey) -> Option<Option<Rc<CachedResolution>>> {
        take_entry_read(key)
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
        .with_header("cache-tag", &cache_tags(&key.domain, &key.code, &fold))?
        .fixed(serde_json::to_vec(copy)?);
    Cache::default().put(name(key), response).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lookup::fixtures::{found, key};

    #[test]
    fn entry_read_is_taken_once_for_its_name() {
        let keep = || keep_entry_read(key(1), Some(found("https://a.test/", 0)));
        keep();
        assert_eq!(take_entry_read(&key(1)), Some(Some(found("https://a.test/", 0))));
        assert_eq!(take_entry_read(&key(1)), None);
        keep();
        assert_eq!(take_entry_read(&key(2)), None);
        keep();
        forget_entry_read();
        assert_eq!(take_entry_read(&key(1)), None);
    }
}
