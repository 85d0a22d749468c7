//! Request info: the parts of a request that an answer depends on, as plain text. `entry.js` passes them as one string,
//! since each call between JavaScript and wasm costs about as much as answering.

use std::net::IpAddr;

use link_core::redirect::{PURPOSE_HEADERS, PageContext, VisitorRequest};

/// In the order in which they follow method, URL, country, ASN, region and city.
pub const HEADERS: [&str; 4 + PURPOSE_HEADERS.len()] = {
    let [sec_purpose, purpose, x_purpose, x_moz] = PURPOSE_HEADERS;
    // Only Cloudflare's own header is trusted: it replaces what a visitor sends under that name.
    let address = "cf-connecting-ip";
    [address, "user-agent", "accept-language", "referer", sec_purpose, purpose, x_purpose, x_moz]
};
const FIELDS: usize = 6 + HEADERS.len();

/// An absent field is empty.
pub type Fields<T> = [T; FIELDS];

#[derive(Debug, PartialEq, Eq)]
pub struct RequestInfo<'a> {
    pub method: &'a str,
    pub url: &'a str,
    pub country: Option<&'a str>,
    /// The number of the visitor's autonomous system.
    pub asn: Option<u32>,
    /// Within the country: `TX`.
    pub region_code: Option<&'a str>,
    pub city: Option<&'a str>,
    pub address: Option<IpAddr>,
    pub user_agent: Option<&'a str>,
    pub languages: Option<&'a str>,
    pub referrer: Option<&'a str>,
    /// The values of [`PURPOSE_HEADERS`].
    pub purposes: [&'a str; PURPOSE_HEADERS.len()],
    /// `None` where it was not read, since traces are off.
    pub traceparent: Option<&'a str>,
}

impl<'a> RequestInfo<'a> {
    pub fn of(fields: Fields<&'a str>) -> Self {
        let [
            method,
            url,
            country,
            asn,
            region_code,
            city,
            address,
            user_agent,
            languages,
            referrer,
            purposes @ ..,
        ] = fields;
        Self {
            method,
            url,
            country: present(country),
            asn: asn.parse().ok(),
            region_code: present(region_code),
            city: present(city),
            address: address.parse().ok(),
            user_agent: present(user_agent),
            languages: present(languages),
            referrer: present(referrer),
            purposes,
            traceparent: None,
        }
    }

    /// What of it matters to a visit; `query` is the URL's, without its question mark.
    pub fn visitor_request(&self, query: &'a str) -> VisitorRequest<'a> {
        let Self {
            country, asn, region_code, city, address, user_agent, languages, referrer, purposes, ..
        } = *self;
        VisitorRequest {
            query,
            country,
            region_code,
            city,
            asn,
            address,
            user_agent,
            languages,
            referrer,
            purposes,
        }
    }

    /// For pages of a domain that was not looked up.
    pub fn page_context(&self) -> PageContext<'static> {
        PageContext::of(self.languages, None)
    }

    /// By the scheme that the platform reports; a Host header proves nothing.
    pub fn is_https(&self) -> bool {
        self.url.starts_with("https:")
    }

    /// One field on each line, and `traceparent` on one more where traces are on. `None` for another number of lines: then a
    /// field holds a line break, and the fields cannot be told apart.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut lines = text.split('\n');
        let mut fields = [""; FIELDS];
        for field in &mut fields {
            *field = lines.next()?;
        }
        let traceparent = lines.next();
        lines.next().is_none().then(|| Self { traceparent, ..Self::of(fields) })
    }
}

fn present(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "GET\nhttps://go.example.com/a\nDE\n3320\nBE\nKöpenick\n192.0.2.1\nagent\nde\nhttps://a.test/\n\nprefetch\n\n";

    #[test]
    fn each_line_is_a_field() {
        let info = RequestInfo::parse(TEXT).unwrap();
        assert_eq!((info.method, info.url), ("GET", "https://go.example.com/a"));
        assert_eq!((info.country, info.asn), (Some("DE"), Some(3320)));
        assert_eq!((info.region_code, info.city), (Some("BE"), Some("Köpenick")));
        assert_eq!(info.address, Some("192.0.2.1".parse().unwrap()));
        assert_eq!((info.user_agent, info.languages), (Some("agent"), Some("de")));
        assert_eq!((info.referrer, info.purposes), (Some("https://a.test/"), ["", "prefetch", "", ""]));
    }

    #[test]
    fn absent_or_malformed_field_is_none() {
        let info = RequestInfo::of(["GET", "/", "", "x", "", "", "nowhere", "", "", "", "", "", "", ""]);
        assert_eq!((info.country, info.asn, info.address, info.user_agent), (None, None, None, None));
    }

    #[test]
    fn traceparent_follows_where_it_was_read() {
        let traceparent = |text: &str| RequestInfo::parse(text).unwrap().traceparent.map(str::to_owned);
        assert_eq!(traceparent(TEXT), None);
        assert_eq!(traceparent(&format!("{TEXT}\n")).as_deref(), Some(""));
        assert_eq!(traceparent(&format!("{TEXT}\n00-ab")).as_deref(), Some("00-ab"));
    }

    #[test]
    fn wrong_number_of_lines_is_rejected() {
        assert_eq!(RequestInfo::parse(&format!("{TEXT}\n\n")), None);
        assert_eq!(RequestInfo::parse(TEXT.trim_end_matches('\n')), None);
        assert_eq!(RequestInfo::parse(""), None);
    }
}
