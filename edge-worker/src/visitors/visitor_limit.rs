//! Limits the requests of one visitor, counted in the isolate without I/O. A visitor with many requests is reported to a
//! counter that the isolates of a location share, several requests at a time. Decides who counts as one visitor.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use link_core::time::UnixMillis;

/// The window of the limit; a burst may use all of it.
const WINDOW_MILLIS: i64 = 10_000;
const WINDOW_SECONDS: u32 = 10;
/// Reports that a window's limit is divided into. The shared counter counts reports, so `wrangler.toml` allows this many in
/// the same time, whatever the limit.
const REPORTS_PER_WINDOW: u32 = 10;
/// The most visitors counted. When full, those with the fewest requests are evicted: a flood of addresses gains a few
/// requests for each, clears nobody with many, and takes no more memory.
const MAX_VISITORS: usize = 20_000;

#[derive(Debug)]
pub struct VisitorLimit {
    per_window: u32,
    window_began: Option<UnixMillis>,
    visitors: HashMap<Option<IpAddr>, RequestCount>,
}

#[derive(Debug, Clone, Copy, Default)]
struct RequestCount {
    requests: u32,
    /// Those of them that were reported.
    reported: u32,
}

impl VisitorLimit {
    pub fn per_second(requests: u32) -> Self {
        Self::per_window(requests.saturating_mul(WINDOW_SECONDS))
    }

    pub fn per_window(per_window: u32) -> Self {
        Self { per_window, window_began: None, visitors: HashMap::new() }
    }

    /// Refuses a visitor who has used up the window; counts nothing. `Err` as in [`Self::admit`].
    pub fn check(&self, visitor: Option<IpAddr>, now: UnixMillis) -> Result<(), u32> {
        let Some(began) = self.window_began else { return Ok(()) };
        let age = now.millis_since(began);
        let requests = self.count_of(visitor).requests;
        if age >= WINDOW_MILLIS || requests < self.per_window { Ok(()) } else { Err(seconds_left(age)) }
    }

    /// Counts a request; `Err` holds the seconds to wait.
    pub fn admit(&mut self, visitor: Option<IpAddr>, now: UnixMillis) -> Result<(), u32> {
        self.admit_many(visitor, 1, now)
    }

    /// Counts a request that costs as much as `requests`.
    pub fn admit_many(&mut self, visitor: Option<IpAddr>, requests: u32, now: UnixMillis) -> Result<(), u32> {
        let age = self.window_age(now);
        if self.visitors.len() >= MAX_VISITORS {
            self.evict_least_active();
        }
        let count = self.visitors.entry(visitor.map(visitor_prefix)).or_default();
        count.requests = count.requests.saturating_add(requests);
        if count.requests <= self.per_window { Ok(()) } else { Err(seconds_left(age)) }
    }

    /// Uncounts requests that turned out to cost nothing, unless their window is over.
    pub fn give_back(&mut self, visitor: Option<IpAddr>, requests: u32, now: UnixMillis) {
        self.window_age(now);
        if let Some(count) = self.visitors.get_mut(&visitor.map(visitor_prefix)) {
            count.requests = count.requests.saturating_sub(requests);
        }
    }

    /// Whether the visitor's next request makes a report due.
    pub fn makes_report_due(&self, visitor: Option<IpAddr>) -> bool {
        let count = self.count_of(visitor);
        count.requests.saturating_sub(count.reported).saturating_add(1) >= self.report_size()
    }

    /// Whether a report is due; marks it as reported.
    pub fn take_report(&mut self, visitor: Option<IpAddr>) -> bool {
        let report_size = self.report_size();
        let Some(count) = self.visitors.get_mut(&visitor.map(visitor_prefix)) else { return false };
        let is_due = count.requests.saturating_sub(count.reported) >= report_size;
        if is_due {
            count.reported = count.reported.saturating_add(report_size);
        }
        is_due
    }

    /// Refuses the visitor for the rest of the window, after the location's counter did.
    pub fn refuse(&mut self, visitor: Option<IpAddr>, now: UnixMillis) {
        self.window_age(now);
        self.visitors
            .insert(visitor.map(visitor_prefix), RequestCount { requests: u32::MAX, reported: u32::MAX });
    }

    fn report_size(&self) -> u32 {
        (self.per_window / REPORTS_PER_WINDOW).max(1)
    }

    fn count_of(&self, visitor: Option<IpAddr>) -> RequestCount {
        self.visitors.get(&visitor.map(visitor_prefix)).copied().unwrap_or_default()
    }

    /// Begins a new window when the last one is over.
    fn window_age(&mut self, now: UnixMillis) -> i64 {
        let age = now.millis_since(*self.window_began.get_or_insert(now));
        if age < WINDOW_MILLIS {
            return age;
        }
        self.window_began = Some(now);
        self.visitors.clear();
        0
    }

    fn evict_least_active(&mut self) {
        let mut few = 1u32;
        while self.visitors.len() > MAX_VISITORS / 2 {
            self.visitors.retain(|_, count| count.requests > few);
            few = few.saturating_mul(2);
        }
    }
}

fn seconds_left(age: i64) -> u32 {
    let remaining = u64::try_from(WINDOW_MILLIS - age).unwrap_or_default();
    u32::try_from(remaining.div_ceil(1_000)).unwrap_or(1).max(1)
}

/// An IPv6 /64 is one visitor, since a household has at least that (RFC 6177).
pub(super) fn visitor_prefix(address: IpAddr) -> IpAddr {
    truncated(address, 64)
}

/// A customer may have a /48 (RFC 6177), which is 65,536 visitors, so password attempts are counted by /48.
pub fn site_prefix(address: IpAddr) -> IpAddr {
    truncated(address, 48)
}

fn truncated(address: IpAddr, ipv6_prefix: u32) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => IpAddr::V4(mapped),
            None => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - ipv6_prefix)))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn visitor_has_a_thousand_requests_in_ten_seconds() {
        let mut limit = VisitorLimit::per_second(100);
        for _ in 0..1_000 {
            assert_eq!(limit.admit(address("192.0.2.1"), UnixMillis(0)), Ok(()));
        }
        assert_eq!(limit.admit(address("192.0.2.1"), UnixMillis(1)), Err(10));
        assert_eq!(limit.admit(address("192.0.2.1"), UnixMillis(9_500)), Err(1));
        assert_eq!(limit.admit(address("192.0.2.2"), UnixMillis(9_500)), Ok(()));
        assert_eq!(limit.admit(address("192.0.2.1"), UnixMillis(10_000)), Ok(()));
    }

    #[test]
    fn check_counts_nothing() {
        let mut limit = VisitorLimit::per_window(1);
        (0..10).for_each(|_| assert_eq!(limit.check(address("192.0.2.1"), UnixMillis(0)), Ok(())));
        limit.admit(address("192.0.2.1"), UnixMillis(0)).unwrap();
        assert_eq!(limit.check(address("192.0.2.1"), UnixMillis(9_000)), Err(1));
        assert_eq!(limit.check(address("192.0.2.2"), UnixMillis(9_000)), Ok(()));
        assert_eq!(limit.check(address("192.0.2.1"), UnixMillis(10_000)), Ok(()));
    }

    #[test]
    fn cost_of_a_request_may_be_given_back() {
        let (mut limit, visitor) = (VisitorLimit::per_window(8), address("192.0.2.1"));
        limit.admit_many(visitor, 8, UnixMillis(0)).unwrap();
        assert_eq!(limit.check(visitor, UnixMillis(0)), Err(10));
        limit.give_back(visitor, 4, UnixMillis(0));
        assert_eq!(limit.check(visitor, UnixMillis(0)), Ok(()));
        assert_eq!(limit.admit_many(visitor, 5, UnixMillis(0)), Err(10));
        limit.give_back(visitor, 9, UnixMillis(10_000));
        assert_eq!(limit.admit_many(visitor, 8, UnixMillis(10_000)), Ok(()));
    }

    #[test]
    fn ipv6_visitor_is_a_64() {
        for (one, other, same) in [
            ("2001:db8::1", "2001:db8::ffff:1", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("::ffff:192.0.2.1", "192.0.2.1", true),
        ] {
            assert_eq!(
                visitor_prefix(one.parse().unwrap()) == visitor_prefix(other.parse().unwrap()),
                same,
                "{one} {other}"
            );
        }
    }

    #[test]
    fn ipv6_site_is_a_48() {
        for (one, other, same) in [
            ("2001:db8:0:1::1", "2001:db8:0:ffff::1", true),
            ("2001:db8::1", "2001:db8:1::1", false),
            ("::ffff:192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
        ] {
            assert_eq!(
                site_prefix(one.parse().unwrap()) == site_prefix(other.parse().unwrap()),
                same,
                "{one} {other}"
            );
        }
    }

    #[test]
    fn memory_is_bounded_under_a_flood_of_addresses() {
        let mut limit = VisitorLimit::per_second(100);
        for bits in 0..50_000 {
            limit.admit(Some(IpAddr::V4(std::net::Ipv4Addr::from_bits(bits))), UnixMillis(0)).unwrap();
            assert!(limit.visitors.len() <= MAX_VISITORS);
        }
    }

    #[test]
    fn flood_of_addresses_clears_no_heavy_visitor() {
        let (mut limit, heavy) = (VisitorLimit::per_second(100), address("192.0.2.1"));
        let mut refused = 0;
        for bits in 0..200_000 {
            limit.admit(Some(IpAddr::V4(std::net::Ipv4Addr::from_bits(bits))), UnixMillis(0)).unwrap();
            refused += u32::from(bits % 100 == 0 && limit.admit(heavy, UnixMillis(0)).is_err());
        }
        assert!((900..=1_000).contains(&refused), "{refused} of 2,000");
        // Bounded even if every visitor sent many.
        let mut limit = VisitorLimit::per_window(1);
        for bits in 0..50_000 {
            limit.refuse(Some(IpAddr::V4(std::net::Ipv4Addr::from_bits(bits))), UnixMillis(0));
            let _ = limit.admit(Some(IpAddr::V4(std::net::Ipv4Addr::from_bits(bits))), UnixMillis(0));
            assert!(limit.visitors.len() <= MAX_VISITORS);
        }
    }

    #[test]
    fn heavy_visitor_is_reported_a_tenth_at_a_time() {
        let (mut limit, visitor) = (VisitorLimit::per_second(100), address("192.0.2.1"));
        let mut reported = Vec::new();
        for request in 1..=350 {
            let fills = limit.makes_report_due(visitor);
            limit.admit(visitor, UnixMillis(0)).unwrap();
            assert_eq!(fills, limit.take_report(visitor), "{request}");
            if fills {
                reported.push(request);
            }
        }
        assert_eq!(reported, [100, 200, 300]);
        assert!(!limit.take_report(address("192.0.2.2")));
    }

    #[test]
    fn missed_report_is_taken_by_the_next_request() {
        let (mut limit, visitor) = (VisitorLimit::per_second(1), address("192.0.2.1"));
        (0..2).for_each(|_| limit.admit(visitor, UnixMillis(0)).unwrap());
        assert!(limit.makes_report_due(visitor));
        assert!(limit.take_report(visitor) && limit.take_report(visitor) && !limit.take_report(visitor));
    }

    #[test]
    fn location_refusal_holds_until_the_window_ends() {
        let (mut limit, visitor) = (VisitorLimit::per_second(100), address("192.0.2.1"));
        limit.admit(visitor, UnixMillis(0)).unwrap();
        limit.refuse(visitor, UnixMillis(4_000));
        assert_eq!(limit.check(visitor, UnixMillis(4_000)), Err(6));
        assert_eq!(limit.admit(visitor, UnixMillis(9_500)), Err(1));
        assert!(!limit.take_report(visitor));
        assert_eq!(limit.admit(address("192.0.2.2"), UnixMillis(9_500)), Ok(()));
        assert_eq!(limit.admit(visitor, UnixMillis(10_000)), Ok(()));
    }
}
