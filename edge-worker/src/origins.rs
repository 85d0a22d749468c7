//! Which of the `ORIGIN_URLS` is asked: the less loaded of two picks, and another one when it fails. Leaves alone what its
//! breaker or its throttle holds back. Does not send anything.

use std::time::Duration;

use link_core::time::UnixMillis;

use crate::breaker::Breaker;
use crate::throttle::Throttle;
use crate::timeouts::{API, LEAVE, RESOLVE, millis};

#[derive(Debug)]
pub struct Origins {
    origins: Vec<Origin>,
}

#[derive(Debug)]
struct Origin {
    /// Without a slash at the end.
    url: String,
    /// Of what kind each call under way is, and when it began. A request that the platform ends in the middle never reports
    /// back, so a call counts only as long as it could still be running.
    calls: Vec<(Kind, UnixMillis)>,
    breaker: Breaker,
    throttle: Throttle,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of visitors: as many as the origin answers without slowing down.
    Lookup,
    /// Of visitors of links that nothing else may answer for: not held back by the throttle. The origin says itself when it has
    /// too many.
    Leave,
    /// Of clients of the API, whom the origin itself limits, and whose calls may take long.
    Other,
}

impl Kind {
    fn longest(self) -> Duration {
        match self {
            Self::Lookup => RESOLVE,
            Self::Leave => LEAVE,
            Self::Other => API,
        }
    }
}

/// A call under way at one origin; hand it back to [`Origins::ended`].
#[derive(Debug)]
pub struct Call {
    pub url: String,
    /// Another origin would take it, should this one fail.
    pub has_alternative: bool,
    kind: Kind,
    index: usize,
    began: UnixMillis,
}

impl Origins {
    pub fn new(urls: &[String]) -> Self {
        let origin = |url: &String| Origin {
            url: url.clone(),
            calls: Vec::new(),
            breaker: Breaker::default(),
            throttle: Throttle::default(),
        };
        Self { origins: urls.iter().map(origin).collect() }
    }

    /// Picks two at random and takes the less loaded one. `not` is the call that just failed: its origin is not asked
    /// again. `None` where all are left alone.
    pub fn begin(
        &mut self,
        kind: Kind,
        now: UnixMillis,
        not: Option<&Call>,
        random: impl Fn() -> f64,
    ) -> Option<Call> {
        for origin in &mut self.origins {
            origin.calls.retain(|(kind, began)| now.millis_since(*began) < millis(kind.longest()));
        }
        let candidates: Vec<usize> = (0..self.origins.len())
            .filter(|index| not.is_none_or(|call| call.index != *index))
            .filter(|index| self.origins.get(*index).is_some_and(|origin| origin.admits(kind, now)))
            .collect();
        let one = pick(&candidates, random())?;
        let other = pick(&candidates, random())?;
        let index = if self.load(other) < self.load(one) { other } else { one };
        let origin = self.origins.get_mut(index)?;
        origin.calls.push((kind, now));
        origin.breaker.begin(now);
        let has_alternative = candidates.len() > 1;
        Some(Call { url: origin.url.clone(), has_alternative, kind, index, began: now })
    }

    pub fn ended(&mut self, call: &Call, now: UnixMillis, failed: bool, random: f64) {
        let Some(origin) = self.origins.get_mut(call.index) else { return };
        let lookups = origin.lookups();
        if let Some(position) =
            origin.calls.iter().position(|under_way| *under_way == (call.kind, call.began))
        {
            origin.calls.swap_remove(position);
        }
        match (failed, call.kind) {
            (true, Kind::Lookup) => origin.throttle.failed(call.began, now),
            (false, Kind::Lookup) => origin.throttle.answered(call.began, now, lookups),
            (_, Kind::Leave | Kind::Other) => {}
        }
        if failed { origin.breaker.failed(now, random) } else { origin.breaker.succeeded() }
    }

    fn load(&self, index: usize) -> usize {
        self.origins.get(index).map_or(usize::MAX, |origin| origin.calls.len())
    }
}

impl Origin {
    fn admits(&self, kind: Kind, now: UnixMillis) -> bool {
        self.breaker.admits(now) && (kind != Kind::Lookup || self.throttle.admits(self.lookups()))
    }

    /// Calls of the API are none of the throttle's business: whoever sends slow ones, or goes away in the middle, must not
    /// hold back visitors.
    fn lookups(&self) -> usize {
        self.calls.iter().filter(|(kind, _)| *kind == Kind::Lookup).count()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "an index below a handful of origins"
)]
fn pick(candidates: &[usize], random: f64) -> Option<usize> {
    let at = (random * candidates.len() as f64) as usize;
    candidates.get(at.min(candidates.len().saturating_sub(1))).copied()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn origins(count: usize) -> Origins {
        Origins::new(&(0..count).map(|number| format!("http://origin-{number}")).collect::<Vec<_>>())
    }

    /// Draws that walk evenly over [0, 1).
    fn draws() -> impl Fn() -> f64 {
        let at = Cell::new(0.0);
        move || {
            at.set((at.get() + 0.618_033_988_75) % 1.0);
            at.get()
        }
    }

    fn begin(origins: &mut Origins, now: i64, random: &impl Fn() -> f64) -> Option<Call> {
        origins.begin(Kind::Lookup, UnixMillis(now), None, random)
    }

    #[test]
    fn calls_are_spread_over_all_origins() {
        let mut origins = origins(3);
        let random = draws();
        for _ in 0..30 {
            begin(&mut origins, 0, &random).unwrap();
        }
        assert!(origins.origins.iter().all(|origin| (8..=12).contains(&origin.calls.len())), "{origins:?}");
    }

    #[test]
    fn a_failed_call_is_repeated_at_another_origin() {
        let mut origins = origins(2);
        let random = draws();
        for now in 0..20 {
            let Some(first) = begin(&mut origins, now, &random) else { break };
            origins.ended(&first, UnixMillis(now), true, 0.5);
            let second = origins.begin(Kind::Lookup, UnixMillis(now), Some(&first), &random).unwrap();
            assert_ne!(first.url, second.url);
            origins.ended(&second, UnixMillis(now), false, 0.5);
        }
    }

    #[test]
    fn an_origin_that_fails_time_after_time_is_left_alone_until_a_probe_succeeds() {
        let mut origins = origins(1);
        let random = draws();
        for _ in 0..5 {
            let call = begin(&mut origins, 0, &random).unwrap();
            origins.ended(&call, UnixMillis(0), true, 0.5);
        }
        assert!(begin(&mut origins, 500, &random).is_none());
        let probe = begin(&mut origins, 2_000, &random).unwrap();
        assert!(begin(&mut origins, 2_000, &random).is_none());
        origins.ended(&probe, UnixMillis(2_001), false, 0.5);
        assert!(begin(&mut origins, 2_001, &random).is_some());
    }

    #[test]
    fn lookups_beyond_what_an_origin_stands_are_held_back_and_other_calls_are_not() {
        let mut origins = origins(1);
        let random = draws();
        let admitted = (0..1_000).filter(|_| begin(&mut origins, 0, &random).is_some()).count();
        assert_eq!(admitted, 20);
        assert!(origins.begin(Kind::Other, UnixMillis(0), None, &random).is_some());
        assert!(origins.begin(Kind::Leave, UnixMillis(0), None, &random).is_some());
    }

    #[test]
    fn calls_of_the_api_hold_back_no_lookup_however_many_are_under_way() {
        let mut origins = origins(1);
        let random = draws();
        for _ in 0..1_000 {
            origins.begin(Kind::Other, UnixMillis(0), None, &random).unwrap();
        }
        let admitted = (0..1_000).filter(|_| begin(&mut origins, 0, &random).is_some()).count();
        assert_eq!(admitted, 20);
    }

    #[test]
    fn calls_of_the_api_do_not_let_more_lookups_in() {
        let mut origins = origins(1);
        let random = draws();
        for _ in 0..1_000 {
            origins.begin(Kind::Other, UnixMillis(0), None, &random).unwrap();
        }
        // One at a time makes no use of the number, so it stays.
        for now in 0..1_000 {
            let lookup = begin(&mut origins, now, &random).unwrap();
            origins.ended(&lookup, UnixMillis(now), false, 0.5);
        }
        let admitted = (0..1_000).filter(|_| begin(&mut origins, 1_000, &random).is_some()).count();
        assert_eq!(admitted, 20);
    }

    #[test]
    fn a_lone_origin_is_not_asked_twice_for_one_request() {
        let mut origins = origins(1);
        let failed = begin(&mut origins, 0, &draws()).unwrap();
        origins.ended(&failed, UnixMillis(0), true, 0.5);
        assert!(!failed.has_alternative);
        assert!(origins.begin(Kind::Lookup, UnixMillis(0), Some(&failed), draws()).is_none());
        assert!(begin(&mut origins, 1, &draws()).is_some());
    }

    #[test]
    fn calls_that_never_report_back_stop_counting() {
        let mut origins = origins(1);
        let random = draws();
        origins.begin(Kind::Other, UnixMillis(0), None, &random).unwrap();
        while begin(&mut origins, 0, &random).is_some() {}
        assert!(begin(&mut origins, millis(RESOLVE) - 1, &random).is_none());
        assert!(begin(&mut origins, millis(RESOLVE), &random).is_some());
        assert_eq!(origins.load(0), 2, "an API call may take longer than a lookup");
        begin(&mut origins, millis(API), &random).unwrap();
        assert_eq!(origins.load(0), 1);
    }
}
