//! When an origin that fails is left alone, and when it is tried again: closed, open, half-open with one probe at a time.
//! Does not decide what a failure is.

use std::time::Duration;

use link_core::time::UnixMillis;

use crate::timeouts::{BREAKER_OPEN, BREAKER_OPEN_LONGEST, RESOLVE, millis};

/// In a row. One that fails now and then is dealt with by asking another.
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
    /// A call is out to see whether the origin is back.
    HalfOpen {
        probe_began: UnixMillis,
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
            // The platform may have ended the request that probed.
            Self::HalfOpen { probe_began, .. } => now.millis_since(*probe_began) > 2 * millis(RESOLVE),
        }
    }

    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed { .. })
    }

    /// A call that it admitted goes out.
    pub fn begin(&mut self, now: UnixMillis) {
        if let Self::Open { pause, .. } | Self::HalfOpen { pause, .. } = *self {
            *self = Self::HalfOpen { probe_began: now, pause };
        }
    }

    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// What is in front of the origin has answered, so nothing is known of the origin itself; but a probe has come to its end.
    pub fn reached(&mut self) {
        if let Self::HalfOpen { .. } = self {
            *self = Self::default();
        }
    }

    /// `random` in [0, 1) keeps isolates from probing all at once.
    pub fn failed(&mut self, now: UnixMillis, random: f64) {
        let pause = match self {
            Self::Closed { failures } if *failures + 1 < FAILURES => {
                *failures += 1;
                return;
            }
            Self::Closed { .. } => BREAKER_OPEN,
            // Calls from before it opened come back one by one.
            Self::Open { .. } => return,
            Self::HalfOpen { pause, .. } => (*pause * 2).min(BREAKER_OPEN_LONGEST),
        };
        *self = Self::Open { until: now.plus_millis(millis(pause.mul_f64(0.75 + random / 2.0))), pause };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> Breaker {
        let mut breaker = Breaker::default();
        (0..FAILURES).for_each(|_| breaker.failed(UnixMillis(0), 0.5));
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_success_between_them_does_not() {
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
    fn one_probe_at_a_time_decides_whether_it_closes() {
        let (mut breaker, now) = (opened(), UnixMillis(millis(BREAKER_OPEN)));
        breaker.begin(now);
        assert!(!breaker.admits(now));
        breaker.succeeded();
        assert!(breaker.admits(now));
    }

    #[test]
    fn each_probe_that_fails_doubles_the_pause_up_to_the_longest() {
        let (mut breaker, mut now) = (opened(), UnixMillis(0));
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let Breaker::Open { until, .. } = breaker else { panic!("{breaker:?}") };
            pauses.push(until.millis_since(now) / 1_000);
            now = until;
            breaker.begin(now);
            breaker.failed(now, 0.5);
        }
        assert_eq!(pauses, [1, 2, 4, 5, 5, 5, 5, 5]);
    }

    #[test]
    fn a_probe_that_never_reports_back_gives_way_to_another() {
        let (mut breaker, now) = (opened(), UnixMillis(millis(BREAKER_OPEN)));
        breaker.begin(now);
        assert!(breaker.admits(now.plus_millis(2 * millis(RESOLVE) + 1)));
    }

    #[test]
    fn stragglers_from_before_it_opened_do_not_prolong_the_pause() {
        let mut breaker = opened();
        (0..50).for_each(|_| breaker.failed(UnixMillis(900), 0.5));
        assert!(breaker.admits(UnixMillis(millis(BREAKER_OPEN))));
    }

    #[test]
    fn an_answer_from_in_front_of_the_origin_ends_a_probe_and_hides_no_failure() {
        let mut breaker = Breaker::default();
        for _ in 0..FAILURES {
            breaker.reached();
            breaker.failed(UnixMillis(0), 0.5);
        }
        breaker.reached();
        assert!(!breaker.admits(UnixMillis(0)));
        breaker.begin(UnixMillis(millis(BREAKER_OPEN)));
        breaker.reached();
        assert!(breaker.is_closed());
    }
}
