//! Where a webhook may be sent: https, and a public host that is not ours. The sender's platform refuses names that resolve to private
//! addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use link_core::names::destination::Destination;

use crate::config::site::SiteConfig;
use crate::limits::MAX_WEBHOOK_URL_BYTES;

pub(crate) fn parse(text: &str, site: &SiteConfig) -> Result<Destination, String> {
    let url = Destination::parse(text).map_err(|error| error.to_string())?;
    if url.as_str().len() > MAX_WEBHOOK_URL_BYTES {
        return Err(format!("must be at most {MAX_WEBHOOK_URL_BYTES} bytes long"));
    }
    if !url.as_str().starts_with("https://") {
        return Err("must begin with https://".to_owned());
    }
    let host = url.comparable_host();
    if site.own_hosts.contains(&host) {
        return Err("must not be a host of this shortener".to_owned());
    }
    let is_public = match host.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(address)) => is_public_v4(address),
        Ok(IpAddr::V6(address)) => is_public_v6(address),
        Err(_) => is_public_name(&host),
    };
    if is_public { Ok(url) } else { Err("must be a public host".to_owned()) }
}

/// Names that only a private network resolves (RFC 6762, RFC 8375, ICANN's reserved `internal`).
fn is_public_name(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let top = host.rsplit('.').next().unwrap_or_default();
    host.contains('.')
        && !matches!(top, "local" | "internal" | "localhost" | "lan" | "home" | "corp")
        && !host.ends_with(".home.arpa")
}

/// IANA's special-purpose registry.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19)))
}

/// Global unicast only, without documentation; the comparable form has taken embedded IPv4 addresses apart.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    (0x2000..0x4000).contains(&first) && !(first == 0x2001 && (second == 0xdb8 || second < 0x200))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(url: &str) -> Result<String, String> {
        parse(url, &SiteConfig::fixture()).map(|url| url.as_str().to_owned())
    }

    #[test]
    fn public_https_address_is_accepted() {
        for url in [
            "https://receiver.example/hooks?key=1",
            "https://receiver.example:8443/",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
        ] {
            assert_eq!(outcome(url).as_deref(), Ok(url));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for url in [
            "",
            "receiver.example",
            "http://receiver.example/",
            "ftp://receiver.example/",
            "https://user:password@receiver.example/",
            "https://go.example.com/hook",
            "https://www.go.example.com/hook",
            "https://direct.example.net/",
            "https://shortline.acct.workers.dev/",
            "https://localhost/",
            "https://receiver/",
            "https://db.internal/",
            "https://printer.local./",
            "https://127.0.0.1/",
            "https://10.0.0.1/",
            "https://0x0a000001/",
            "https://172.16.0.1/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://198.18.0.1/",
            "https://0.0.0.0/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:a00:1::]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[2001:db8::1]/",
        ] {
            assert!(outcome(url).is_err(), "{url}");
        }
        assert!(outcome(&format!("https://receiver.example/{}", "a".repeat(2_100))).is_err());
    }
}
