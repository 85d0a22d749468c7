//! The destination of a link: which URLs are valid, and how they are normalised. Does not know which hosts are blocked or our own.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use crate::names::host::comparable;

/// Browsers and proxies cut or refuse longer URLs.
pub const MAX_BYTES: usize = 8_192;

/// An absolute `http` or `https` URL as the WHATWG parser serialises it: printable ASCII, ready for a `Location` header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Destination(String);

#[derive(Debug, Error, PartialEq, Eq)]
pub enum InvalidDestination {
    #[error("must be an absolute URL such as https://example.com/page")]
    NotAbsolute,
    #[error("must begin with http:// or https://, not {0}:")]
    Scheme(String),
    #[error("must not contain a user name or password")]
    Credentials,
    #[error("must not contain control characters")]
    ControlCharacter,
    #[error("must be at most {MAX_BYTES} bytes long once encoded; this one has {0}")]
    TooLong(usize),
}

impl Destination {
    /// Parses what a client sent.
    pub fn parse(input: &str) -> Result<Self, InvalidDestination> {
        // The WHATWG parser silently drops tabs and newlines, so the link would lead to a URL that nobody entered.
        if input.chars().any(char::is_control) {
            return Err(InvalidDestination::ControlCharacter);
        }
        // Input far above the limit is not parsed: only spaces around it and dot segments could make it shorter.
        if input.len() > 4 * MAX_BYTES {
            return Err(InvalidDestination::TooLong(input.len()));
        }
        let url = Url::parse(input).map_err(|_| InvalidDestination::NotAbsolute)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidDestination::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidDestination::Credentials);
        }
        let text = String::from(url);
        if text.len() > MAX_BYTES {
            return Err(InvalidDestination::TooLong(text.len()));
        }
        Ok(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host in lower case, without the port and without a final dot. An IPv6 address keeps its brackets.
    pub fn host(&self) -> &str {
        host(&self.0)
    }

    /// The host in the spelling that is compared with our own and blocked hosts; see [`crate::names::host::comparable`].
    pub fn comparable_host(&self) -> Cow<'_, str> {
        comparable(self.host())
    }
}

/// The host of a URL that begins with a destination; see [`Destination::host`].
pub(crate) fn host(url: &str) -> &str {
    let authority = authority(url);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    host.trim_end_matches('.')
}

/// The part between `//` and the path, query or fragment. Empty for an app's URL without one, such as `tel:+49123`.
pub(crate) fn authority(url: &str) -> &str {
    // Not the first `://`, which may be in a mail's text.
    let rest = url.split_once(':').and_then(|(_, rest)| rest.strip_prefix("//")).unwrap_or_default();
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// Whether a stored URL is a destination, and not an app's URL.
pub(crate) fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

#[derive(Debug, Error, PartialEq, Eq)]
#[error("not a stored destination: an http or https URL in printable ASCII of at most {MAX_BYTES} bytes")]
pub struct NotAStoredDestination;

/// Reads a URL from a store or a cache, which was parsed before. Checks only what a `Location` header needs, so that a damaged
/// record can do no harm.
impl TryFrom<String> for Destination {
    type Error = NotAStoredDestination;

    fn try_from(text: String) -> Result<Self, NotAStoredDestination> {
        let is_printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        let authority = authority(&text);
        let has_host = !authority.is_empty() && !authority.contains('@');
        let is_valid = is_web(&text) && is_printable && has_host && text.len() <= MAX_BYTES;
        if is_valid { Ok(Self(text)) } else { Err(NotAStoredDestination) }
    }
}

impl From<Destination> for String {
    fn from(destination: Destination) -> Self {
        destination.0
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(input: &str) -> Result<String, InvalidDestination> {
        Destination::parse(input).map(String::from)
    }

    #[test]
    fn url_is_stored_as_the_whatwg_parser_serialises_it() {
        for (input, stored) in [
            ("https://example.com", "https://example.com/"),
            ("HTTP://EXAMPLE.com:80/a/../b?q=ü#f", "http://example.com/b?q=%C3%BC#f"),
            ("https://bücher.example/ß", "https://xn--bcher-kva.example/%C3%9F"),
            (" https://example.com/a b ", "https://example.com/a%20b"),
            ("https:example.com", "https://example.com/"),
        ] {
            assert_eq!(parse(input).as_deref(), Ok(stored), "{input}");
        }
    }

    #[test]
    fn invalid_url_is_refused_with_a_reason() {
        use InvalidDestination::*;
        for (input, reason) in [
            ("", NotAbsolute),
            ("example.com/page", NotAbsolute),
            ("//example.com", NotAbsolute),
            ("https://", NotAbsolute),
            ("javascript:alert(1)", Scheme("javascript".into())),
            ("data:text/html,x", Scheme("data".into())),
            ("https://user@example.com", Credentials),
            ("https://user:pass@example.com", Credentials),
            ("https://example.com/\n", ControlCharacter),
            ("https://exa\tmple.com/", ControlCharacter),
        ] {
            assert_eq!(parse(input), Err(reason), "{input:?}");
        }
    }

    #[test]
    fn limit_counts_bytes_after_encoding() {
        let fits = format!("https://example.com/{}", "a".repeat(MAX_BYTES - 20));
        assert_eq!(parse(&fits).map(|url| url.len()), Ok(MAX_BYTES));
        assert_eq!(parse(&format!("{fits}a")), Err(InvalidDestination::TooLong(MAX_BYTES + 1)));
        let umlauts = format!("https://example.com/{}", "ü".repeat(2_000));
        assert_eq!(parse(&umlauts), Err(InvalidDestination::TooLong(20 + 6 * 2_000)));
    }

    proptest! {
        #[test]
        fn accepted_url_is_valid_in_a_header_and_round_trips(path in ".{0,40}", host in "[a-z]{1,9}") {
            if let Ok(destination) = Destination::parse(&format!("https://{host}.test/{path}")) {
                prop_assert_eq!(destination.host(), format!("{host}.test"));
                prop_assert_eq!(Destination::try_from(destination.to_string()), Ok(destination));
            }
        }
    }

    #[test]
    fn host_has_neither_port_nor_final_dot() {
        for (url, host) in [
            ("https://GO.example.com.:8443/x?y", "go.example.com"),
            ("https://example.com?a=b:1", "example.com"),
            ("http://[2001:db8::1]:80/", "[2001:db8::1]"),
            ("http://[2001:db8::1]", "[2001:db8::1]"),
            ("http://0x7f.1/", "127.0.0.1"),
            ("https://bücher.example", "xn--bcher-kva.example"),
        ] {
            assert_eq!(Destination::parse(url).unwrap().host(), host, "{url}");
        }
    }

    #[test]
    fn damaged_stored_destination_is_refused() {
        for text in [
            "",
            "ftp://x/",
            "https://x/\r\nset-cookie: a=b",
            "https://x/ü",
            "javascript:1",
            "https:///x",
            "https://a@b/",
        ] {
            assert_eq!(Destination::try_from(text.to_owned()), Err(NotAStoredDestination), "{text:?}");
        }
    }
}
