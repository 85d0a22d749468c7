//! Which of the `ORIGIN_URLS` is asked: the less loaded of two picks, and another one when it fails. Lookups leave alone what
//! their breaker or their adaptive limit holds back. Calls of the API have a breaker of their own that only says which origin is
//! asked first: none of them is refused for what others met, and none closes an origin to lookups. Does not send anything.

use std::time::Duration;

use link_core::time::UnixMillis;

use crate::breaker::Breaker;
use crate::throttle::Throttle;
use crate::timeouts::{API, LEAVE, RESOLVE, millis};

#[derive(Debug)]
pub struct Origins {
    origins: Vec<Origin>,
    /// Lookups beyond the limit that no log line has told of yet, and when the last line did.
    held_back: u32,
    told_at: UnixMillis,
}

/// A line for each lookup that is held back would be a flood in itself.
const TELLING_MILLIS: i64 = 1_000;

#[derive(Debug)]
struct Origin {
    /// Without a slash at the end.
    url: String,
    /// Of what kind each call under way is, and when it began. A request that the platform ends in the middle never reports
    /// back, so a call counts only as long as it could still be running.
    calls: Vec<(Kind, UnixMillis)>,
    /// Of lookups.
    breaker: Breaker,
    throttle: Throttle,
    /// Of all other calls.
    api_breaker: Breaker,
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

/// Why no origin is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAsked {
    /// One would answer, but as many lookups as it takes are under way.
    LimitReached,
    /// All have failed time after time, or none is left.
    LeftAlone,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// By the origin itself, whatever it says.
    Answered,
    /// What is in front of the origin has more calls than it takes: a Lambda without free instances, a proxy with a limit.
    Throttled,
    /// What is in front of the origin refused this very call: its signature, its length.
    Refused,
    Failed,
}

impl Outcome {
    /// Of an answer that is not the origin's own. A 4xx says what is wrong with a call, and nothing of the origin's health.
    pub fn in_front(status: u16) -> Self {
        match status {
            429 => Self::Throttled,
            400..=499 => Self::Refused,
            _ => Self::Failed,
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
            api_breaker: Breaker::default(),
        };
        Self { origins: urls.iter().map(origin).collect(), held_back: 0, told_at: UnixMillis(0) }
    }

    /// Picks two at random and takes the less loaded one. `not` is the call that just failed: its origin is not asked
    /// again.
    pub fn begin(
        &mut self,
        kind: Kind,
        now: UnixMillis,
        not: Option<&Call>,
        random: impl Fn() -> f64,
    ) -> Result<Call, NotAsked> {
        for origin in &mut self.origins {
            origin.calls.retain(|(kind, began)| now.millis_since(*began) < millis(kind.longest()));
        }
        let mut candidates = match kind {
            Kind::Lookup => self.all_but(not, |origin| origin.admits_lookup(now)),
            Kind::Leave => self.all_but(not, |origin| origin.breaker.admits(now)),
            Kind::Other => self.all_but(not, |origin| origin.is_healthy(now)),
        };
        if candidates.is_empty() && kind == Kind::Other {
            candidates = self.all_but(not, |_| true);
        }
        let drawn = pick(&candidates, random()).zip(pick(&candidates, random()));
        let (one, other) = drawn.ok_or_else(|| {
            let is_left_alone = self.all_but(not, |origin| origin.breaker.admits(now)).is_empty();
            if is_left_alone { NotAsked::LeftAlone } else { NotAsked::LimitReached }
        })?;
        let index = if self.load(other) < self.load(one) { other } else { one };
        let origin = self.origins.get_mut(index).ok_or(NotAsked::LeftAlone)?;
        origin.calls.push((kind, now));
        origin.breaker_of(kind).begin(now);
        let has_alternative = candidates.len() > 1;
        Ok(Call { url: origin.url.clone(), has_alternative, kind, index, began: now })
    }

    /// Counts a lookup that was held back; once a second returns how many there were, to be logged.
    pub fn held_back(&mut self, now: UnixMillis) -> Option<u32> {
        self.held_back = self.held_back.saturating_add(1);
        if now.millis_since(self.told_at) < TELLING_MILLIS {
            return None;
        }
        self.told_at = now;
        Some(std::mem::take(&mut self.held_back))
    }

    pub fn ended(&mut self, call: &Call, now: UnixMillis, outcome: Outcome, random: f64) {
        let Some(origin) = self.origins.get_mut(call.index) else { return };
        let lookups = origin.lookups();
        if let Some(position) =
            origin.calls.iter().position(|under_way| *under_way == (call.kind, call.began))
        {
            origin.calls.swap_remove(position);
        }
        if call.kind == Kind::Lookup {
            match outcome {
                Outcome::Answered => {
                    if !origin.breaker.is_closed() {
                        origin.throttle.restart();
                    }
                    origin.throttle.answered(call.began, now, lookups);
                }
                Outcome::Throttled | Outcome::Failed => origin.throttle.failed(call.began, now),
                Outcome::Refused => {}
            }
        }
        let breaker = origin.breaker_of(call.kind);
        match outcome {
            Outcome::Answered => breaker.succeeded(),
            Outcome::Throttled | Outcome::Refused => breaker.reached(),
            Outcome::Failed => breaker.failed(now, random),
        }
    }

    fn all_but(&self, not: Option<&Call>, wanted: impl Fn(&Origin) -> bool) -> Vec<usize> {
        let others =
            self.origins.iter().enumerate().filter(|(index, _)| not.is_none_or(|call| call.index != *index));
        others.filter(|(_, origin)| wanted(origin)).map(|(index, _)| index).collect()
    }

    fn load(&self, index: usize) -> usize {
        self.origins.get(index).map_or(usize::MAX, |origin| origin.calls.len())
    }
}

impl Origin {
    fn admits_lookup(&self, now: UnixMillis) -> bool {
        self.breaker.admits(now) && self.throttle.admits(self.lookups(), now)
    }

    /// Whether a call of the API is likely to be answered, by what lookups and other calls have met.
    fn is_healthy(&self, now: UnixMillis) -> bool {
        self.breaker.is_closed() && self.api_breaker.admits(now)
    }

    fn breaker_of(&mut self, kind: Kind) -> &mut Breaker {
        match kind {
            Kind::Lookup | Kind::Leave => &mut self.breaker,
            Kind::Other => &mut self.api_breaker,
        }
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
mod tests;
