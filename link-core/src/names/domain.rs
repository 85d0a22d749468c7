//! The host name that a link belongs to, and how it follows from a Host header. Does not know which domains exist.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A host name in lower case, without a port: letters, digits, `-` and `.`, at most 253 bytes (RFC 1035).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Domain(String);

#[derive(Debug, Error, PartialEq, Eq)]
#[error("a domain is a host name such as go.example.com: letters, digits, hyphens and dots")]
pub struct MalformedDomain;

impl Domain {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The domain that a Host header names. Loopback and `*.workers.dev`, which reach a Worker before it has its own domain, yield
    /// `default`; any other host name is the domain itself. `None` if the host is not a host name, such as an IP address: no link
    /// can belong to it.
    pub fn from_host<'a>(host: &str, default: &'a Domain) -> Option<Cow<'a, Domain>> {
        let name = strip_port(host);
        // With the root's dot, `go.example.com.` is the same host (RFC 1034, section 3.1).
        let name = name.strip_suffix('.').unwrap_or(name);
        let is_default = name.eq_ignore_ascii_case(default.as_str())
            || ["localhost", "127.0.0.1", "[::1]"].iter().any(|loopback| name.eq_ignore_ascii_case(loopback))
            || name.to_ascii_lowercase().ends_with(".workers.dev");
        if is_default {
            return Some(Cow::Borrowed(default));
        }
        // A host whose last label is a number is an IPv4 address or invalid (WHATWG URL, section 3.5).
        let is_address =
            name.rsplit('.').next().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
        if is_address { None } else { name.parse().ok().map(Cow::Owned) }
    }
}

/// Removes the port from `host [":" port]` (RFC 3986). An IPv6 address keeps its brackets.
fn strip_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

impl FromStr for Domain {
    type Err = MalformedDomain;

    fn from_str(text: &str) -> Result<Self, MalformedDomain> {
        let labels_are_valid = text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        });
        if labels_are_valid && text.len() <= 253 {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(MalformedDomain)
        }
    }
}

impl TryFrom<String> for Domain {
    type Error = MalformedDomain;

    fn try_from(text: String) -> Result<Self, MalformedDomain> {
        text.parse()
    }
}

impl From<Domain> for String {
    fn from(domain: Domain) -> Self {
        domain.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_host(host: &str) -> Option<String> {
        let default: Domain = "Go.Example.com".parse().unwrap();
        Domain::from_host(host, &default).map(|domain| domain.to_string())
    }

    #[test]
    fn loopback_and_workers_dev_yield_the_default_domain() {
        for host in [
            "go.example.com",
            "GO.example.com:443",
            "go.example.com.",
            "localhost:8787",
            "127.0.0.1:8787",
            "[::1]:8787",
            "shortline.someone.workers.dev",
        ] {
            assert_eq!(from_host(host).as_deref(), Some("go.example.com"), "{host}");
        }
    }

    #[test]
    fn other_host_name_is_its_own_domain() {
        for (host, domain) in [
            ("example.com", "example.com"),
            ("S.Brand.test:8443", "s.brand.test"),
            ("go.example.com.evil.test", "go.example.com.evil.test"),
            ("evil-workers.dev", "evil-workers.dev"),
            ("xn--bcher-kva.test.", "xn--bcher-kva.test"),
        ] {
            assert_eq!(from_host(host).as_deref(), Some(domain), "{host}");
        }
    }

    #[test]
    fn host_that_is_not_a_host_name_has_no_domain() {
        for host in [
            "",
            ".",
            ":80",
            "a..b",
            "a_b.test",
            "a.test..",
            "127.0.0.2",
            "192.0.2.1:80",
            "[::2]:80",
            "a/b",
            "ü.test",
        ] {
            assert_eq!(from_host(host), None, "{host}");
        }
    }

    #[test]
    fn only_host_names_parse_as_domains() {
        for text in ["", ".", "a..b", "-a.test", "a-.test", "a_b.test", "a.test:80", "bücher.test", " a"] {
            assert_eq!(text.parse::<Domain>(), Err(MalformedDomain), "{text}");
        }
        assert_eq!("XN--BCHER-KVA.test".parse::<Domain>().unwrap().as_str(), "xn--bcher-kva.test");
    }
}
