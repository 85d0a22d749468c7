//! A circuit breaker: closed, open, half-open with one probe at a time.

use std::time::Duration;

use link_core::time::UnixMillis;

use crate::timing::timeouts::{BREAKER_OPEN, BREAKER_OPEN_LONGEST, PROBE_GRACE, millis};

/// Consecutive failures that open it. A single failure only makes the call go to another origin.
const FAILURES: u32 = 5;

#[derive(Debug)]
pub enum Breaker {
    Closed {
        failures: u32,
    },
    Open {
        until: UnixMillis,
        pause: Duration,
    },
    /// A probe is under way. The platform may have ended its request, so it is lost at some time.
    HalfOpen {
        lost_at: UnixMillis,
        pause: Duration,
    },
}

impl Default for Breaker {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

impl Breaker {
    pub fn admits(&self, now: UnixMillis) -> bool {
        match self {
            Self::Closed { .. } => true,
            Self::Open { until, .. } => now >= *until,
            Self::HalfOpen { lost_at, .. } => now >= *lost_at,
        }
    }

    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed { .. })
    }

    /// Call it when an admitted call starts. `at_most` is how long the call may take.
    pub fn begin(&mut self, now: UnixMillis, at_most: Duration) {
        if let Self::Open { pause, .. } | Self::HalfOpen { pause, .. } = *self {
            let lost_at = now.plus_millis(millis(at_most.saturating_add(PROBE_GRACE)));
            *self = Self::HalfOpen { lost_at, pause };
        }
    }

    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// A proxy in front of the origin answered, so nothing is known of the origin; a probe still ends.
    pub fn reached(&mut self) {
        if let Self::HalfOpen { .. } = self {
            *self = Self::default();
        }
    }

    /// `random` in [0, 1) spreads the probes of isolates.
    pub fn failed(&mut self, now: UnixMillis, random: f64) {
        let pause = match self {
            Self::Closed { failures } if *failures + 1 < FAILURES => {
                *failures += 1;
                return;
            }
            Self::Closed { .. } => BREAKER_OPEN,
            // A call from before it opened.
            Self::Open { .. } => return,
            Self::HalfOpen { pause, .. } => (*pause * 2).min(BREAKER_OPEN_LONGEST),
        };
        *self = Self::Open { until: now.plus_millis(millis(pause.mul_f64(0.75 + random / 2.0))), pause };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timing::timeouts::{API, RESOLVE};

    fn opened() -> Breaker {
        let mut breaker = Breaker::default();
        (0..FAILURES).for_each(|_| breaker.failed(UnixMillis(0), 0.5));
        breaker
    }

    #[test]
    fn consecutive_failures_open_it() {
        let mut breaker = Breaker::default();
        for _ in 0..10 {
            (1..FAILURES).for_each(|_| breaker.failed(UnixMillis(0), 0.5));
            assert!(breaker.admits(UnixMillis(0)));
            breaker.succeeded();
        }
        assert!(!opened().admits(UnixMillis(millis(BREAKER_OPEN) - 1)));
        assert!(opened().admits(UnixMillis(millis(BREAKER_OPEN))));
    }

    #[test]
    fn one_probe_decides_whether_it_closes() {
        let (mut breaker, now) = (opened(), UnixMillis(millis(BREAKER_OPEN)));
        breaker.begin(now, RESOLVE);
        assert!(!breaker.admits(now));
        breaker.succeeded();
        assert!(breaker.admits(now));
    }

    #[test]
    fn failed_probe_doubles_the_pause_up_to_a_maximum() {
        let (mut breaker, mut now) = (opened(), UnixMillis(0));
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let Breaker::Open { until, .. } = breaker else { panic!("{breaker:?}") };
            pauses.push(until.millis_since(now) / 1_000);
            now = until;
            breaker.begin(now, RESOLVE);
            breaker.failed(now, 0.5);
        }
        assert_eq!(pauses, [1, 2, 4, 5, 5, 5, 5, 5]);
    }

    #[test]
    fn probe_is_replaced_only_when_its_time_is_up() {
        for at_most in [RESOLVE, API] {
            let (mut breaker, now) = (opened(), UnixMillis(millis(BREAKER_OPEN)));
            breaker.begin(now, at_most);
            assert!(!breaker.admits(now.plus_millis(millis(at_most))), "its timer may fire late");
            assert!(breaker.admits(now.plus_millis(millis(at_most + PROBE_GRACE))));
        }
    }

    #[test]
    fn late_failures_do_not_prolong_the_pause() {
        let mut breaker = opened();
        (0..50).for_each(|_| breaker.failed(UnixMillis(900), 0.5));
        assert!(breaker.admits(UnixMillis(millis(BREAKER_OPEN))));
    }

    #[test]
    fn proxy_answer_ends_a_probe_and_hides_no_failure() {
        let mut breaker = Breaker::default();
        for _ in 0..FAILURES {
            breaker.reached();
            breaker.failed(UnixMillis(0), 0.5);
        }
        breaker.reached();
        assert!(!breaker.admits(UnixMillis(0)));
        breaker.begin(UnixMillis(millis(BREAKER_OPEN)), RESOLVE);
        breaker.reached();
        assert!(breaker.is_closed());
    }
}
