//! Keeps requests away from this machine and its network, unless the user wants them there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;
use url::{Host, Url};

/// All addresses of a host are private.
#[derive(Debug, thiserror::Error)]
#[error("private address")]
pub struct PrivateAddress;

#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct LookupFailed {
    /// The name server did not answer: the host may exist.
    pub is_temporary: bool,
    cause: String,
}

/// Looks at the addresses that are really connected to, so that a name cannot lead to a private one.
#[derive(Debug)]
pub struct PublicResolver {
    pub allow_private: bool,
    /// A proxy is usually in the own network.
    pub proxy: Option<String>,
}

impl Resolver for PublicResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found =
            DefaultResolver::default().resolve(uri, config, timeout).map_err(|error| match error {
                Error::Io(error) => Error::Other(Box::new(lookup_failed(error.to_string()))),
                error => error,
            })?;
        if self.allow_private || (self.proxy.is_some() && self.proxy.as_deref() == uri.host()) {
            return Ok(found);
        }
        let mut public = self.empty();
        for address in found.iter().filter(|address| is_public(address.ip())) {
            public.push(*address);
        }
        if public.is_empty() { Err(Error::Other(Box::new(PrivateAddress))) } else { Ok(public) }
    }
}

fn lookup_failed(cause: String) -> LookupFailed {
    // The error has no code; the texts are those of glibc, musl and macOS.
    let is_temporary =
        ["Temporary failure", "Try again", "temporarily"].iter().any(|part| cause.contains(part));
    LookupFailed { is_temporary, cause }
}

/// Where a proxy looks names up, this is all that can be known.
pub fn is_private_by_name(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => !is_public(address.into()),
        Some(Host::Ipv6(address)) => !is_public(address.into()),
        None => false,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// By the special-purpose registry of IANA.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b));
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, high, low] = address.segments();
    let [high, low] = [high.to_be_bytes(), low.to_be_bytes()];
    let last = Ipv4Addr::new(high[0], high[1], low[0], low[1]);
    match (a, b) {
        // IPv4-mapped, and NAT64.
        (0, 0) if (c, d, e, f) == (0, 0, 0, 0xffff) => is_public_v4(last),
        (0x64, 0xff9b) if (c, d, e, f) == (0, 0, 0, 0) => is_public_v4(last),
        // 6to4.
        (0x2002, _) => {
            let [b, c] = [b.to_be_bytes(), c.to_be_bytes()];
            is_public_v4(Ipv4Addr::new(b[0], b[1], c[0], c[1]))
        }
        (0x2001, 0xdb8) => false,
        // Global unicast.
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_and_reserved_addresses_are_not_public() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.19.0.1",
            "192.0.0.8",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "64:ff9b::127.0.0.1",
            "2002:7f00:1::",
            "fd00::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in
            ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn private_names_are_known_without_a_lookup() {
        for (url, expected) in [
            ("http://localhost:80/", true),
            ("http://app.localhost./", true),
            ("http://0x7f.1/", true),
            ("http://[::1]/", true),
            ("http://localhost.example.com/", false),
            ("http://1.1.1.1/", false),
        ] {
            assert_eq!(is_private_by_name(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn silent_name_server_is_no_missing_host() {
        let is_temporary = |cause: &str| lookup_failed(cause.to_owned()).is_temporary;
        let prefix = "failed to lookup address information: ";
        assert!(is_temporary(&format!("{prefix}Temporary failure in name resolution")));
        assert!(!is_temporary(&format!("{prefix}Name or service not known")));
        assert!(!is_temporary(&format!("{prefix}nodename nor servname provided, or not known")));
    }
}
