//! An adaptive concurrency limit for the lookups at one origin. It follows the latency: it shrinks when answers take longer
//! than the origin's fastest, and grows back when they do not. After failures it also recovers with time, since an isolate
//! with few visitors would otherwise skip lookups long after an outage.
//!
//! A skipped lookup gets the replica's copy, which may be a minute old: not worth it to save some milliseconds that the
//! isolate itself may have caused. So slowness alone never takes the limit below its initial value; failures do.

use link_core::time::UnixMillis;

const MIN_LIMIT: f64 = 2.0;
const INITIAL_LIMIT: f64 = 20.0;
const MAX_LIMIT: f64 = 200.0;
/// An answer is slow beyond this multiple of the fastest, plus some milliseconds for network jitter.
const SLOW_FACTOR: f64 = 2.0;
const SLOW_MILLIS: f64 = 50.0;
/// The factor of the limit after a slow answer, and after a failure.
const AFTER_SLOW: f64 = 0.9;
const AFTER_FAILURE: f64 = 0.5;
/// Without another failure the limit is back at its initial value after this time.
const RECOVERY_MILLIS: f64 = 10_000.0;
/// The fastest latency grows by this factor with each answer, since an origin may become slower for good.
const FASTEST_GROWTH: f64 = 1.002;

#[derive(Debug)]
pub struct ConcurrencyLimit {
    limit: f64,
    fastest_millis: Option<f64>,
    /// Calls from before it met a load that is already reduced.
    shrunk_at: UnixMillis,
}

impl Default for ConcurrencyLimit {
    fn default() -> Self {
        Self { limit: INITIAL_LIMIT, fastest_millis: None, shrunk_at: UnixMillis(0) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "hundreds of calls and seconds of latency")]
impl ConcurrencyLimit {
    pub fn admits(&self, under_way: usize, now: UnixMillis) -> bool {
        (under_way as f64) < self.limit(now)
    }

    /// Restores the initial limit after an outage.
    pub fn restart(&mut self) {
        self.limit = self.limit.max(INITIAL_LIMIT);
    }

    fn limit(&self, now: UnixMillis) -> f64 {
        let recovered = INITIAL_LIMIT * now.millis_since(self.shrunk_at) as f64 / RECOVERY_MILLIS;
        self.limit.max(recovered.min(INITIAL_LIMIT))
    }

    /// `under_way` includes this call.
    pub fn answered(&mut self, began: UnixMillis, now: UnixMillis, under_way: usize) {
        let latency = now.millis_since(began) as f64;
        let fastest =
            self.fastest_millis.map_or(latency, |fastest| (fastest * FASTEST_GROWTH).min(latency)).max(1.0);
        self.fastest_millis = Some(fastest);
        self.limit = self.limit(now);
        if latency > fastest * SLOW_FACTOR + SLOW_MILLIS {
            self.shrink(began, now, AFTER_SLOW, INITIAL_LIMIT);
        } else if under_way as f64 * 2.0 >= self.limit {
            // Grows by one for each round of answers, and only while the limit is in use.
            self.limit = (self.limit + 1.0 / self.limit).min(MAX_LIMIT);
        }
    }

    pub fn failed(&mut self, began: UnixMillis, now: UnixMillis) {
        self.shrink(began, now, AFTER_FAILURE, MIN_LIMIT);
    }

    fn shrink(&mut self, began: UnixMillis, now: UnixMillis, factor: f64, floor: f64) {
        if began >= self.shrunk_at {
            self.limit = self.limit(now);
            // After failures it may already be below.
            self.limit = (self.limit * factor).max(floor.min(self.limit));
            self.shrunk_at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Simulates an origin that answers `capacity` concurrent calls in 10 ms and queues the others. Returns the limit after
    /// `rounds` with as many calls as admitted.
    fn after(concurrency: &mut ConcurrencyLimit, now: &mut i64, capacity: usize, rounds: usize) -> f64 {
        for _ in 0..rounds {
            let admitted = (1..).take_while(|count| concurrency.admits(count - 1, UnixMillis(*now))).count();
            let began = UnixMillis(*now);
            let latency = |position: usize| 10 * (i64::try_from(position / capacity).unwrap() + 1);
            for position in 0..admitted {
                concurrency.answered(began, began.plus_millis(latency(position)), admitted - position);
            }
            *now += latency(admitted);
        }
        concurrency.limit
    }

    #[test]
    fn limit_shrinks_when_the_origin_slows_and_grows_back() {
        let (mut concurrency, mut now) = (ConcurrencyLimit::default(), 1_000);
        let wide = after(&mut concurrency, &mut now, 100, 400);
        assert!(wide > 100.0, "{wide}");
        let narrow = after(&mut concurrency, &mut now, 5, 400);
        assert!((INITIAL_LIMIT..40.0).contains(&narrow), "{narrow}");
        let again = after(&mut concurrency, &mut now, 100, 400);
        assert!(again > 100.0, "{again}");
    }

    #[test]
    fn dead_origin_still_gets_a_few_calls() {
        let mut concurrency = ConcurrencyLimit::default();
        (0..20).for_each(|_| concurrency.failed(UnixMillis(0), UnixMillis(2_000)));
        assert!((concurrency.limit - INITIAL_LIMIT * AFTER_FAILURE).abs() < 0.01);
        (0..50).for_each(|round| {
            concurrency.failed(UnixMillis(2_000 * round), UnixMillis(2_000 * round + 2_000))
        });
        let now = UnixMillis(2_000 * 50);
        assert!(concurrency.admits(1, now) && !concurrency.admits(2, now));
    }

    #[test]
    fn unused_limit_does_not_grow() {
        let mut concurrency = ConcurrencyLimit::default();
        (0..1_000).for_each(|now| concurrency.answered(UnixMillis(now), UnixMillis(now + 5), 1));
        assert!((concurrency.limit - INITIAL_LIMIT).abs() < f64::EPSILON);
    }

    #[test]
    fn limit_recovers_with_time() {
        let mut concurrency = ConcurrencyLimit::default();
        (0..50).for_each(|round| concurrency.failed(UnixMillis(round), UnixMillis(round)));
        assert!(!concurrency.admits(2, UnixMillis(50)));
        assert!(concurrency.admits(9, UnixMillis(5_050)));
        assert!(concurrency.admits(19, UnixMillis(10_050)) && !concurrency.admits(20, UnixMillis(10_050)));
        // The next answer keeps the recovered limit, and the next failure halves it.
        concurrency.answered(UnixMillis(10_050), UnixMillis(10_055), 1);
        concurrency.failed(UnixMillis(10_060), UnixMillis(10_060));
        assert!(concurrency.admits(9, UnixMillis(10_060)) && !concurrency.admits(10, UnixMillis(10_060)));
    }

    #[test]
    fn restart_never_lowers_the_limit() {
        let (mut concurrency, mut now) = (ConcurrencyLimit::default(), 1_000);
        let wide = after(&mut concurrency, &mut now, 100, 400);
        concurrency.restart();
        assert!((concurrency.limit - wide).abs() < f64::EPSILON);
        (0..50).for_each(|round| concurrency.failed(UnixMillis(now + round), UnixMillis(now + round)));
        concurrency.restart();
        assert!(concurrency.admits(19, UnixMillis(now + 50)));
    }
}
