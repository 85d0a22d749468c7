//! Limits this isolate's purges: the plan's rate, and Cloudflare's `Retry-After`. Other users of the same rate are not
//! counted here; Cloudflare's 429 decides.

use link_core::time::UnixMillis;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurgePlan {
    pub per_minute: u32,
    /// Purges that may come together.
    pub burst: u32,
}

#[derive(Debug)]
pub struct PurgeRate {
    plan: PurgePlan,
    /// When the bucket was, or will be, full.
    full_at: UnixMillis,
    refused_until: UnixMillis,
}

impl PurgeRate {
    pub fn new(plan: PurgePlan) -> Self {
        Self { plan, full_at: UnixMillis(0), refused_until: UnixMillis(0) }
    }

    /// Whether a purge may be sent now; counts it if so.
    pub fn take(&mut self, now: UnixMillis) -> bool {
        let one = 60_000 / i64::from(self.plan.per_minute.max(1));
        let filled = self.full_at.max(now).plus_millis(one);
        let fits = filled.millis_since(now) <= one * i64::from(self.plan.burst);
        if now < self.refused_until || !fits {
            return false;
        }
        self.full_at = filled;
        true
    }

    /// Whether less than half of the burst is left.
    pub fn is_scarce(&self, now: UnixMillis) -> bool {
        let one = 60_000 / i64::from(self.plan.per_minute.max(1));
        now < self.refused_until || 2 * self.full_at.millis_since(now) > one * i64::from(self.plan.burst)
    }

    pub fn refused(&mut self, retry_after_seconds: i64, now: UnixMillis) {
        self.refused_until = now.plus_millis(retry_after_seconds.clamp(1, 600) * 1_000);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free_plan() -> PurgeRate {
        PurgeRate::new(PurgePlan { per_minute: 5, burst: 25 })
    }

    #[test]
    fn burst_is_allowed_and_then_the_rate() {
        let mut rate = free_plan();
        let now = UnixMillis(1_000_000);
        assert_eq!((0..100).filter(|_| rate.take(now)).count(), 25);
        assert!(!rate.take(now.plus_millis(11_999)));
        assert!(rate.take(now.plus_millis(12_000)));
        assert!(!rate.take(now.plus_millis(12_000)));
        let in_an_hour = now.plus_millis(3_600_000);
        assert_eq!((0..100).filter(|_| rate.take(in_an_hour)).count(), 25);
    }

    #[test]
    fn rate_is_scarce_after_half_the_burst_or_a_refusal() {
        let (mut rate, now) = (free_plan(), UnixMillis(1_000_000));
        (0..12).for_each(|_| assert!(rate.take(now) && !rate.is_scarce(now)));
        assert!(rate.take(now) && rate.is_scarce(now));
        assert!(!rate.is_scarce(now.plus_millis(12_000)));
        rate.refused(30, now);
        assert!(rate.is_scarce(now.plus_millis(29_999)));
    }

    #[test]
    fn no_purge_is_sent_before_retry_after() {
        let mut rate = free_plan();
        rate.refused(30, UnixMillis(0));
        assert!(!rate.take(UnixMillis(29_999)));
        assert!(rate.take(UnixMillis(30_000)));
    }
}
