//! How many requests a key may make in a minute, over all origins. Each counts what it lets through and reports it to the
//! database in lots, so that few requests write. Between two reports an origin knows only its own: together, `n` of them
//! let through at most `n × (lot − 1)` more than the limit. Does not know whose key it is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use link_core::time::UnixMillis;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::timeout;
use uuid::Uuid;

use crate::limits::{KEY_WAIT, MAX_REQUEST_LOT, REQUEST_LOTS_PER_WINDOW};
use crate::store::keys::KeyOnFile;
use crate::store::{LinksDatabase, StoreError};

/// Windows begin with the minute, on every origin's clock alike.
const WINDOW_SECONDS: u32 = 60;
const WINDOW_MILLIS: i64 = 60_000;

// draft-ietf-httpapi-ratelimit-headers-09.
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

#[derive(Debug, Default)]
pub struct RateLimits(Mutex<Minute>);

#[derive(Debug, Default)]
struct Minute {
    start: Option<UnixMillis>,
    keys: HashMap<Uuid, Arc<AsyncMutex<Count>>>,
}

/// Of one key. Held while it is reported: what others let through meanwhile would be hidden as well, beyond the lot.
#[derive(Debug, Default)]
struct Count {
    /// What the database last said, of all origins; nothing yet before the first report.
    reported: Option<u32>,
    /// Let through here since.
    unreported: u32,
}

/// What is left of a key's minute, this request included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    limit: u32,
    /// In the window so far; beyond the limit where this request is one too many.
    requests: u32,
    seconds_left: u32,
}

impl RateLimits {
    pub async fn count(
        &self,
        links: &LinksDatabase,
        key: &KeyOnFile,
        now: UnixMillis,
    ) -> Result<Quota, StoreError> {
        let start = UnixMillis(now.0 - now.0.rem_euclid(WINDOW_MILLIS));
        let count = self.of_key(key.id, start);
        let late = |_| StoreError::links_timed_out("waiting for a key's requests to be counted");
        let mut count = timeout(KEY_WAIT, count.lock()).await.map_err(late)?;
        let requests = match count.step(key.requests_per_minute) {
            Step::Counted(requests) => requests,
            Step::Report(requests) => {
                let total = links.add_key_requests(key.id, start, requests, now).await?;
                *count = Count { reported: Some(total), unreported: 0 };
                total
            }
        };
        let millis_left = u32::try_from(WINDOW_MILLIS - now.millis_since(start)).unwrap_or(0);
        Ok(Quota { limit: key.requests_per_minute, requests, seconds_left: millis_left.div_ceil(1_000) })
    }

    fn of_key(&self, id: Uuid, start: UnixMillis) -> Arc<AsyncMutex<Count>> {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if minute.start != Some(start) {
            *minute = Minute { start: Some(start), keys: HashMap::new() };
        }
        Arc::clone(minute.keys.entry(id).or_default())
    }
}

enum Step {
    /// Requests in the minute so far.
    Counted(u32),
    /// What has to be reported.
    Report(u32),
}

impl Count {
    fn step(&mut self, limit: u32) -> Step {
        let requests = self.reported.unwrap_or(0).saturating_add(self.unreported).saturating_add(1);
        if self.reported.is_some() && requests > limit {
            // A flood of refused requests costs the database no writes.
            return Step::Counted(requests);
        }
        self.unreported += 1;
        if self.reported.is_some() && self.unreported < lot(limit) {
            return Step::Counted(requests);
        }
        Step::Report(self.unreported)
    }
}

/// A limit of some few is exact.
fn lot(requests_per_minute: u32) -> u32 {
    (requests_per_minute / REQUEST_LOTS_PER_WINDOW).clamp(1, MAX_REQUEST_LOT)
}

impl Quota {
    pub fn is_exceeded(&self) -> bool {
        self.requests > self.limit
    }

    pub fn tell(&self, headers: &mut HeaderMap) {
        let Self { limit, seconds_left, .. } = *self;
        let policy = format!("\"key\";q={limit};w={WINDOW_SECONDS}");
        let state = format!("\"key\";r={};t={seconds_left}", limit.saturating_sub(self.requests));
        for (name, value) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, state)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        if self.is_exceeded() {
            headers.insert(RETRY_AFTER, seconds_left.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lot_is_a_small_part_of_the_limit() {
        for (limit, expected) in [(1, 1), (39, 1), (40, 2), (600, 30), (1_000_000, 100)] {
            assert_eq!(lot(limit), expected, "{limit}");
        }
    }

    #[test]
    fn what_is_left_is_told_in_headers() {
        let told = |requests| {
            let mut headers = HeaderMap::new();
            Quota { limit: 600, requests, seconds_left: 42 }.tell(&mut headers);
            let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap().to_owned());
            [text("ratelimit-policy"), text("ratelimit"), text("retry-after")].map(Option::unwrap_or_default)
        };
        assert_eq!(told(1), ["\"key\";q=600;w=60", "\"key\";r=599;t=42", ""]);
        assert_eq!(told(600), ["\"key\";q=600;w=60", "\"key\";r=0;t=42", ""]);
        assert_eq!(told(601), ["\"key\";q=600;w=60", "\"key\";r=0;t=42", "42"]);
    }
}
