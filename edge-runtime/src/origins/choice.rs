//! Chooses among the `ORIGIN_URLS`: the less loaded of two random picks, and another one when it fails. Lookups skip an
//! origin whose circuit breaker is open or whose concurrency limit is reached. API calls have a breaker of their own, which
//! only decides the order: it refuses no call, and closes no origin to lookups.

use std::time::Duration;

use link_core::time::UnixMillis;

use super::breaker::Breaker;
use super::concurrency_limit::ConcurrencyLimit;
use crate::timing::timeouts::{API, GATE, RESOLVE, millis};

#[derive(Debug)]
pub struct Origins {
    origins: Vec<OriginState>,
    /// Lookups beyond the limit since the last log line, and when that was.
    skipped: u32,
    logged_at: UnixMillis,
}

/// At most one log line for skipped lookups in this time.
const LOG_INTERVAL_MILLIS: i64 = 1_000;

#[derive(Debug)]
struct OriginState {
    /// Without a slash at the end.
    url: String,
    /// The kind and start of each call under way. A request that the platform ended never reports back, so a call counts only as
    /// long as it could still run.
    calls: Vec<(CallKind, UnixMillis)>,
    /// For lookups and the gate.
    breaker: Breaker,
    concurrency_limit: ConcurrencyLimit,
    /// For all other calls.
    api_breaker: Breaker,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    /// A visitor's lookup: as many as the origin answers without slowing down.
    Lookup,
    /// A visitor's call to the gate: only the origin may answer, so the concurrency limit does not apply. The origin answers
    /// 429 when it has too many.
    Gate,
    /// A call of an API client: the origin limits these itself, and they may take long.
    Other,
}

impl CallKind {
    fn longest(self) -> Duration {
        match self {
            Self::Lookup => RESOLVE,
            Self::Gate => GATE,
            Self::Other => API,
        }
    }
}

/// Why no origin can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoOrigin {
    /// An origin is healthy, but its concurrency limit is reached.
    LimitReached,
    /// Every breaker is open, or no other origin is left.
    BreakerOpen,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// The origin answered, whatever the status.
    Answered,
    /// A proxy in front of the origin is at its limit: a Lambda without free instances, for example.
    Throttled,
    /// A proxy in front of the origin refused this call: its signature or length.
    Refused,
    Failed,
}

impl CallOutcome {
    /// The outcome of an answer that is not the origin's own. A 4xx is about the call, not about the origin's health.
    pub fn in_front(status: u16) -> Self {
        match status {
            429 => Self::Throttled,
            400..=499 => Self::Refused,
            _ => Self::Failed,
        }
    }
}

/// A call under way at one origin; report its end to [`Origins::ended`].
#[derive(Debug)]
pub struct OriginCall {
    pub url: String,
    /// Another origin could take the call if this one fails.
    pub has_alternative: bool,
    kind: CallKind,
    index: usize,
    began: UnixMillis,
}

impl Origins {
    pub fn new(urls: &[String]) -> Self {
        let origin = |url: &String| OriginState {
            url: url.clone(),
            calls: Vec::new(),
            breaker: Breaker::default(),
            concurrency_limit: ConcurrencyLimit::default(),
            api_breaker: Breaker::default(),
        };
        Self { origins: urls.iter().map(origin).collect(), skipped: 0, logged_at: UnixMillis(0) }
    }

    /// Picks two origins at random and takes the less loaded one. `not` is the call that just failed: its origin is
    /// excluded.
    pub fn begin(
        &mut self,
        kind: CallKind,
        now: UnixMillis,
        not: Option<&OriginCall>,
        random: impl Fn() -> f64,
    ) -> Result<OriginCall, NoOrigin> {
        for origin in &mut self.origins {
            origin.calls.retain(|(kind, began)| now.millis_since(*began) < millis(kind.longest()));
        }
        let mut candidates = match kind {
            CallKind::Lookup => self.others_than(not, |origin| origin.admits_lookup(now)),
            CallKind::Gate => self.others_than(not, |origin| origin.breaker.admits(now)),
            CallKind::Other => self.others_than(not, |origin| origin.is_healthy(now)),
        };
        if candidates.is_empty() && kind == CallKind::Other {
            candidates = self.others_than(not, |_| true);
        }
        let drawn = pick(&candidates, random()).zip(pick(&candidates, random()));
        let (one, other) = drawn.ok_or_else(|| {
            let is_left_alone = self.others_than(not, |origin| origin.breaker.admits(now)).is_empty();
            if is_left_alone { NoOrigin::BreakerOpen } else { NoOrigin::LimitReached }
        })?;
        let index = if self.load(other) < self.load(one) { other } else { one };
        let origin = self.origins.get_mut(index).ok_or(NoOrigin::BreakerOpen)?;
        origin.calls.push((kind, now));
        origin.breaker_of(kind).begin(now, kind.longest());
        let has_alternative = candidates.len() > 1;
        Ok(OriginCall { url: origin.url.clone(), has_alternative, kind, index, began: now })
    }

    /// Counts a lookup skipped at the limit; once a second returns how many there were, for a log line.
    pub fn count_skipped(&mut self, now: UnixMillis) -> Option<u32> {
        self.skipped = self.skipped.saturating_add(1);
        if now.millis_since(self.logged_at) < LOG_INTERVAL_MILLIS {
            return None;
        }
        self.logged_at = now;
        Some(std::mem::take(&mut self.skipped))
    }

    pub fn ended(&mut self, call: &OriginCall, now: UnixMillis, outcome: CallOutcome, random: f64) {
        let Some(origin) = self.origins.get_mut(call.index) else { return };
        let lookups = origin.lookups();
        if let Some(position) =
            origin.calls.iter().position(|under_way| *under_way == (call.kind, call.began))
        {
            origin.calls.swap_remove(position);
        }
        if call.kind == CallKind::Lookup {
            match outcome {
                CallOutcome::Answered => {
                    if !origin.breaker.is_closed() {
                        origin.concurrency_limit.restart();
                    }
                    origin.concurrency_limit.answered(call.began, now, lookups);
                }
                CallOutcome::Throttled | CallOutcome::Failed => {
                    origin.concurrency_limit.failed(call.began, now)
                }
                CallOutcome::Refused => {}
            }
        }
        let breaker = origin.breaker_of(call.kind);
        match outcome {
            CallOutcome::Answered => breaker.succeeded(),
            CallOutcome::Throttled | CallOutcome::Refused => breaker.reached(),
            CallOutcome::Failed => breaker.failed(now, random),
        }
    }

    fn others_than(&self, not: Option<&OriginCall>, wanted: impl Fn(&OriginState) -> bool) -> Vec<usize> {
        let others =
            self.origins.iter().enumerate().filter(|(index, _)| not.is_none_or(|call| call.index != *index));
        others.filter(|(_, origin)| wanted(origin)).map(|(index, _)| index).collect()
    }

    fn load(&self, index: usize) -> usize {
        self.origins.get(index).map_or(usize::MAX, |origin| origin.calls.len())
    }
}

impl OriginState {
    fn admits_lookup(&self, now: UnixMillis) -> bool {
        self.breaker.admits(now) && self.concurrency_limit.admits(self.lookups(), now)
    }

    /// Whether an API call is likely to be answered, by the recent calls of both kinds.
    fn is_healthy(&self, now: UnixMillis) -> bool {
        self.breaker.is_closed() && self.api_breaker.admits(now)
    }

    fn breaker_of(&mut self, kind: CallKind) -> &mut Breaker {
        match kind {
            CallKind::Lookup | CallKind::Gate => &mut self.breaker,
            CallKind::Other => &mut self.api_breaker,
        }
    }

    /// API calls do not count for the concurrency limit: a client that sends slow ones, or disconnects, must not delay
    /// visitors.
    fn lookups(&self) -> usize {
        self.calls.iter().filter(|(kind, _)| *kind == CallKind::Lookup).count()
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
mod tests;
