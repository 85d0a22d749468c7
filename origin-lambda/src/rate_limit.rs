//! How much a key may do in a minute, over all origins: how many requests it sends, and how many links it makes or changes. Each
//! origin counts what it lets through and reports it to the database in lots, so that few requests write. Between two reports an
//! origin knows only its own: together, `n` of them let through at most `n × (lot − 1)` more than the limit. Does not know whose
//! key it is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use link_core::time::UnixMillis;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::timeout;
use uuid::Uuid;

use crate::auth::Principal;
use crate::limits::{KEY_WAIT, LOTS_PER_WINDOW, MAX_LOT};
use crate::problem::{self, Problem};
use crate::store::keys::{KeyOnFile, Spending, Spent};
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
    keys: HashMap<Uuid, Arc<Budgets>>,
}

/// Of one key, each held while it is reported: what others let through meanwhile would be hidden as well, beyond the lot.
#[derive(Debug, Default)]
struct Budgets {
    requests: AsyncMutex<Count>,
    links: AsyncMutex<Count>,
}

#[derive(Debug, Default)]
struct Count {
    /// What the database last said, of all origins; nothing yet before the first report.
    reported: Option<u32>,
    /// Let through here since.
    unreported: u32,
}

/// What is left of a key's minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    limit: u32,
    /// Let through in the window so far, this one included where it fits.
    used: u32,
    fits: bool,
}

/// What the headers of an answer tell.
#[derive(Debug, Clone, Copy)]
pub struct Quotas {
    requests: Quota,
    /// Where links of the key were counted in this minute.
    links: Option<Quota>,
    seconds_left: u32,
}

impl RateLimits {
    /// One request.
    pub async fn count_request(
        &self,
        links: &LinksDatabase,
        key: &KeyOnFile,
        now: UnixMillis,
    ) -> Result<Quota, StoreError> {
        let budgets = self.of_key(key.id, window_start(now));
        count(
            &budgets.requests,
            key.requests_per_minute,
            1,
            Report { links, id: key.id, of: Spending::Requests, now },
        )
        .await
    }

    /// Before links are made or changed, and before a connection is held: all of them, or none where they do not fit.
    pub async fn take_links(
        &self,
        links: &LinksDatabase,
        principal: Principal,
        wanted: usize,
        now: UnixMillis,
    ) -> Result<(), Problem> {
        let Principal::Key { id, links_per_minute, .. } = principal else { return Ok(()) };
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
        if wanted == 0 {
            return Ok(());
        }
        let budgets = self.of_key(id, window_start(now));
        let report = Report { links, id, of: Spending::Links, now };
        let quota = count(&budgets.links, links_per_minute, wanted, report).await?;
        if quota.fits {
            Ok(())
        } else {
            Err(problem::too_many_links_a_minute(quota.left(), seconds_left(now)))
        }
    }

    /// As far as it is known without asking.
    pub fn quotas(&self, requests: Quota, key: &KeyOnFile, now: UnixMillis) -> Quotas {
        let budgets = self.of_key(key.id, window_start(now));
        // Where somebody is counting, the next answer tells.
        let links = budgets.links.try_lock().ok().and_then(|count| {
            let used = count.reported?.saturating_add(count.unreported);
            Some(Quota { limit: key.links_per_minute, used, fits: true })
        });
        Quotas { requests, links, seconds_left: seconds_left(now) }
    }

    fn of_key(&self, id: Uuid, start: UnixMillis) -> Arc<Budgets> {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if minute.start != Some(start) {
            *minute = Minute { start: Some(start), keys: HashMap::new() };
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

struct Report<'a> {
    links: &'a LinksDatabase,
    id: Uuid,
    of: Spending,
    now: UnixMillis,
}

async fn count(
    count: &AsyncMutex<Count>,
    limit: u32,
    wanted: u32,
    report: Report<'_>,
) -> Result<Quota, StoreError> {
    let late = |_| StoreError::links_timed_out("waiting for what a key does to be counted");
    let mut count = timeout(KEY_WAIT, count.lock()).await.map_err(late)?;
    match count.step(limit, wanted) {
        Step::Counted(quota) => Ok(quota),
        Step::Report => {
            let Report { links, id, of, now } = report;
            let spent = Spent { before: count.unreported, wanted, limit };
            let (total, fits) = links.spend(id, of, spent, window_start(now), now).await?;
            *count = Count { reported: Some(total), unreported: 0 };
            Ok(Quota { limit, used: total, fits })
        }
    }
}

enum Step {
    Counted(Quota),
    /// The database has to decide.
    Report,
}

impl Count {
    fn step(&mut self, limit: u32, wanted: u32) -> Step {
        let Some(reported) = self.reported else { return Step::Report };
        let used = reported.saturating_add(self.unreported);
        let with_these = used.saturating_add(wanted);
        if with_these > limit {
            // A flood of what does not fit costs the database no writes.
            return Step::Counted(Quota { limit, used, fits: false });
        }
        if self.unreported.saturating_add(wanted) >= lot(limit) {
            return Step::Report;
        }
        self.unreported += wanted;
        Step::Counted(Quota { limit, used: with_these, fits: true })
    }
}

/// A limit of some few is exact.
fn lot(per_minute: u32) -> u32 {
    (per_minute / LOTS_PER_WINDOW).clamp(1, MAX_LOT)
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
    pub fn tell(&self, headers: &mut HeaderMap) {
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
    fn a_lot_is_a_small_part_of_the_limit() {
        for (limit, expected) in [(1, 1), (39, 1), (40, 2), (600, 30), (1_000_000, 100)] {
            assert_eq!(lot(limit), expected, "{limit}");
        }
    }

    #[test]
    fn what_does_not_fit_leaves_the_rest_for_what_does() {
        let mut count = Count { reported: Some(995), unreported: 0 };
        let step = |count: &mut Count, wanted| match count.step(1_000, wanted) {
            Step::Counted(quota) => Some((quota.used, quota.fits)),
            Step::Report => None,
        };
        assert_eq!(step(&mut count, 6), Some((995, false)));
        assert_eq!(step(&mut count, 4), Some((999, true)));
        assert_eq!(step(&mut count, 2), Some((999, false)));
        assert_eq!(step(&mut count, 1), Some((1_000, true)));
        // A whole lot is reported at once, and so is the first of a minute.
        assert_eq!(step(&mut Count { reported: Some(0), unreported: 10 }, 40), None);
        assert_eq!(step(&mut Count::default(), 1), None);
    }

    #[test]
    fn what_is_left_is_told_in_headers() {
        let told = |requests, links| {
            let mut headers = HeaderMap::new();
            Quotas { requests, links, seconds_left: 42 }.tell(&mut headers);
            let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap().to_owned());
            [text("ratelimit-policy"), text("ratelimit"), text("retry-after")].map(Option::unwrap_or_default)
        };
        let requests = |used, fits| Quota { limit: 600, used, fits };
        assert_eq!(told(requests(1, true), None), ["\"requests\";q=600;w=60", "\"requests\";r=599;t=42", ""]);
        let links = Quota { limit: 10_000, used: 1_000, fits: true };
        assert_eq!(
            told(requests(600, true), Some(links)),
            [
                "\"requests\";q=600;w=60, \"links\";q=10000;w=60",
                "\"requests\";r=0;t=42, \"links\";r=9000;t=42",
                ""
            ]
        );
        assert_eq!(
            told(requests(600, false), None),
            ["\"requests\";q=600;w=60", "\"requests\";r=0;t=42", "42"]
        );
    }
}
