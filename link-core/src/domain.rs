//! The host name a link lives under, and which one a Host header means. Does not know which domains exist.

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

    /// The domain that a Host header names: `default` itself, or one of the names under which a Worker is reached
    /// before it has a domain of its own (loopback, `*.workers.dev`). Anything else is somebody else's.
    pub fn from_host<'a>(host: &str, default: &'a Domain) -> Option<&'a Domain> {
        let name = strip_port(host);
        let stands_for_default = name.eq_ignore_ascii_case(default.as_str())
            || ["localhost", "127.0.0.1", "[::1]"].iter().any(|loopback| name.eq_ignore_ascii_case(loopback))
            || name.to_ascii_lowercase().ends_with(".workers.dev");
        stands_for_default.then_some(default)
    }
}

/// RFC 3986 `host [":" port]`; an IPv6 address keeps its brackets.
fn strip_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

impl FromStr for Domain {
    type Err = MalformedDomain;

    fn from_str(text: &str) -> Result<Self, MalformedDomain> {
        let labels_fit = text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        });
        if labels_fit && text.len() <= 253 {
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

    #[test]
    fn a_host_header_is_mapped_to_the_default_domain_or_to_none() {
        let default: Domain = "Go.Example.com".parse().unwrap();
        for host in ["go.example.com", "GO.example.com:443", "localhost:8787", "127.0.0.1:8787", "[::1]:8787"]
        {
            assert_eq!(Domain::from_host(host, &default), Some(&default), "{host}");
        }
        assert_eq!(Domain::from_host("shortline.someone.workers.dev", &default), Some(&default));
        for host in
            ["", "example.com", "go.example.com.evil.test", "evil-workers.dev", "127.0.0.2", "[::2]:80"]
        {
            assert_eq!(Domain::from_host(host, &default), None, "{host}");
        }
    }

    #[test]
    fn only_host_names_are_domains() {
        for text in ["", ".", "a..b", "-a.test", "a-.test", "a_b.test", "a.test:80", "bücher.test", " a"] {
            assert_eq!(text.parse::<Domain>(), Err(MalformedDomain), "{text}");
        }
        assert_eq!("XN--BCHER-KVA.test".parse::<Domain>().unwrap().as_str(), "xn--bcher-kva.test");
    }
}
