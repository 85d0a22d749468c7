//! How many requests one visitor may send: counted in the isolate, so that a request costs no I/O. Who sends many is reported
//! to a counter that the isolates of a location share, by the lot. Decides who counts as one visitor; does not write the
//! answer, nor ask that counter.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use link_core::time::UnixMillis;
use thiserror::Error;

use crate::sigv4::sha256_of;

/// Averages hold over this time, bursts included.
const WINDOW_MILLIS: i64 = 10_000;
const WINDOW_SECONDS: u32 = 10;
/// In which what is allowed in a window is reported. The shared counter counts lots, so `wrangler.toml` allows it as many in
/// as much time, whatever the number of requests in them.
const LOTS: u32 = 10;
/// Visitors counted at a time. When full, those who came least are forgotten: a flood of addresses gains a few requests for
/// each, frees nobody who has sent many, and takes no more memory.
const MAX_VISITORS: usize = 20_000;

#[derive(Debug)]
pub struct VisitorLimit {
    per_window: u32,
    window_began: Option<UnixMillis>,
    visitors: HashMap<Option<IpAddr>, Count>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    requests: u32,
    /// Of them, those that were handed on in full lots.
    reported: u32,
}

impl VisitorLimit {
    pub fn per_second(requests: u32) -> Self {
        Self::per_window(requests.saturating_mul(WINDOW_SECONDS))
    }

    pub fn per_window(per_window: u32) -> Self {
        Self { per_window, window_began: None, visitors: HashMap::new() }
    }

    /// Whether the visitor has used up the window; counts nothing. `Err` is that of [`Self::admit`].
    pub fn check(&self, visitor: Option<IpAddr>, now: UnixMillis) -> Result<(), u32> {
        let Some(began) = self.window_began else { return Ok(()) };
        let age = now.millis_since(began);
        let counted = self.counted(visitor).requests;
        if age >= WINDOW_MILLIS || counted < self.per_window { Ok(()) } else { Err(seconds_left(age)) }
    }

    /// Counts a request; `Err` holds the seconds after which the visitor may come back.
    pub fn admit(&mut self, visitor: Option<IpAddr>, now: UnixMillis) -> Result<(), u32> {
        self.admit_many(visitor, 1, now)
    }

    /// Counts a request that costs as much as so many.
    pub fn admit_many(&mut self, visitor: Option<IpAddr>, requests: u32, now: UnixMillis) -> Result<(), u32> {
        let age = self.window_age(now);
        if self.visitors.len() >= MAX_VISITORS {
            self.forget_the_rare();
        }
        let count = self.visitors.entry(visitor.map(network_of)).or_default();
        count.requests = count.requests.saturating_add(requests);
        if count.requests <= self.per_window { Ok(()) } else { Err(seconds_left(age)) }
    }

    /// Takes back what was counted and turned out to cost nothing, unless its window is over.
    pub fn give_back(&mut self, visitor: Option<IpAddr>, requests: u32, now: UnixMillis) {
        self.window_age(now);
        if let Some(count) = self.visitors.get_mut(&visitor.map(network_of)) {
            count.requests = count.requests.saturating_sub(requests);
        }
    }

    /// Whether the visitor's next request makes a lot full.
    pub fn fills_a_lot(&self, visitor: Option<IpAddr>) -> bool {
        let count = self.counted(visitor);
        count.requests.saturating_sub(count.reported).saturating_add(1) >= self.lot()
    }

    /// Whether a lot is to be reported; it counts as reported then.
    pub fn take_lot(&mut self, visitor: Option<IpAddr>) -> bool {
        let lot = self.lot();
        let Some(count) = self.visitors.get_mut(&visitor.map(network_of)) else { return false };
        let is_full = count.requests.saturating_sub(count.reported) >= lot;
        if is_full {
            count.reported = count.reported.saturating_add(lot);
        }
        is_full
    }

    /// The location has had enough of the visitor. For the rest of the window that is known here.
    pub fn refuse(&mut self, visitor: Option<IpAddr>, now: UnixMillis) {
        self.window_age(now);
        self.visitors.insert(visitor.map(network_of), Count { requests: u32::MAX, reported: u32::MAX });
    }

    fn lot(&self) -> u32 {
        (self.per_window / LOTS).max(1)
    }

    fn counted(&self, visitor: Option<IpAddr>) -> Count {
        self.visitors.get(&visitor.map(network_of)).copied().unwrap_or_default()
    }

    /// Begins another window where one is over.
    fn window_age(&mut self, now: UnixMillis) -> i64 {
        let age = now.millis_since(*self.window_began.get_or_insert(now));
        if age < WINDOW_MILLIS {
            return age;
        }
        self.window_began = Some(now);
        self.visitors.clear();
        0
    }

    fn forget_the_rare(&mut self) {
        let mut rare = 1u32;
        while self.visitors.len() > MAX_VISITORS / 2 {
            self.visitors.retain(|_, count| count.requests > rare);
            rare = rare.saturating_mul(2);
        }
    }
}

/// For the shared counter: the same in every isolate, and no address. What is counted of a visitor tells keys apart that
/// share a counter.
pub fn counter_key(secret: &str, counted: &str, visitor: Option<IpAddr>) -> String {
    let digest = sha256_of(format!("{secret}\n{counted}\n{:?}", visitor.map(network_of)).as_bytes());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn seconds_left(age: i64) -> u32 {
    let remaining = u64::try_from(WINDOW_MILLIS - age).unwrap_or_default();
    u32::try_from(remaining.div_ceil(1_000)).unwrap_or(1).max(1)
}

/// A household has a /64 of IPv6 addresses to itself (RFC 6177), so that is one visitor.
fn network_of(address: IpAddr) -> IpAddr {
    truncated(address, 64)
}

/// A customer may have a /48 routed (RFC 6177), which is 65,536 visitors: who guesses passwords is counted by that.
pub fn site_of(address: IpAddr) -> IpAddr {
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

/// Networks that are never limited: an office behind one address, a monitor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowList(Vec<Network>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    prefix: u32,
}

#[derive(Debug, Error, PartialEq, Eq)]
#[error("{0:?} is neither an address nor a network such as 192.0.2.0/24 or 2001:db8::/32")]
pub struct MalformedNetwork(String);

impl AllowList {
    pub fn holds(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.holds(address))
    }
}

impl Network {
    fn holds(&self, address: IpAddr) -> bool {
        let prefix = |bits: u128, width: u32| bits.checked_shr(width - self.prefix).unwrap_or_default();
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                prefix(own.to_bits().into(), 32) == prefix(other.to_bits().into(), 32)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                prefix(own.to_bits(), 128) == prefix(other.to_bits(), 128)
            }
            _ => false,
        }
    }
}

/// Comma-separated addresses and CIDR networks (RFC 4632); empty allows nobody.
impl FromStr for AllowList {
    type Err = MalformedNetwork;

    fn from_str(text: &str) -> Result<Self, MalformedNetwork> {
        text.split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl FromStr for Network {
    type Err = MalformedNetwork;

    fn from_str(text: &str) -> Result<Self, MalformedNetwork> {
        let malformed = || MalformedNetwork(text.to_owned());
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse().map_err(|_| malformed())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| malformed())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(width);
        if prefix > width { Err(malformed()) } else { Ok(Self { address, prefix }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_visitor_has_a_thousand_requests_in_ten_seconds() {
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
    fn a_check_counts_nothing() {
        let mut limit = VisitorLimit::per_window(1);
        (0..10).for_each(|_| assert_eq!(limit.check(address("192.0.2.1"), UnixMillis(0)), Ok(())));
        limit.admit(address("192.0.2.1"), UnixMillis(0)).unwrap();
        assert_eq!(limit.check(address("192.0.2.1"), UnixMillis(9_000)), Err(1));
        assert_eq!(limit.check(address("192.0.2.2"), UnixMillis(9_000)), Ok(()));
        assert_eq!(limit.check(address("192.0.2.1"), UnixMillis(10_000)), Ok(()));
    }

    #[test]
    fn a_request_may_cost_as_much_as_many_and_be_taken_back() {
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
    fn an_ipv6_visitor_is_a_64_and_a_mapped_address_is_its_ipv4() {
        for (one, other, same) in [
            ("2001:db8::1", "2001:db8::ffff:1", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("::ffff:192.0.2.1", "192.0.2.1", true),
        ] {
            assert_eq!(
                network_of(one.parse().unwrap()) == network_of(other.parse().unwrap()),
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
                site_of(one.parse().unwrap()) == site_of(other.parse().unwrap()),
                same,
                "{one} {other}"
            );
        }
    }

    #[test]
    fn memory_stays_bounded_under_a_flood_of_addresses() {
        let mut limit = VisitorLimit::per_second(100);
        for bits in 0..50_000 {
            limit.admit(Some(IpAddr::V4(std::net::Ipv4Addr::from_bits(bits))), UnixMillis(0)).unwrap();
            assert!(limit.visitors.len() <= MAX_VISITORS);
        }
    }

    #[test]
    fn a_flood_of_addresses_frees_nobody_who_sent_many() {
        let (mut limit, heavy) = (VisitorLimit::per_second(100), address("192.0.2.1"));
        let mut refused = 0;
        for bits in 0..200_000 {
            limit.admit(Some(IpAddr::V4(std::net::Ipv4Addr::from_bits(bits))), UnixMillis(0)).unwrap();
            refused += u32::from(bits % 100 == 0 && limit.admit(heavy, UnixMillis(0)).is_err());
        }
        assert!((900..=1_000).contains(&refused), "{refused} of 2,000");
        // Not even where all have sent many.
        let mut limit = VisitorLimit::per_window(1);
        for bits in 0..50_000 {
            limit.refuse(Some(IpAddr::V4(std::net::Ipv4Addr::from_bits(bits))), UnixMillis(0));
            let _ = limit.admit(Some(IpAddr::V4(std::net::Ipv4Addr::from_bits(bits))), UnixMillis(0));
            assert!(limit.visitors.len() <= MAX_VISITORS);
        }
    }

    #[test]
    fn whoever_sends_many_is_reported_by_the_lot() {
        let (mut limit, visitor) = (VisitorLimit::per_second(100), address("192.0.2.1"));
        let mut reported = Vec::new();
        for request in 1..=350 {
            let fills = limit.fills_a_lot(visitor);
            limit.admit(visitor, UnixMillis(0)).unwrap();
            assert_eq!(fills, limit.take_lot(visitor), "{request}");
            if fills {
                reported.push(request);
            }
        }
        assert_eq!(reported, [100, 200, 300]);
        assert!(!limit.take_lot(address("192.0.2.2")));
    }

    #[test]
    fn a_lot_that_nobody_took_is_taken_by_the_next_request() {
        let (mut limit, visitor) = (VisitorLimit::per_second(1), address("192.0.2.1"));
        (0..2).for_each(|_| limit.admit(visitor, UnixMillis(0)).unwrap());
        assert!(limit.fills_a_lot(visitor));
        assert!(limit.take_lot(visitor) && limit.take_lot(visitor) && !limit.take_lot(visitor));
    }

    #[test]
    fn whom_the_location_refuses_is_refused_here_until_the_window_is_over() {
        let (mut limit, visitor) = (VisitorLimit::per_second(100), address("192.0.2.1"));
        limit.admit(visitor, UnixMillis(0)).unwrap();
        limit.refuse(visitor, UnixMillis(4_000));
        assert_eq!(limit.check(visitor, UnixMillis(4_000)), Err(6));
        assert_eq!(limit.admit(visitor, UnixMillis(9_500)), Err(1));
        assert!(!limit.take_lot(visitor));
        assert_eq!(limit.admit(address("192.0.2.2"), UnixMillis(9_500)), Ok(()));
        assert_eq!(limit.admit(visitor, UnixMillis(10_000)), Ok(()));
    }

    #[test]
    fn the_shared_counters_key_is_the_networks_and_no_address() {
        let key = |text| counter_key("secret", "misses", address(text));
        assert_eq!(key("2001:db8::1"), key("2001:db8::2"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
        assert!(!key("192.0.2.1").contains("192"));
        assert_ne!(key("192.0.2.1"), counter_key("secret", "passwords", address("192.0.2.1")));
    }

    #[test]
    fn networks_on_the_allow_list_hold_their_addresses_only() {
        let list: AllowList =
            "127.0.0.1/32, ::1/128,198.51.100.0/24,2001:db8::/32, 192.0.2.7".parse().unwrap();
        for inside in ["127.0.0.1", "::1", "198.51.100.255", "2001:db8:ffff::1", "192.0.2.7"] {
            assert!(list.holds(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["127.0.0.2", "::2", "198.51.101.0", "2001:db9::", "192.0.2.8"] {
            assert!(!list.holds(outside.parse().unwrap()), "{outside}");
        }
        let everybody: AllowList = "0.0.0.0/0,::/0".parse().unwrap();
        assert!(
            everybody.holds("203.0.113.9".parse().unwrap())
                && everybody.holds("2001:db8::1".parse().unwrap())
        );
        assert!(!"".parse::<AllowList>().unwrap().holds("127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn what_is_no_network_is_refused_by_name() {
        for text in ["x", "1.2.3", "1.2.3.4/33", "::/129", "1.2.3.4/", "1.2.3.4/-1", "/8"] {
            assert_eq!(text.parse::<AllowList>(), Err(MalformedNetwork(text.to_owned())), "{text}");
        }
    }
}
