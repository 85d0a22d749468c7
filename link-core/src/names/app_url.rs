//! A URL that opens an app, such as `tel:+49123` or `market://details?id=x`: what it may look like. Which schemes are allowed is the
//! origin's to decide.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use super::destination::{self, Destination, MAX_BYTES};

/// A browser would run what such a URL says, or read it from the visitor's disk or memory. No setting allows them.
pub const FORBIDDEN_SCHEMES: [&str; 5] = ["javascript", "data", "file", "blob", "vbscript"];

/// Printable ASCII, ready for a `Location` header, with a scheme that is neither `http`, `https` nor forbidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AppUrl(String);

#[derive(Debug, Error, PartialEq, Eq)]
pub enum InvalidAppUrl {
    #[error("must not contain control characters")]
    ControlCharacter,
    #[error("must be a URL with the scheme of an app, such as tel:+49123")]
    NotAnAppUrl,
    #[error("must not contain a user name or password before a host")]
    Credentials,
    #[error("must be at most {MAX_BYTES} bytes long once encoded; this one has {0}")]
    TooLong(usize),
    #[error("must not contain scheme={0} in an intent")]
    IntentScheme(String),
    #[error("must have an http or https URL as S.browser_fallback_url of an intent")]
    Fallback,
}

#[derive(Debug, Error, PartialEq, Eq)]
#[error("not a stored app URL: an allowed scheme and printable ASCII of at most {MAX_BYTES} bytes")]
pub struct NotAStoredAppUrl;

/// Whether the text is the scheme of an app (RFC 3986, section 3.1), in any case.
pub fn is_app_scheme(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(is_inner)
        && !["http", "https"].iter().chain(&FORBIDDEN_SCHEMES).any(|other| text.eq_ignore_ascii_case(other))
}

impl AppUrl {
    /// Parses what a client sent.
    pub fn parse(input: &str) -> Result<Self, InvalidAppUrl> {
        if input.chars().any(char::is_control) {
            return Err(InvalidAppUrl::ControlCharacter);
        }
        if input.len() > 4 * MAX_BYTES {
            return Err(InvalidAppUrl::TooLong(input.len()));
        }
        let url = Url::parse(input).map_err(|_| InvalidAppUrl::NotAnAppUrl)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidAppUrl::Credentials);
        }
        // The WHATWG parser leaves spaces in a path without an authority.
        let text = utf8_percent_encode(url.as_str(), SPACES).to_string();
        if text.len() > MAX_BYTES {
            return Err(InvalidAppUrl::TooLong(text.len()));
        }
        let url = Self::try_from(text).map_err(|_| InvalidAppUrl::NotAnAppUrl)?;
        for (name, value) in url.intent_fields() {
            let is_forbidden = !is_app_scheme(&value) && !matches!(&*value, "http" | "https");
            match &*name {
                "scheme" if is_forbidden => return Err(InvalidAppUrl::IntentScheme(value.into_owned())),
                FALLBACK if Destination::parse(&value).is_err() => return Err(InvalidAppUrl::Fallback),
                _ => {}
            }
        }
        Ok(url)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The hosts that the visitor may end up at, in comparable form: the one after `//`, which many apps open as a web page, and that of
    /// an intent's fallback, which a browser opens if the app is missing.
    pub fn comparable_hosts(&self) -> Vec<String> {
        let host = destination::host(&self.0);
        // Apps have numbers of their own there: `app://42` is no address.
        let is_number = host.bytes().all(|byte| byte.is_ascii_digit()) && !self.is_intent();
        let authority = (!is_number).then(|| format!("https://{host}/"));
        let fallbacks = self.intent_fields().filter(|(name, _)| name == FALLBACK);
        let urls = authority.into_iter().chain(fallbacks.map(|(_, value)| value.into_owned()));
        let destinations = urls.filter_map(|url| Destination::parse(&url).ok());
        destinations.map(|destination| destination.comparable_host().into_owned()).collect()
    }

    fn is_intent(&self) -> bool {
        self.0.starts_with("intent:") || self.0.starts_with("android-app:")
    }

    /// Names and values of `intent:…#Intent;name=value;…;end`, decoded as Android does (`Intent.parseUri`).
    fn intent_fields(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let fragment =
            self.0.split_once('#').filter(|_| self.is_intent()).map_or("", |(_, fragment)| fragment);
        let fields = fragment.split(';').filter_map(|field| field.split_once('='));
        fields.map(|(name, value)| (decoded(name), decoded(value)))
    }
}

/// Android's name for what Chrome opens instead of an app that is missing.
const FALLBACK: &str = "S.browser_fallback_url";
const SPACES: &AsciiSet = &CONTROLS.add(b' ');

fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

/// Reads a URL from a store or a cache. Refuses what would do harm in a `Location` header, whatever the origin has allowed.
impl TryFrom<String> for AppUrl {
    type Error = NotAStoredAppUrl;

    fn try_from(text: String) -> Result<Self, NotAStoredAppUrl> {
        let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
        let is_printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        let is_valid = is_app_scheme(scheme) && is_printable && text.len() <= MAX_BYTES;
        if is_valid { Ok(Self(text)) } else { Err(NotAStoredAppUrl) }
    }
}

impl From<AppUrl> for String {
    fn from(url: AppUrl) -> Self {
        url.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(input: &str) -> Result<String, InvalidAppUrl> {
        AppUrl::parse(input).map(String::from)
    }

    #[test]
    fn app_url_is_stored_ready_for_a_header() {
        for (input, stored) in [
            ("tel:+49123", "tel:+49123"),
            ("TEL:+49 123", "tel:+49%20123"),
            ("sms:+1?body=ü x", "sms:+1?body=%C3%BC%20x"),
            ("mailto:a@b.test?subject=Hi there", "mailto:a@b.test?subject=Hi%20there"),
            ("market://details?id=a.b", "market://details?id=a.b"),
            ("my-app.v2+x://Item/ä", "my-app.v2+x://Item/%C3%A4"),
            ("intent://scan/#Intent;scheme=zxing;end", "intent://scan/#Intent;scheme=zxing;end"),
        ] {
            assert_eq!(parse(input).as_deref(), Ok(stored), "{input}");
        }
    }

    #[test]
    fn app_url_that_does_harm_is_refused() {
        use InvalidAppUrl::*;
        let fallback = |url: &str| format!("intent:x#Intent;S.browser%5Ffallback_url={url};end");
        for (input, reason) in [
            ("javascript:alert(1)".to_owned(), NotAnAppUrl),
            (" JavaScript:alert(1)".to_owned(), NotAnAppUrl),
            ("data:text/html,x".to_owned(), NotAnAppUrl),
            ("https://example.com/".to_owned(), NotAnAppUrl),
            ("no-scheme".to_owned(), NotAnAppUrl),
            ("tel:1\n2".to_owned(), ControlCharacter),
            ("app://user:secret@host/".to_owned(), Credentials),
            (format!("tel:{}", "1".repeat(MAX_BYTES)), TooLong(MAX_BYTES + 4)),
            ("intent:x#Intent;scheme=javascript;end".to_owned(), IntentScheme("javascript".into())),
            ("intent:x#Intent;scheme=File;end".to_owned(), IntentScheme("File".into())),
            (fallback("javascript:1"), Fallback),
            (fallback("no%20url"), Fallback),
        ] {
            assert_eq!(parse(&input), Err(reason), "{input}");
        }
    }

    #[test]
    fn damaged_stored_app_url_is_refused() {
        for text in [
            "",
            ":x",
            "1app:x",
            "tel",
            "tel:ü",
            "tel:1\r\nset-cookie: a=b",
            "JavaScript:1",
            "java\tscript:1",
            " javascript:1",
            "data:text/html,x",
            "FILE:///etc/passwd",
            "blob:x",
            "vbscript:x",
            "https:x",
            "HTTP://x/",
        ] {
            assert_eq!(AppUrl::try_from(text.to_owned()), Err(NotAStoredAppUrl), "{text:?}");
        }
    }

    #[test]
    fn hosts_are_those_that_an_app_or_browser_may_open() {
        let fallback = "S.browser_fallback_url=https%3A%2F%2FB.test.%2F";
        let intent = format!("intent://a.test:80/#Intent;scheme=https;{fallback};end");
        for (url, hosts) in [
            ("tel:+49123", vec![]),
            ("mailto:a@b.test?body=https://c.test/", vec![]),
            ("market://Details?id=x", vec!["details"]),
            ("app://ev%69l.test/", vec!["evil.test"]),
            ("app://42/7", vec![]),
            ("intent://2130706433/#Intent;scheme=http;end", vec!["127.0.0.1"]),
            (intent.as_str(), vec!["a.test", "b.test"]),
            ("app:#S.browser_fallback_url=https://b.test/", vec![]),
        ] {
            assert_eq!(AppUrl::parse(url).unwrap().comparable_hosts(), hosts, "{url}");
        }
    }

    proptest! {
        #[test]
        fn accepted_app_url_round_trips_and_never_runs(scheme in "[a-zA-Z][a-z0-9+.-]{0,9}", rest in ".{0,30}") {
            if let Ok(url) = AppUrl::parse(&format!("{scheme}:{rest}")) {
                let forbidden = FORBIDDEN_SCHEMES.map(|name| format!("{name}:"));
                prop_assert!(forbidden.iter().all(|scheme| !url.as_str().starts_with(scheme)));
                prop_assert_eq!(AppUrl::try_from(url.as_str().to_owned()), Ok(url));
            }
        }
    }
}
