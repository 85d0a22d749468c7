//! How many requests one visitor may send: counted in the isolate, so that a request costs no I/O. Decides who counts
//! as one visitor; does not write the answer.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use link_core::time::UnixMillis;
use thiserror::Error;

/// Averages hold over this time, bursts included.
const WINDOW_MILLIS: i64 = 10_000;
const WINDOW_SECONDS: u32 = 10;
/// Visitors counted at a time. When full the counting starts over: a flood of addresses may gain a window, not memory.
const MAX_VISITORS: usize = 20_000;

#[derive(Debug)]
pub struct VisitorLimit {
    per_window: u32,
    window_began: Option<UnixMillis>,
    requests: HashMap<Option<IpAddr>, u32>,
}

impl VisitorLimit {
    pub fn per_second(requests: u32) -> Self {
        Self::per_window(requests.saturating_mul(WINDOW_SECONDS))
    }

    pub fn per_window(per_window: u32) -> Self {
        Self { per_window, window_began: None, requests: HashMap::new() }
    }

    /// Whether the visitor has used up the window; counts nothing. `Err` is that of [`Self::admit`].
    pub fn check(&self, visitor: Option<IpAddr>, now: UnixMillis) -> Result<(), u32> {
        let Some(began) = self.window_began else { return Ok(()) };
        let age = now.millis_since(began);
        let counted = self.requests.get(&visitor.map(network_of)).copied().unwrap_or_default();
        if age >= WINDOW_MILLIS || counted < self.per_window { Ok(()) } else { Err(seconds_left(age)) }
    }

    /// Counts a request; `Err` holds the seconds after which the visitor may come back.
    pub fn admit(&mut self, visitor: Option<IpAddr>, now: UnixMillis) -> Result<(), u32> {
        let began = *self.window_began.get_or_insert(now);
        let age = now.millis_since(began);
        if age >= WINDOW_MILLIS || self.requests.len() >= MAX_VISITORS {
            self.window_began = Some(now);
            self.requests.clear();
        }
        let requests = self.requests.entry(visitor.map(network_of)).or_default();
        *requests += 1;
        if *requests <= self.per_window {
            return Ok(());
        }
        Err(seconds_left(age))
    }
}

fn seconds_left(age: i64) -> u32 {
    let remaining = u64::try_from(WINDOW_MILLIS - age).unwrap_or_default();
    u32::try_from(remaining.div_ceil(1_000)).unwrap_or(1).max(1)
}

/// A household has a /64 of IPv6 addresses to itself (RFC 6177), so that is one visitor.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => IpAddr::V4(mapped),
            None => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
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
    fn memory_stays_bounded_under_a_flood_of_addresses() {
        let mut limit = VisitorLimit::per_second(100);
        for bits in 0..50_000 {
            limit.admit(Some(IpAddr::V4(std::net::Ipv4Addr::from_bits(bits))), UnixMillis(0)).unwrap();
            assert!(limit.requests.len() <= MAX_VISITORS);
        }
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
