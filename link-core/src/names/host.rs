//! Normalises destination hosts so that they can be compared with our own and blocked hosts. Knows neither list.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

/// One spelling for all hosts that reach the same machine: an IPv6 address that embeds an IPv4 address, such as
/// `[::ffff:198.51.100.77]`, becomes that IPv4 address. `host` is in the WHATWG parser's form; an IPv6 address has brackets.
pub fn comparable(host: &str) -> Cow<'_, str> {
    let embedded = ipv6(host).and_then(embedded_ipv4);
    embedded.map_or(Cow::Borrowed(host), |address| Cow::Owned(address.to_string()))
}

/// Whether a comparable host is the visitor's own machine: a loopback address, "this host" (0.0.0.0/8), or a name that always
/// resolves to loopback (RFC 6761, section 6.3).
pub fn is_loopback(host: &str) -> bool {
    if let Some(address) = ipv6(host) {
        return address.is_loopback() || address.is_unspecified();
    }
    match host.parse::<Ipv4Addr>() {
        Ok(address) => address.is_loopback() || address.octets().first() == Some(&0),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Whether the host is an IP address. The WHATWG parser writes every IPv4 address in dotted decimals.
pub fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok()
}

fn ipv6(host: &str) -> Option<Ipv6Addr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// The IPv4 address that an IPv6 address embeds, in any standard way that reaches it.
fn embedded_ipv4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let (high, low) = match address.segments() {
        // IPv4-mapped (RFC 4291) and IPv4-translated (RFC 2765).
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => (high, low),
        // IPv4-compatible (RFC 4291). 0.0.0.0/16 is excluded: nobody has such an address, and `::` and `::1` are IPv6 addresses.
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => (high, low),
        // NAT64: the well-known prefix (RFC 6052), and the one for local use (RFC 8215).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x64, 0xff9b, 1, _, _, _, high, low] => (high, low),
        // 6to4 (RFC 3056).
        [0x2002, high, low, ..] => (high, low),
        // Teredo (RFC 4380): the client's address, with every bit inverted.
        [0x2001, 0, _, _, _, _, high, low] => (!high, !low),
        // ISATAP (RFC 5214).
        [_, _, _, _, 0 | 0x200, 0x5efe, high, low] => (high, low),
        _ => return None,
    };
    Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::names::destination::Destination;

    /// Parses the host as part of a destination, as in production.
    fn comparable_in_url(host: &str) -> String {
        let destination = Destination::parse(&format!("https://{host}/")).unwrap();
        comparable(destination.host()).into_owned()
    }

    #[test]
    fn every_spelling_of_an_ipv4_address_is_the_same_host() {
        for host in [
            "198.51.100.77",
            "198.51.100.77.",
            "0xc633644d",
            "3325256781",
            "0306.063.0144.0115",
            "198.51.25677",
            "１９８。５１｡100．77",
            "[::ffff:198.51.100.77]",
            "[::ffff:c633:644d]",
            "[0:0:0:0:0:FFFF:C633:644D]",
            "[::ffff:0:198.51.100.77]",
            "[::198.51.100.77]",
            "[64:ff9b::c633:644d]",
            "[64:ff9b:1::198.51.100.77]",
            "[64:ff9b:1:fffe::c633:644d]",
            "[2002:c633:644d::]",
            "[2002:c633:644d:1::1]",
            "[2001:0:4136:e378:8000:63bf:39cc:9bb2]",
            "[fe80::5efe:c633:644d]",
            "[2001:db8::200:5efe:198.51.100.77]",
        ] {
            assert_eq!(comparable_in_url(host), "198.51.100.77", "{host}");
        }
    }

    #[test]
    fn other_hosts_are_unchanged() {
        for host in
            ["example.com", "[2001:db8::c633:644d]", "[::1]", "[::]", "[64:ff9b:2::c633:644d]", "[2001:1::1]"]
        {
            assert_eq!(comparable(host), host);
        }
    }

    #[test]
    fn loopback_is_recognised_in_every_spelling() {
        for host in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "2130706433",
            "127.255.255.254",
            "0.0.0.0",
            "0",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[64:ff9b::7f00:1]",
        ] {
            assert!(is_loopback(&comparable_in_url(host)), "{host}");
        }
        for host in ["128.0.0.1", "notlocalhost", "localhost.example", "127.0.0.1.example", "[::2]"] {
            assert!(!is_loopback(&comparable_in_url(host)), "{host}");
        }
    }

    #[test]
    fn addresses_differ_from_names() {
        for (host, expected) in [("192.0.2.1", true), ("[2001:db8::1]", true), ("192.0.2.1.example", false)] {
            assert_eq!(is_address(host), expected, "{host}");
        }
    }

    proptest! {
        #[test]
        fn comparable_is_idempotent(segments in any::<[u16; 8]>()) {
            let host = format!("[{}]", Ipv6Addr::from(segments));
            let once = comparable(&host).into_owned();
            prop_assert_eq!(comparable(&once).into_owned(), once.clone());
        }
    }
}
