//! Parses host names from JSON, query strings, paths and settings. A host is stored and shown in the spelling of destinations:
//! lower case, internationalised labels as A-labels (UTS #46). Does not know which hosts are ours.

use std::net::Ipv6Addr;

use link_core::names::destination::Destination;
use link_core::names::domain::Domain;
use link_core::names::host;
use serde_json::Value;
use thiserror::Error;

use crate::http::trimming::trimmed;

/// RFC 1035, section 2.3.4.
const MAX_BYTES: usize = 253;
const MAX_LABEL_BYTES: usize = 63;

#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum InvalidHost {
    #[error("must be a string")]
    NotString,
    #[error("must not be empty: write a host name such as go.example.com")]
    Empty,
    #[error("must be a host name without a scheme: go.example.com, not https://go.example.com")]
    Scheme,
    #[error("must be a host name without a user name: go.example.com, not me@go.example.com")]
    UserName,
    #[error("must be a host name without a port: go.example.com, not go.example.com:443")]
    Port,
    #[error("must be a host name without a path: go.example.com, not go.example.com/page")]
    Path,
    #[error("must be one host name, not a pattern with *")]
    Pattern,
    #[error("must be at most {MAX_BYTES} bytes long once encoded, and {MAX_LABEL_BYTES} between two dots")]
    TooLong,
    #[error("must have a label before, between and after its dots, as in go.example.com")]
    EmptyLabel,
    #[error("contains a character that host names cannot have")]
    Character,
    #[error("must be a host name, not an IP address")]
    Address,
    #[error(
        "must be made of letters, digits, hyphens and dots, with no hyphen at the start or end of a label, as in go.example.com"
    )]
    Domain,
}

/// Any host of a destination, IP addresses included, in its comparable form.
pub(crate) fn host(value: &Value) -> Result<String, InvalidHost> {
    parse(value.as_str().ok_or(InvalidHost::NotString)?)
}

/// A host that links may have as their domain.
pub(crate) fn domain(value: &Value) -> Result<Domain, InvalidHost> {
    parse_domain(value.as_str().ok_or(InvalidHost::NotString)?)
}

pub(crate) fn parse_domain(text: &str) -> Result<Domain, InvalidHost> {
    let host = parse(text)?;
    if host::is_address(&host) {
        return Err(InvalidHost::Address);
    }
    host.parse().map_err(|_| InvalidHost::Domain)
}

/// Parses by way of a destination, so that the host is spelled exactly as in a link.
pub(crate) fn parse(text: &str) -> Result<String, InvalidHost> {
    let text = trimmed(text);
    check_bare(text)?;
    let url = if is_bare_ipv6(text) { format!("https://[{text}]/") } else { format!("https://{text}/") };
    let destination = Destination::parse(&url).map_err(|_| InvalidHost::Character)?;
    let written = destination.as_str().strip_prefix("https://").and_then(|rest| rest.strip_suffix('/'));
    let written = written.ok_or(InvalidHost::Character)?;
    let written = written.strip_suffix('.').unwrap_or(written);
    // Percent-encoding may hide an asterisk.
    if written.contains('*') {
        return Err(InvalidHost::Pattern);
    }
    if written.len() > MAX_BYTES || written.split('.').any(|label| label.len() > MAX_LABEL_BYTES) {
        return Err(InvalidHost::TooLong);
    }
    if written.split('.').any(str::is_empty) {
        return Err(InvalidHost::EmptyLabel);
    }
    Ok(host::comparable(written).into_owned())
}

/// Rejects anything besides a host: the URL parser would take the rest for another part of the URL.
fn check_bare(text: &str) -> Result<(), InvalidHost> {
    if text.is_empty() {
        return Err(InvalidHost::Empty);
    }
    // A longer text may still spell something short: "000…0" is the address 0.0.0.0.
    if text.chars().count() > MAX_BYTES {
        return Err(InvalidHost::TooLong);
    }
    if text.contains("://") || text.starts_with("//") {
        return Err(InvalidHost::Scheme);
    }
    if text.contains('@') {
        return Err(InvalidHost::UserName);
    }
    if text.contains(['/', '\\', '?', '#']) {
        return Err(InvalidHost::Path);
    }
    if text.contains('*') {
        return Err(InvalidHost::Pattern);
    }
    let is_ipv6 = is_bare_ipv6(text) || text.starts_with('[') && text.ends_with(']');
    match text.contains(':') && !is_ipv6 {
        true if text.starts_with('[') && !text.contains(']') => Err(InvalidHost::Character),
        true => Err(InvalidHost::Port),
        false => Ok(()),
    }
}

/// An IPv6 address without the brackets of a URL.
fn is_bare_ipv6(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn host_is_spelled_as_in_a_destination() {
        for (text, host) in [
            ("Example.COM", "example.com"),
            ("example.com.", "example.com"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("bu\u{308}cher.example", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("b%C3%BCcher.example", "xn--bcher-kva.example"),
            ("bücher。example．", "xn--bcher-kva.example"),
            ("ｅｘａｍｐｌｅ.com", "example.com"),
            ("\u{feff} example.com\u{200b}\n", "example.com"),
            ("faß.example", "xn--fa-hia.example"),
            ("a_b.example", "a_b.example"),
            ("192.0.2.1", "192.0.2.1"),
            ("0xC0.0.2.1", "192.0.2.1"),
            ("[2001:DB8::0001]", "[2001:db8::1]"),
            ("2001:DB8::0001", "[2001:db8::1]"),
            ("[::ffff:192.0.2.1]", "192.0.2.1"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(host), "{text}");
        }
    }

    #[test]
    fn anything_besides_a_bare_host_is_rejected() {
        use InvalidHost::*;
        let (long, zeros) = (format!("{}.example", "a".repeat(250)), "0".repeat(254));
        let (long_label, umlauts) =
            (format!("{}.example", "a".repeat(64)), format!("{}.example", "ü".repeat(70)));
        for (text, reason) in [
            ("", Empty),
            (" \u{feff}", Empty),
            (".", EmptyLabel),
            ("example.com..", EmptyLabel),
            ("a..example", EmptyLabel),
            ("/", Path),
            ("example.com/", Path),
            ("example.com/path", Path),
            ("example.com?", Path),
            ("example.com#x", Path),
            ("example.com\\x", Path),
            ("example.com:443", Port),
            ("example.com:8443", Port),
            ("example.com:", Port),
            ("[::1]:443", Port),
            ("https://example.com", Scheme),
            ("//example.com", Scheme),
            ("user@example.com", UserName),
            ("*.example.com", Pattern),
            ("%2A.example.com", Pattern),
            ("a b.example", Character),
            ("\0", Character),
            ("example.com\0", Character),
            ("exa\nmple.com", Character),
            ("[::1", Character),
            ("%00", Character),
            ("xn--", Character),
            ("xn--a.example", Character),
            (&zeros, TooLong),
            (&long, TooLong),
            (&long_label, TooLong),
            (&umlauts, TooLong),
        ] {
            assert_eq!(parse(text), Err(reason), "{text:?}");
        }
    }

    #[test]
    fn domain_is_a_valid_dns_name() {
        let domain = |text: &str| parse_domain(text).map(|domain| domain.to_string());
        assert_eq!(domain("München-X.example.").as_deref(), Ok("xn--mnchen-x-65a.example"));
        for (text, reason) in [
            ("192.0.2.1", InvalidHost::Address),
            ("192.0.513", InvalidHost::Address),
            ("[::1]", InvalidHost::Address),
            ("a_b.example", InvalidHost::Domain),
            ("-a.example", InvalidHost::Domain),
        ] {
            assert_eq!(domain(text), Err(reason), "{text}");
        }
    }

    proptest! {
        #[test]
        fn stored_host_parses_to_itself(text in "[a-zA-Z0-9üß.:%\\[\\]-]{0,24}|\\PC{0,12}") {
            if let Ok(host) = parse(&text) {
                prop_assert_eq!(parse(&host), Ok(host.clone()));
            }
        }
    }
}
