//! The allow-list: visitors that are never limited, except in their password attempts.

use std::net::IpAddr;
use std::str::FromStr;

use thiserror::Error;

/// Addresses and networks: an office behind one address, a monitor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowList(Vec<Cidr>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Cidr {
    address: IpAddr,
    prefix: u32,
}

#[derive(Debug, Error, PartialEq, Eq)]
#[error("{0:?} is neither an address nor a network such as 192.0.2.0/24 or 2001:db8::/32")]
pub struct MalformedCidr(String);

impl AllowList {
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|cidr| cidr.contains(address))
    }
}

impl Cidr {
    fn contains(&self, address: IpAddr) -> bool {
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

/// Comma-separated addresses and CIDR networks (RFC 4632); may be empty.
impl FromStr for AllowList {
    type Err = MalformedCidr;

    fn from_str(text: &str) -> Result<Self, MalformedCidr> {
        text.split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl FromStr for Cidr {
    type Err = MalformedCidr;

    fn from_str(text: &str) -> Result<Self, MalformedCidr> {
        let malformed = || MalformedCidr(text.to_owned());
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

    #[test]
    fn allow_list_contains_its_networks_only() {
        let list: AllowList =
            "127.0.0.1/32, ::1/128,198.51.100.0/24,2001:db8::/32, 192.0.2.7".parse().unwrap();
        for inside in ["127.0.0.1", "::1", "198.51.100.255", "2001:db8:ffff::1", "192.0.2.7"] {
            assert!(list.contains(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["127.0.0.2", "::2", "198.51.101.0", "2001:db9::", "192.0.2.8"] {
            assert!(!list.contains(outside.parse().unwrap()), "{outside}");
        }
        let everybody: AllowList = "0.0.0.0/0,::/0".parse().unwrap();
        assert!(
            everybody.contains("203.0.113.9".parse().unwrap())
                && everybody.contains("2001:db8::1".parse().unwrap())
        );
        assert!(!"".parse::<AllowList>().unwrap().contains("127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn malformed_network_is_named() {
        for text in ["x", "1.2.3", "1.2.3.4/33", "::/129", "1.2.3.4/", "1.2.3.4/-1", "/8"] {
            assert_eq!(text.parse::<AllowList>(), Err(MalformedCidr(text.to_owned())), "{text}");
        }
    }
}
