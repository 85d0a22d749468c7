//! What of a request matters to an answer, as plain text. The JavaScript entry hands it over as one string, since each call
//! between JavaScript and wasm costs as much as deciding does. Decides what is read; not what follows from it.

use std::net::IpAddr;

/// In the order in which they stand behind method, URL, country and network. The last four are those in which a client says
/// that nobody follows the link now.
pub const HEADERS: [&str; 8] = [
    // Only Cloudflare's own header is believed: it replaces whatever a visitor sends under that name.
    "cf-connecting-ip",
    "user-agent",
    "accept-language",
    "referer",
    "sec-purpose",
    "purpose",
    "x-purpose",
    "x-moz",
];
const FIELDS: usize = 4 + HEADERS.len();

/// What is absent is empty.
pub type Fields<T> = [T; FIELDS];

#[derive(Debug, PartialEq, Eq)]
pub struct Facts<'a> {
    pub method: &'a str,
    pub url: &'a str,
    pub country: Option<&'a str>,
    /// Number of the autonomous system.
    pub network: Option<u32>,
    pub address: Option<IpAddr>,
    pub agent: Option<&'a str>,
    pub languages: Option<&'a str>,
    pub referrer: Option<&'a str>,
    pub purposes: [&'a str; 4],
}

impl<'a> Facts<'a> {
    pub fn of(fields: Fields<&'a str>) -> Self {
        let [method, url, country, network, address, agent, languages, referrer, purposes @ ..] = fields;
        Self {
            method,
            url,
            country: stated(country),
            network: network.parse().ok(),
            address: address.parse().ok(),
            agent: stated(agent),
            languages: stated(languages),
            referrer: stated(referrer),
            purposes,
        }
    }

    /// By the scheme that the client used, as the platform reports it; a Host header proves nothing of it.
    pub fn is_https(&self) -> bool {
        self.url.starts_with("https:")
    }

    /// A field on each line. `None` where there are more or less: then one of them holds a line's end, and nobody knows where
    /// the next begins.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut lines = text.split('\n');
        let mut fields = [""; FIELDS];
        for field in &mut fields {
            *field = lines.next()?;
        }
        lines.next().is_none().then(|| Self::of(fields))
    }
}

fn stated(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "GET\nhttps://go.example.com/a\nDE\n3320\n192.0.2.1\nagent\nde\nhttps://a.test/\n\nprefetch\n\n";

    #[test]
    fn each_line_is_a_fact() {
        let facts = Facts::parse(TEXT).unwrap();
        assert_eq!((facts.method, facts.url), ("GET", "https://go.example.com/a"));
        assert_eq!((facts.country, facts.network), (Some("DE"), Some(3320)));
        assert_eq!(facts.address, Some("192.0.2.1".parse().unwrap()));
        assert_eq!((facts.agent, facts.languages), (Some("agent"), Some("de")));
        assert_eq!((facts.referrer, facts.purposes), (Some("https://a.test/"), ["", "prefetch", "", ""]));
    }

    #[test]
    fn what_is_absent_or_malformed_is_not_known() {
        let facts = Facts::of(["GET", "/", "", "x", "nowhere", "", "", "", "", "", "", ""]);
        assert_eq!((facts.country, facts.network, facts.address, facts.agent), (None, None, None, None));
    }

    #[test]
    fn a_line_too_many_or_too_few_makes_no_facts() {
        assert_eq!(Facts::parse(&format!("{TEXT}\n")), None);
        assert_eq!(Facts::parse(TEXT.trim_end_matches('\n')), None);
        assert_eq!(Facts::parse(""), None);
    }
}
