//! Limits a key's requests per minute, and the links that it creates or changes per minute, over all origins. Each origin counts
//! what it lets through and reports it to the database in batches, so that few requests write. Between two reports an origin
//! knows only its own usage: together, `n` origins let through at most `n × (batch − 1)` more than the limit. Does not know the
//! key's owner.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use link_core::time::UnixMillis;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::timeout;
use uuid::Uuid;

use crate::auth::Principal;
use crate::http::problem::{self, Problem};
use crate::limits::{KEY_REPORT_WAIT, MAX_REPORT_SIZE, REPORTS_PER_WINDOW};
use crate::store::keys::{RateLimitKind, StoredKey, Usage};
use crate::store::{LinksDatabase, StoreError};

/// Windows start with the minute, on every origin's clock.
const WINDOW_SECONDS: u32 = 60;
const WINDOW_MILLIS: i64 = 60_000;

// draft-ietf-httpapi-ratelimit-headers-09.
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

#[derive(Debug, Default)]
pub struct RateLimits(Mutex<CurrentMinute>);

#[derive(Debug, Default)]
struct CurrentMinute {
    start: Option<UnixMillis>,
    keys: HashMap<Uuid, Arc<KeyUsage>>,
}

/// The usage of one key. Each count is locked while it is reported: requests that other tasks let through meanwhile would be
/// unreported beyond the batch.
#[derive(Debug, Default)]
struct KeyUsage {
    requests: AsyncMutex<UsageCount>,
    links: AsyncMutex<UsageCount>,
}

#[derive(Debug, Default)]
struct UsageCount {
    /// The last total of all origins that the database returned; `None` before the first report.
    reported: Option<u32>,
    /// Let through here since then. Negative if more was given back.
    unreported: i64,
}

/// Links that were counted, in their minute.
#[derive(Debug)]
pub struct CountedLinks(Option<(Arc<KeyUsage>, u32)>);

impl CountedLinks {
    /// Gives back links that were not created or changed after all. Other origins know with this one's next report; a minute that
    /// has ended stays as it is.
    pub async fn give_back(self) {
        self.give_back_all_but(0).await;
    }

    /// Only `written` of them were created or changed.
    pub async fn give_back_all_but(self, written: usize) {
        let Some((usage, links)) = self.0 else { return };
        let links = links.saturating_sub(u32::try_from(written).unwrap_or(u32::MAX));
        // While the count is being reported for longer, the key only loses what was not given back.
        if let Ok(mut count) = timeout(KEY_REPORT_WAIT, usage.links.lock()).await {
            count.unreported -= i64::from(links);
        }
    }
}

/// A key's limit and usage in the current minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    limit: u32,
    /// Let through in this window, including this request if it fits.
    used: u32,
    fits: bool,
}

/// The quotas in the headers of a response.
#[derive(Debug, Clone, Copy)]
pub struct Quotas {
    requests: Quota,
    /// `None` if no links of the key were counted in this minute.
    links: Option<Quota>,
    seconds_left: u32,
}

impl RateLimits {
    /// Counts one request.
    pub async fn count_request(
        &self,
        links: &LinksDatabase,
        key: &StoredKey,
        now: UnixMillis,
    ) -> Result<Quota, StoreError> {
        let usage = self.usage_of(key.id, window_start(now));
        count(
            &usage.requests,
            key.requests_per_minute,
            1,
            UsageReport { links, id: key.id, kind: RateLimitKind::Requests, now },
        )
        .await
    }

    /// Counts links that will be created or changed: all, or none if they do not fit. Call it before a connection is held.
    pub async fn count_links(
        &self,
        links: &LinksDatabase,
        principal: Principal,
        wanted: usize,
        now: UnixMillis,
    ) -> Result<CountedLinks, Problem> {
        let Principal::Key { id, links_per_minute, .. } = principal else { return Ok(CountedLinks(None)) };
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
        if wanted == 0 {
            return Ok(CountedLinks(None));
        }
        let usage = self.usage_of(id, window_start(now));
        let report = UsageReport { links, id, kind: RateLimitKind::Links, now };
        let quota = count(&usage.links, links_per_minute, wanted, report).await?;
        if quota.fits {
            Ok(CountedLinks(Some((usage, wanted))))
        } else {
            Err(problem::links_rate_limited(quota.left(), seconds_left(now)))
        }
    }

    /// The quotas as far as they are known without a query.
    pub fn quotas(&self, requests: Quota, key: &StoredKey, now: UnixMillis) -> Quotas {
        let usage = self.usage_of(key.id, window_start(now));
        // Locked while another request counts: the next response has it.
        let links =
            usage.links.try_lock().ok().and_then(|count| {
                Some(Quota { limit: key.links_per_minute, used: count.used()?, fits: true })
            });
        Quotas { requests, links, seconds_left: seconds_left(now) }
    }

    fn usage_of(&self, id: Uuid, start: UnixMillis) -> Arc<KeyUsage> {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if minute.start != Some(start) {
            *minute = CurrentMinute { start: Some(start), keys: HashMap::new() };
        }
        Arc::clone(minute.keys.entry(id).or_default())
    }
}

fn window_start(now: UnixMillis) -> UnixMillis {
    UnixMillis(now.0 - now.0.rem_euclid(WINDOW_MILLIS))
}

fn seconds_left(now: UnixMillis) -> u32 {
    let millis_left = WINDOW_MILLIS - now.millis_since(window_start(now));
    u32::try_from(millis_left).unwrap_or(0).div_ceil(1_000)
}

struct UsageReport<'a> {
    links: &'a LinksDatabase,
    id: Uuid,
    kind: RateLimitKind,
    now: UnixMillis,
}

async fn count(
    count: &AsyncMutex<UsageCount>,
    limit: u32,
    wanted: u32,
    report: UsageReport<'_>,
) -> Result<Quota, StoreError> {
    let timed_out = |_| StoreError::links_timed_out("waiting for the usage of a key");
    let mut count = timeout(KEY_REPORT_WAIT, count.lock()).await.map_err(timed_out)?;
    match count.step(limit, wanted) {
        CountStep::Counted(quota) => Ok(quota),
        CountStep::Report => {
            let UsageReport { links, id, kind, now } = report;
            let usage = Usage { unreported: count.unreported, wanted, limit };
            let (total, fits) = links.add_usage(id, kind, usage, window_start(now), now).await?;
            *count = UsageCount { reported: Some(total), unreported: 0 };
            Ok(Quota { limit, used: total, fits })
        }
    }
}

enum CountStep {
    Counted(Quota),
    /// The database must decide.
    Report,
}

impl UsageCount {
    /// `None` before the first report.
    fn used(&self) -> Option<u32> {
        let used = i64::from(self.reported?).saturating_add(self.unreported).max(0);
        Some(u32::try_from(used).unwrap_or(u32::MAX))
    }

    fn step(&mut self, limit: u32, wanted: u32) -> CountStep {
        let Some(used) = self.used() else { return CountStep::Report };
        let with_wanted = used.saturating_add(wanted);
        if with_wanted > limit {
            // Requests beyond the limit cost no writes.
            return CountStep::Counted(Quota { limit, used, fits: false });
        }
        let unreported = self.unreported.saturating_add(i64::from(wanted));
        if unreported >= i64::from(report_size(limit)) {
            return CountStep::Report;
        }
        self.unreported = unreported;
        CountStep::Counted(Quota { limit, used: with_wanted, fits: true })
    }
}

/// The usage of one report. A small limit is exact.
fn report_size(per_minute: u32) -> u32 {
    (per_minute / REPORTS_PER_WINDOW).clamp(1, MAX_REPORT_SIZE)
}

impl Quota {
    pub fn fits(&self) -> bool {
        self.fits
    }

    fn left(&self) -> u32 {
        self.limit.saturating_sub(self.used)
    }
}

impl Quotas {
    pub fn insert_headers(&self, headers: &mut HeaderMap) {
        let mut policy = policy("requests", self.requests);
        let mut state = self.state("requests", self.requests);
        if let Some(links) = self.links {
            policy = format!("{policy}, {}", self::policy("links", links));
            state = format!("{state}, {}", self.state("links", links));
        }
        for (name, value) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, state)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        if !self.requests.fits {
            headers.insert(RETRY_AFTER, self.seconds_left.into());
        }
    }

    fn state(&self, name: &str, quota: Quota) -> String {
        format!("\"{name}\";r={};t={}", quota.left(), self.seconds_left)
    }
}

fn policy(name: &str, quota: Quota) -> String {
    format!("\"{name}\";q={};w={WINDOW_SECONDS}", quota.limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_is_a_small_part_of_the_limit() {
        for (limit, expected) in [(1, 1), (39, 1), (40, 2), (600, 30), (1_000_000, 100)] {
            assert_eq!(report_size(limit), expected, "{limit}");
        }
    }

    #[test]
    fn rejected_links_leave_the_rest_of_the_limit() {
        let mut count = UsageCount { reported: Some(995), unreported: 0 };
        let step = |count: &mut UsageCount, wanted| match count.step(1_000, wanted) {
            CountStep::Counted(quota) => Some((quota.used, quota.fits)),
            CountStep::Report => None,
        };
        assert_eq!(step(&mut count, 6), Some((995, false)));
        assert_eq!(step(&mut count, 4), Some((999, true)));
        assert_eq!(step(&mut count, 2), Some((999, false)));
        assert_eq!(step(&mut count, 1), Some((1_000, true)));
        // A full report is sent immediately, and so is the first of a minute.
        assert_eq!(step(&mut UsageCount { reported: Some(0), unreported: 10 }, 40), None);
        assert_eq!(step(&mut UsageCount::default(), 1), None);
    }

    #[tokio::test]
    async fn links_given_back_fit_again() {
        let usage = Arc::new(KeyUsage::default());
        *usage.links.lock().await = UsageCount { reported: Some(1_000), unreported: 0 };
        CountedLinks(Some((Arc::clone(&usage), 300))).give_back().await;
        let mut count = usage.links.lock().await;
        assert_eq!((count.used(), count.unreported), (Some(700), -300));
        assert!(matches!(count.step(1_000, 300), CountStep::Counted(Quota { used: 1_000, fits: true, .. })));
        assert!(matches!(count.step(1_000, 1), CountStep::Counted(Quota { fits: false, .. })));
    }

    #[test]
    fn quota_headers_show_what_is_left() {
        let headers_of = |requests, links| {
            let mut headers = HeaderMap::new();
            Quotas { requests, links, seconds_left: 42 }.insert_headers(&mut headers);
            let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap().to_owned());
            [text("ratelimit-policy"), text("ratelimit"), text("retry-after")].map(Option::unwrap_or_default)
        };
        let requests = |used, fits| Quota { limit: 600, used, fits };
        assert_eq!(
            headers_of(requests(1, true), None),
            ["\"requests\";q=600;w=60", "\"requests\";r=599;t=42", ""]
        );
        let links = Quota { limit: 10_000, used: 1_000, fits: true };
        assert_eq!(
            headers_of(requests(600, true), Some(links)),
            [
                "\"requests\";q=600;w=60, \"links\";q=10000;w=60",
                "\"requests\";r=0;t=42, \"links\";r=9000;t=42",
                ""
            ]
        );
        assert_eq!(
            headers_of(requests(600, false), None),
            ["\"requests\";q=600;w=60", "\"requests\";r=0;t=42", "42"]
        );
    }
}
