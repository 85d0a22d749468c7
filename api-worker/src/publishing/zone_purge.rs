//! Purges every zone, within the plan's rate.

use std::cell::RefCell;

use futures_util::future::try_join_all;

use super::purge_rate::PurgeRate;
use super::systems::{Purge, PurgeError};
use edge_runtime::timing::clock::Clock;

/// The wait after a 429 without `Retry-After`. The smallest plan allows one purge in twelve seconds.
const RETRY_AFTER_SECONDS: i64 = 12;

/// One call of Cloudflare's purge API.
pub trait ZonePurgeApi {
    /// The error says why there is no answer.
    async fn purge_zone(&self, zone_id: &str, tags: &[String]) -> Result<ZonePurged, String>;
}

#[derive(Debug, Clone)]
pub struct ZonePurged {
    pub status: u16,
    pub retry_after: Option<String>,
}

pub struct ZonePurge<'a, A> {
    pub zone_ids: &'a [String],
    pub rate: &'a RefCell<PurgeRate>,
    pub clock: &'a dyn Clock,
    pub api: A,
}

impl<A: ZonePurgeApi> Purge for ZonePurge<'_, A> {
    /// Purges every zone: a copy lies in the zone of the host that was requested, which may be any of them.
    async fn purge(&self, tags: &[String]) -> Result<(), PurgeError> {
        try_join_all(self.zone_ids.iter().map(|zone_id| self.purge_zone(zone_id, tags))).await.map(drop)
    }
}

impl<A: ZonePurgeApi> ZonePurge<'_, A> {
    async fn purge_zone(&self, zone_id: &str, tags: &[String]) -> Result<(), PurgeError> {
        if !self.rate.borrow_mut().take(self.clock.now()) {
            return Err(PurgeError("the plan's rate is used up".to_owned()));
        }
        let ZonePurged { status, retry_after } =
            self.api.purge_zone(zone_id, tags).await.map_err(PurgeError)?;
        if status == 200 {
            return Ok(());
        }
        if status == 429 {
            let seconds = retry_after.and_then(|seconds| seconds.parse().ok()).unwrap_or(RETRY_AFTER_SECONDS);
            self.rate.borrow_mut().refused(seconds, self.clock.now());
        }
        Err(PurgeError(format!("Cloudflare answered {status}")))
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;
    use crate::publishing::purge_rate::PurgePlan;
    use edge_runtime::timing::clock::fixtures::TestClock;

    struct Cloudflare {
        zones: RefCell<Vec<String>>,
        answer: Result<ZonePurged, String>,
    }

    impl ZonePurgeApi for &Cloudflare {
        async fn purge_zone(&self, zone_id: &str, _: &[String]) -> Result<ZonePurged, String> {
            self.zones.borrow_mut().push(zone_id.to_owned());
            self.answer.clone()
        }
    }

    fn answering(status: u16, retry_after: Option<&str>) -> Cloudflare {
        let retry_after = retry_after.map(str::to_owned);
        Cloudflare { zones: RefCell::default(), answer: Ok(ZonePurged { status, retry_after }) }
    }

    /// Purges at each of the times, in milliseconds, and returns the errors.
    fn purge(api: &Cloudflare, burst: u32, times: &[i64]) -> Vec<Option<String>> {
        let (clock, rate) = (TestClock::default(), PurgeRate::new(PurgePlan { per_minute: 60, burst }));
        let (zone_ids, rate) = (["a".to_owned(), "b".to_owned()], RefCell::new(rate));
        let purge = ZonePurge { zone_ids: &zone_ids, rate: &rate, clock: &clock, api };
        let at = |time: &i64| {
            clock.0.set(*time);
            block_on(purge.purge(&["tag".to_owned()])).err().map(|error| error.0)
        };
        times.iter().map(at).collect()
    }

    #[test]
    fn every_zone_is_purged() {
        let api = answering(200, None);
        assert_eq!(purge(&api, 25, &[100_000]), [None]);
        assert_eq!(*api.zones.borrow(), ["a", "b"]);
    }

    #[test]
    fn each_zone_counts_for_the_rate() {
        let api = answering(200, None);
        let used_up = Some("the plan's rate is used up".to_owned());
        assert_eq!(purge(&api, 2, &[100_000, 100_000, 102_000]), [None, used_up, None]);
    }

    #[test]
    fn no_call_is_made_before_retry_after() {
        for (retry_after, seconds) in [(Some("30"), 30), (None, 12), (Some("soon"), 12)] {
            let api = answering(429, retry_after);
            let end = 100_000 + 1_000 * seconds;
            let errors = purge(&api, 25, &[100_000, end - 1, end]);
            let refused = Some("Cloudflare answered 429".to_owned());
            assert_eq!(errors[1].as_deref(), Some("the plan's rate is used up"));
            assert_eq!((&errors[0], &errors[2]), (&refused, &refused));
        }
    }

    #[test]
    fn failed_call_is_an_error() {
        let api = Cloudflare { zones: RefCell::default(), answer: Err("no answer within 3s".into()) };
        assert_eq!(purge(&api, 25, &[100_000]), [Some("no answer within 3s".to_owned())]);
    }
}
