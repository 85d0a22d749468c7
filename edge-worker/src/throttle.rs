//! How many lookups may be at one origin at a time. The number follows the latency: it shrinks when answers take longer
//! than the origin has shown it can, and grows back when they do not. After failures it also grows back with time, since an
//! isolate with few visitors would hold some of them back long after an outage. Counts nothing itself.
//!
//! Who is held back gets what the replica has, which may be a minute old: not worth it for some milliseconds, of which the
//! isolate itself may be the cause. So slowness alone never takes the number below what it began with; failures do.

use link_core::time::UnixMillis;

const FEWEST: f64 = 2.0;
const FIRST: f64 = 20.0;
const MOST: f64 = 200.0;
/// An answer counts as slow beyond this multiple of the fastest, and some milliseconds for the network's whims.
const SLOW_FACTOR: f64 = 2.0;
const SLOW_MILLIS: f64 = 50.0;
/// What is left of the number after a slow answer, and after none.
const AFTER_SLOW: f64 = 0.9;
const AFTER_FAILURE: f64 = 0.5;
/// Without another failure the number is back where it began after so long.
const RECOVERY_MILLIS: f64 = 10_000.0;
/// By how much the memory of the fastest answer fades with each: an origin may get slower for good.
const FADING: f64 = 1.002;

#[derive(Debug)]
pub struct Throttle {
    limit: f64,
    fastest_millis: Option<f64>,
    /// Answers to calls from before it are about a load that has been reduced already.
    shrunk_at: UnixMillis,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { limit: FIRST, fastest_millis: None, shrunk_at: UnixMillis(0) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "hundreds of calls and seconds of latency")]
impl Throttle {
    pub fn admits(&self, under_way: usize, now: UnixMillis) -> bool {
        (under_way as f64) < self.limit(now)
    }

    /// The outage is over: from here on as at the beginning.
    pub fn restart(&mut self) {
        self.limit = self.limit.max(FIRST);
    }

    fn limit(&self, now: UnixMillis) -> f64 {
        let recovered = FIRST * now.millis_since(self.shrunk_at) as f64 / RECOVERY_MILLIS;
        self.limit.max(recovered.min(FIRST))
    }

    /// `under_way` counts this call too.
    pub fn answered(&mut self, began: UnixMillis, now: UnixMillis, under_way: usize) {
        let latency = now.millis_since(began) as f64;
        let fastest = self.fastest_millis.map_or(latency, |fastest| (fastest * FADING).min(latency)).max(1.0);
        self.fastest_millis = Some(fastest);
        self.limit = self.limit(now);
        if latency > fastest * SLOW_FACTOR + SLOW_MILLIS {
            self.shrink(began, now, AFTER_SLOW, FIRST);
        } else if under_way as f64 * 2.0 >= self.limit {
            // One more for each round of answers; and only where the number is in use, or it would mean nothing.
            self.limit = (self.limit + 1.0 / self.limit).min(MOST);
        }
    }

    pub fn failed(&mut self, began: UnixMillis, now: UnixMillis) {
        self.shrink(began, now, AFTER_FAILURE, FEWEST);
    }

    fn shrink(&mut self, began: UnixMillis, now: UnixMillis, to: f64, fewest: f64) {
        if began >= self.shrunk_at {
            self.limit = self.limit(now);
            // After failures it may be below already.
            self.limit = (self.limit * to).max(fewest.min(self.limit));
            self.shrunk_at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An origin that answers `capacity` calls at a time in 10 ms, and lets the others wait. Returns the number after
    /// `rounds` in which as many calls came as were admitted.
    fn after(throttle: &mut Throttle, now: &mut i64, capacity: usize, rounds: usize) -> f64 {
        for _ in 0..rounds {
            let admitted = (1..).take_while(|count| throttle.admits(count - 1, UnixMillis(*now))).count();
            let began = UnixMillis(*now);
            let latency = |position: usize| 10 * (i64::try_from(position / capacity).unwrap() + 1);
            for position in 0..admitted {
                throttle.answered(began, began.plus_millis(latency(position)), admitted - position);
            }
            *now += latency(admitted);
        }
        throttle.limit
    }

    #[test]
    fn it_shrinks_when_the_origin_slows_and_grows_back() {
        let (mut throttle, mut now) = (Throttle::default(), 1_000);
        let wide = after(&mut throttle, &mut now, 100, 400);
        assert!(wide > 100.0, "{wide}");
        let narrow = after(&mut throttle, &mut now, 5, 400);
        assert!((FIRST..40.0).contains(&narrow), "{narrow}");
        let again = after(&mut throttle, &mut now, 100, 400);
        assert!(again > 100.0, "{again}");
    }

    #[test]
    fn an_origin_that_answers_nothing_still_gets_a_few_calls_and_answers_from_before_count_once() {
        let mut throttle = Throttle::default();
        (0..20).for_each(|_| throttle.failed(UnixMillis(0), UnixMillis(2_000)));
        assert!((throttle.limit - FIRST * AFTER_FAILURE).abs() < 0.01);
        (0..50)
            .for_each(|round| throttle.failed(UnixMillis(2_000 * round), UnixMillis(2_000 * round + 2_000)));
        let now = UnixMillis(2_000 * 50);
        assert!(throttle.admits(1, now) && !throttle.admits(2, now));
    }

    #[test]
    fn it_does_not_grow_while_it_is_not_used() {
        let mut throttle = Throttle::default();
        (0..1_000).for_each(|now| throttle.answered(UnixMillis(now), UnixMillis(now + 5), 1));
        assert!((throttle.limit - FIRST).abs() < f64::EPSILON);
    }

    #[test]
    fn an_idle_isolate_recovers_with_time() {
        let mut throttle = Throttle::default();
        (0..50).for_each(|round| throttle.failed(UnixMillis(round), UnixMillis(round)));
        assert!(!throttle.admits(2, UnixMillis(50)));
        assert!(throttle.admits(9, UnixMillis(5_050)));
        assert!(throttle.admits(19, UnixMillis(10_050)) && !throttle.admits(20, UnixMillis(10_050)));
        // What it has recovered stays with the next answer, and is what the next failure halves.
        throttle.answered(UnixMillis(10_050), UnixMillis(10_055), 1);
        throttle.failed(UnixMillis(10_060), UnixMillis(10_060));
        assert!(throttle.admits(9, UnixMillis(10_060)) && !throttle.admits(10, UnixMillis(10_060)));
    }

    #[test]
    fn a_restart_never_lowers_the_number() {
        let (mut throttle, mut now) = (Throttle::default(), 1_000);
        let wide = after(&mut throttle, &mut now, 100, 400);
        throttle.restart();
        assert!((throttle.limit - wide).abs() < f64::EPSILON);
        (0..50).for_each(|round| throttle.failed(UnixMillis(now + round), UnixMillis(now + round)));
        throttle.restart();
        assert!(throttle.admits(19, UnixMillis(now + 50)));
    }
}
